"""The checks, one problem per file, in the order in which they are run and documented.

A check is a module with ``ID`` (its slug, its file's name, its heading in docs/checks.md),
``SENTENCE`` (what it finds) and ``check(facts)``, a pure function that yields findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ..facts import Facts, Finding


class Check(Protocol):
    """What a module of this folder offers."""

    ID: str
    SENTENCE: str

    @staticmethod
    def check(facts: Facts) -> Iterator[Finding]:
        """Yield what is wrong."""
        ...


CHECKS: tuple[Check, ...] = ()
