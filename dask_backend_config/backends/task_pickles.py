"""Tasks on their way to a worker: one that cannot be unpickled there fails, and nothing else.

distributed unpickles several tasks in one message. If a module of one of them is missing on the
worker, the worker loses its connection, and the tasks run again on the next one, until they are
given up with `KilledWorker`.
"""

from __future__ import annotations

import pickle
from typing import Any

from distributed.protocol import pickle as distributed_pickle

from .missing_modules import with_remedy

#: Bytes of a pickle that are not copied into another one.
_LARGE = 2**16


def pickled_task(key: Any, task: Any) -> tuple[bytes, list[Any]]:
    """Return the pickle of a call of `unpickled_task`, and its buffers (pickle protocol 5)."""
    buffers: list[Any] = []
    data: Any = distributed_pickle.dumps(task, buffer_callback=buffers.append)
    if len(data) >= _LARGE:
        data = pickle.PickleBuffer(data)
    sent: list[Any] = []
    call = _Call(unpickled_task, (key, data, *buffers))
    return pickle.dumps(call, protocol=5, buffer_callback=sent.append), sent


def unpickled_task(key: Any, data: Any, *buffers: Any) -> Any:
    """Return a task, or one that fails with the reason.

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


class _Call:
    """Becomes the result of a call when it is unpickled."""

    def __init__(self, *function_and_arguments: Any) -> None:
        self._parts = function_and_arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self._parts


def _fail(error: Exception) -> None:
    raise error
