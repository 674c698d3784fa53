"""Worker plugin that ends the processes of tasks with their future or worker."""

from __future__ import annotations

import threading
from typing import Any

from distributed import WorkerPlugin

from .options import IsolationOptions
from .pool import TaskProcessPool


class IsolationPlugin(WorkerPlugin):
    """Kills the process of a cancelled task, and all processes when the worker closes.

    Parameters
    ----------
    options : IsolationOptions
        Only `preload` is used.
    """

    name = "dask-backend-config-isolation"
    idempotent = True

    def __init__(self, options: IsolationOptions) -> None:
        self._options = options
        self._pool: TaskProcessPool | None = None

    def setup(self, worker: Any) -> None:
        """Start the fork server of the worker before the first task needs it."""
        self._pool = TaskProcessPool.of(worker, self._options)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Kill the process of a running task that was cancelled."""
        cancelled = finish == "released" and start in ("executing", "long-running")
        if cancelled and self._pool is not None:
            self._pool.kill(key)

    def teardown(self, worker: Any) -> None:
        """End all processes in a thread, without waiting for them.

        A worker without a nanny would never end if it received SIGTERM while it waits here
        (distributed 2026.8).
        """
        if self._pool is not None:
            threading.Thread(target=self._pool.close, name="end-task-processes").start()
