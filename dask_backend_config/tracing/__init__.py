"""What a program does with dask's configuration: what it sets, what is read, what came too late."""

from __future__ import annotations

import importlib
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..core import observers
from ..core.errors import BackendError
from . import hooks, json, text
from .events import Event, Read
from .late_sets import LateSetAnalysis
from .recorder import Recorder
from .report import Late, Record, Remark

if TYPE_CHECKING:
    from typing_extensions import Self


def trace() -> Trace:
    """Make a trace of this process, to be used with ``with`` or by its `Trace.start`.

    Examples
    --------
    >>> import dask
    >>> with trace() as traced:
    ...     with dask.config.set({"array.chunk-size": "1 MiB"}):
    ...         pass
    >>> [change.key for event in traced.sets for change in event.changes]
    ['array.chunk-size']
    """
    return Trace()


class Trace:
    """What happens to dask's configuration in this process from `start` to `stop`.

    While it runs, `show` and `explain` name the line of code of what was set. ``str()`` of it is
    the report that ``dask-backend-config trace`` prints.
    """

    def __init__(self) -> None:
        self._recorder: Recorder | None = None
        self._runs = False
        self._failures = len(observers.failures)

    def start(self) -> None:
        """Begin.

        Raises
        ------
        BackendError
            Where it was started before.
        """
        if self._recorder is not None:
            raise BackendError("this trace was started before", hint="make another: trace()")
        # While dask is being imported its package does not have the name yet.
        config = importlib.import_module("dask.config")
        self._recorder = Recorder(config.config)
        self._failures = len(observers.failures)
        hooks.install(config)
        observers.add(self._recorder)
        self._runs = True

    def stop(self) -> None:
        """End it; again is harmless."""
        if self._recorder is None or not self._runs:
            return
        self._runs = False
        self._recorder.stop()
        observers.remove(self._recorder)
        if not observers.watchers:
            hooks.uninstall()

    @property
    def sets(self) -> list[Event]:
        """Every call that changed the configuration, those of libraries too."""
        return [] if self._recorder is None else list(self._recorder.events)

    @property
    def reads(self) -> list[Read]:
        """Every line of code that read a key."""
        return [] if self._recorder is None else self._recorder.reads

    @property
    def late(self) -> list[Late]:
        """What the user's code set too late."""
        return [] if self._recorder is None else LateSetAnalysis(self._recorder).late()

    @property
    def remarks(self) -> list[Remark]:
        """What else is odd about what it set."""
        return [] if self._recorder is None else LateSetAnalysis(self._recorder).remarks()

    def as_json(self) -> dict[str, Any]:
        """All of it as docs/trace.md describes, secrets masked."""
        return json.as_json(self._record())

    def text(self, everything: bool = False) -> str:
        """The report for people.

        Parameters
        ----------
        everything : bool, optional
            Whether what libraries set and read is listed too.
        """
        return "\n".join(text.lines(self._record(), everything))

    def _record(self) -> Record:
        uncounted = {} if self._recorder is None else dict(self._recorder.uncounted)
        failures = observers.failures[self._failures :]
        return Record(self.sets, self.reads, self.late, self.remarks, uncounted, failures)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        state = "running" if self._runs else "stopped" if self._recorder else "not started"
        return f"<Trace, {state}, {len(self.sets)} changes, {len(self.reads)} lines that read>"
