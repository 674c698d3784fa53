"""Complete the errors of isolated tasks whose process ended: arguments, job and log."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from ...core.errors import TaskProcessError

#: Characters of one argument, and of all arguments, that an error shows.
_ARGUMENT_LENGTH, _LENGTH = 60, 200


class _Representation(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = _ARGUMENT_LENGTH


def with_details(
    error: TaskProcessError,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    job: str | None,
    log: str | None,
) -> TaskProcessError:
    """Return an error of the same type that names arguments, job and log as well.

    Parameters
    ----------
    error : TaskProcessError
    args, kwargs
        Arguments of the task; values whose ``repr`` fails are shown by their type.
    job, log : str, optional
    """
    short = _Representation().repr
    words = [*map(short, args), *(f"{name}={short(value)}" for name, value in kwargs.items())]
    arguments = " ".join(", ".join(words).split())
    if len(arguments) > _LENGTH:
        arguments = f"{arguments[:_LENGTH]}..."
    places = [f"arguments ({arguments})", job, f"log {log}" if log else None]
    found = type(error)("; ".join([error.message, *filter(None, places)]), hint=error.hint)
    found.arguments, found.job, found.log = arguments, job, log
    return found
