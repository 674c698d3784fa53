"""Tells the processes of tasks what happens to their worker and their futures."""

from __future__ import annotations

import threading
from typing import Any

from distributed import WorkerPlugin

from .options import IsolationOptions
from .pool import TaskProcesses


class IsolationPlugin(WorkerPlugin):
    """Ends the process of a task that is cancelled, and all of them with the worker.

    Parameters
    ----------
    options : IsolationOptions
        Of these the modules to preload.
    """

    name = "dask-backend-config-isolation"
    idempotent = True

    def __init__(self, options: IsolationOptions) -> None:
        self._options = options
        self._processes: TaskProcesses | None = None

    def setup(self, worker: Any) -> None:
        """Have the server of the worker's processes start, before the first task needs it."""
        self._processes = TaskProcesses.of(worker, self._options)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """End the process of a task that runs and is not wanted any more."""
        ran = finish == "released" and start in ("executing", "long-running")
        if ran and self._processes is not None:
            self._processes.kill(key)

    def teardown(self, worker: Any) -> None:
        """End all processes, without a wait here: this process ends after they do.

        A worker without a nanny that gets SIGTERM while its close waits never ends
        (distributed 2026.8).
        """
        if self._processes is not None:
            threading.Thread(target=self._processes.close, name="end-task-processes").start()
