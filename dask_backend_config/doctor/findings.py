"""Findings of checks, and the fixes that they may carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..core.fuzzy import is_misspelt
from ..core.origins import Origin
from ..yaml_edit.patch import Edit

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that remove the cause of a finding, in the file at its origin.

    Attributes
    ----------
    edits : tuple of Edit
    safe : bool
        True if the fix restores what the user evidently meant. False if it changes something that
        the user may want as it is.
    """

    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem in the configuration, or a remark about it.

    Attributes
    ----------
    severity : {"error", "warning", "info"}
        error: dask fails, ignores the setting, or does something else than it says. warning: it
        works but is risky, or overrides a recommended setting. info: good to know.
    message : str
        What is wrong, in one line.
    hint : str
        What to do about it, in one line.
    key : str, optional
        The dotted key with ``-`` in names; None if the finding is not about one key.
    origin : Origin, optional
        The place in a file, or the variable; None for the configuration as a whole.
    fix : Fix, optional
        Edits that solve the problem.
    id : str
        The id of the check, filled in by `run_checks`.
    """

    severity: Severity
    message: str
    hint: str
    key: str | None = None
    origin: Origin | None = None
    fix: Fix | None = field(default=None, compare=False)
    id: str = ""


#: What a check returns.
CheckFindings = Iterator[Finding]

_MOST_NAMES = 8


def known_names_hint(name: str, known: Sequence[str]) -> str:
    """Return a hint for an unknown name: the one it is a typo of, and what is available.

    Examples
    --------
    >>> known_names_hint("mian", ["main", "short"])
    'Did you mean main? Available: main, short'
    """
    similar = [other for other in known if is_misspelt(name, other)]
    more = f" and {len(known) - _MOST_NAMES} more" if len(known) > _MOST_NAMES else ""
    available = f"Available: {', '.join(known[:_MOST_NAMES])}{more}"
    return f"Did you mean {similar[0]}? {available}" if len(similar) == 1 else available
