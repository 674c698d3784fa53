"""Trace which settings a program changes and reads, and which changes come too late."""

from __future__ import annotations

import importlib
from typing import Any

from ..core import observers
from ..core.errors import BackendError
from . import hooks, json, text
from .events import ConfigChange, ConfigRead, LateSet, Remark
from .late_sets import LateSetAnalysis
from .recorder import Recorder


def trace() -> Trace:
    """Return a trace of this process that begins with ``with`` or `Trace.start`.

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
    """The changes and reads of dask's configuration in this process from `start` to `stop`.

    While it runs, `show` and `explain` name the line of code that set a value. ``str()`` returns
    the report that ``dask-backend-config trace`` prints.
    """

    def __init__(self) -> None:
        self._recorder = Recorder()
        self._state = "not started"

    def start(self) -> None:
        """Begin to record.

        Raises
        ------
        BackendError
            If the trace was started before.
        """
        if self._state != "not started":
            raise BackendError("this trace was already started", hint="Create another: trace()")
        # During the import of dask, the package has no attribute `config` yet.
        config = importlib.import_module("dask.config")
        self._recorder.start(config.config)
        hooks.install(config)
        observers.add(self._recorder)
        self._state = "running"

    def stop(self) -> None:
        """Stop recording; do nothing if the trace is not running."""
        if self._state == "running":
            self._state = "stopped"
            self._recorder.stop()
            observers.remove(self._recorder)
            if not observers.active:
                hooks.uninstall()

    @property
    def sets(self) -> list[ConfigChange]:
        """The calls that changed the configuration, including those of libraries."""
        return list(self._recorder.changes)

    @property
    def reads(self) -> list[ConfigRead]:
        """The lines of code that read a key, including those of libraries."""
        return self._recorder.reads

    @property
    def late(self) -> list[LateSet]:
        """The changes that the user's code made too late."""
        return LateSetAnalysis(self._recorder).late()

    @property
    def remarks(self) -> list[Remark]:
        """The other suspicious changes of the user's code."""
        return LateSetAnalysis(self._recorder).remarks()

    def as_json(self) -> dict[str, Any]:
        """Return the JSON form that docs/trace.md describes, secrets masked."""
        return json.as_json(LateSetAnalysis(self._recorder))

    def text(self, everything: bool = False) -> str:
        """Return the report as text, secrets masked.

        Parameters
        ----------
        everything : bool, optional
            Whether to list the changes and reads of libraries.
        """
        return "\n".join(text.lines(LateSetAnalysis(self._recorder), everything))

    def __enter__(self) -> Trace:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Trace, {self._state}, {len(self.sets)} changes, {len(self.reads)} read sites>"
