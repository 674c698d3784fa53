"""The exceptions that this package raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .origins import Origin

if TYPE_CHECKING:
    from typing_extensions import Self


class DaskBackendError(Exception):
    """Base class of all errors that this package raises intentionally.

    All of them can be pickled, since dask sends exceptions between processes.

    Parameters
    ----------
    message : str
        One line: which key or argument is wrong, its value, and why.
    hint : str, optional
        An instruction: what to do about it.
    origin : Origin, optional
        Where the value was set. ``str(error)`` begins with it.
    key : str, optional
        The dotted key that sets the value.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        origin: Origin | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.origin = origin
        self.key = key

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"


class ConfigSourceError(DaskBackendError, ValueError):
    """A configuration file, variable or inherited configuration that dask cannot read or merge."""


class ConfigValueError(DaskBackendError, ValueError):
    """An invalid value in the configuration or in an argument."""


class OptionError(ConfigValueError):
    """An invalid value of an option, raised where it is unknown which argument or key sets it.

    `of` makes it. A backend raises it again as a `ConfigValueError` with argument or key, and
    origin.

    Attributes
    ----------
    option : str
        Name of the option, such as ``queue-name``.
    problem : str
        Why the value is invalid.
    """

    option = problem = ""

    @classmethod
    def of(cls, option: str, value: object, problem: str, *, hint: str | None = None) -> Self:
        """Return the error for a value."""
        error = cls(f"{option} is {value!r}: {problem}", hint=hint)
        error.option, error.problem = option, problem
        return error


class EditError(DaskBackendError, ValueError):
    """An edit that was refused; no file was changed."""


class UnknownKeyError(DaskBackendError, LookupError):
    """An unknown configuration key, profile, backend or check."""


class BackendError(DaskBackendError, RuntimeError):
    """A failed cluster, or a backend whose current state does not allow the request."""


class TaskProcessError(BackendError):
    """An isolated task whose process was killed, crashed or exited before the task finished.

    Attributes
    ----------
    arguments : str
        The arguments of the task, shortened.
    job : str, optional
        The batch scheduler and its number for the worker's job; None if workers are not jobs.
    log : str, optional
        Path of the worker's log; None if there is none.
    """

    arguments = ""
    job: str | None = None
    log: str | None = None


class TaskTimeLimitError(TaskProcessError):
    """An isolated task whose process was killed because the task exceeded its time limit."""


class WriteError(DaskBackendError):
    """A file that cannot be read for an edit or written safely; it was not changed."""


class FileChangedError(WriteError):
    """A file that another program changed between reading it for an edit and writing it."""
