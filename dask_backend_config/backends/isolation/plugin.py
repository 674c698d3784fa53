"""Worker plugin that ends the processes of tasks with their future or worker."""

from __future__ import annotations

import threading
from typing import Any

from distributed import WorkerPlugin

from ..worker_place import Place
from .options import IsolationOptions
from .pool import PLUGIN, TaskProcessPool


class IsolationPlugin(WorkerPlugin):
    """Kills the process of a cancelled task, and all processes when the worker closes.

    Parameters
    ----------
    options : IsolationOptions
        Only `preload` is used.
    place : callable
        Returns the job and the log of a worker.
    """

    name = PLUGIN
    idempotent = True

    def __init__(self, options: IsolationOptions, place: Place) -> None:
        self._preload = options.preload
        self.place = place
        self.pool: TaskProcessPool | None = None

    def setup(self, worker: Any) -> None:
        """Start the fork server of the worker before the first task needs it."""
        self.pool = TaskProcessPool(worker, self._preload)
        self.pool.live_server()

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Kill the process of a running task that was cancelled."""
        cancelled = finish == "released" and start in ("executing", "long-running")
        if cancelled and self.pool is not None:
            self.pool.kill(key)

    def teardown(self, worker: Any) -> None:
        """End all processes in a thread, without waiting for them.

        A worker without a nanny would never end if it received SIGTERM while it waits here
        (distributed 2026.8).
        """
        if self.pool is not None:
            threading.Thread(target=self.pool.close, name="end-task-processes").start()
