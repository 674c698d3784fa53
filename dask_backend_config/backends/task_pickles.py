"""Tasks on their way to a worker: one that cannot be unpickled there fails, and nothing else.

distributed unpickles several tasks in one message. If a module of one of them is missing on the
worker, the worker loses its connection, and the tasks run again on the next one, until they are
given up with `KilledWorker`.
"""

from __future__ import annotations

import pickle
from typing import Any

from .missing_modules import with_remedy


class TaskPickle:
    """A task that a worker unpickles with `unpickled_task`.

    Parameters
    ----------
    key : object
        Key of the task.
    task : object
        The task as distributed sends it.
    """

    def __init__(self, key: Any, task: Any) -> None:
        self._key = key
        self._task = task
        self._frames: list[Any] = []

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._frames:  # distributed may pickle it twice
            from distributed.protocol import pickle as distributed_pickle

            buffers: list[Any] = []
            data = distributed_pickle.dumps(self._task, buffer_callback=buffers.append)
            self._frames = [pickle.PickleBuffer(data), *buffers]
        return unpickled_task, (self._key, *self._frames)


def unpickled_task(key: Any, data: Any, *buffers: Any) -> Any:
    """Return the task that a `TaskPickle` holds, or one that fails with the reason.

    Parameters
    ----------
    key : object
        Key of the task.
    data : bytes or memoryview
        The pickle.
    *buffers : object
        Its buffers, as in pickle protocol 5.
    """
    try:
        return pickle.loads(data, buffers=buffers)  # noqa: S301 - of our own scheduler
    except Exception as error:
        from dask._task_spec import Task

        return Task(key, _fail, with_remedy(error))


def _fail(error: Exception) -> None:
    raise error
