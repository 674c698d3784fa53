"""The errors that this package raises: one line each, with the place and what would be right."""

from __future__ import annotations

from typing import Any

from .origins import Origin


class DaskBackendError(Exception):
    """Something that the user can mend.

    Parameters
    ----------
    message : str
        One line: the key or argument, the value, and what is wrong with it.
    hint : str, optional
        What to write or to do instead.
    origin : Origin, optional
        Where the value comes from; printed in front of the message.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, origin: Origin | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.origin = origin

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"

    def __reduce__(self) -> tuple[Any, ...]:
        # BaseException's own would hand only the message to a constructor that has keywords,
        # and dask ships exceptions between processes.
        return _rebuild, (type(self), self.message, self.hint, self.origin)


def _rebuild(
    kind: type[DaskBackendError], message: str, hint: str | None, origin: Origin | None
) -> DaskBackendError:
    return kind(message, hint=hint, origin=origin)


class ConfigSourceError(DaskBackendError, ValueError):
    """A file, variable or inherited text that dask cannot read or merge."""


class ConfigValueError(DaskBackendError, ValueError):
    """A value, from configuration or an argument, that cannot be what was meant."""


class EditError(DaskBackendError, ValueError):
    """An edit of a file that is refused; nothing was written."""


class UnknownKeyError(DaskBackendError, LookupError):
    """A key, profile, backend or check that does not exist."""


class BackendError(DaskBackendError, RuntimeError):
    """A backend that cannot do what was asked in its present state, or whose cluster failed."""


class TaskProcessError(BackendError):
    """A task whose own process was killed, crashed or exited before the task was done."""


class WriteError(DaskBackendError):
    """A file that cannot be read for an edit, or not be written safely; it stands as it was."""


class FileChangedError(WriteError):
    """A file that another program changed after it was read for an edit."""
