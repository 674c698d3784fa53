"""Read the options in the extra arguments of a worker's command line."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Callable, Sequence
from typing import TypeVar

Value = TypeVar("Value")


def last_value(arguments: Sequence[str], option: str, read: Callable[[str], Value]) -> Value | None:
    """Return the value of the last such option that can be read, None if there is none.

    Parameters
    ----------
    arguments : sequence of str
        Shell code; one of them may hold an option and its value.
    option : str
        Its long name.
    read : callable
        Return the value of a string, and raise `ValueError` if it has none.
    """
    words: list[str] = []
    for argument in arguments:
        with contextlib.suppress(ValueError):
            words += shlex.split(argument)
    found = None
    for word, following in zip(words, [*words, ""][1:], strict=True):
        name, equals, value = word.partition("=")
        if name == option:
            with contextlib.suppress(ValueError):
                found = read(value if equals else following)
    return found
