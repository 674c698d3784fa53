"""End clusters when a signal ends this process, which Python's own exit handlers do not see."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

logger = logging.getLogger("dask_backend_config")

#: SIGINT is not one of them: Python raises KeyboardInterrupt.
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
#: What ends each cluster, and the process that started them.
_ends: list[Callable[[], None]] = []
_process = 0


def watch() -> None:
    """Handle the signals that would end this process at once; to be called in its main thread.

    Signals that the program handles or ignores itself, and other threads, are left alone.
    """
    global _process
    if threading.current_thread() is threading.main_thread():
        _process = os.getpid()
        for number in _SIGNALS:
            if signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, _terminate)


def unwatch() -> None:
    """Restore the default if no cluster is left; to be called in the main thread."""
    if not _ends and threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            if signal.getsignal(number) == _terminate:
                signal.signal(number, signal.SIG_DFL)


def add(end: Callable[[], None]) -> None:
    """Let a signal call `end`, which must not need an event loop."""
    _ends.append(end)


def remove(end: Callable[[], None]) -> None:
    """Undo `add`; harmless if repeated."""
    with contextlib.suppress(ValueError):
        _ends.remove(end)


def _terminate(number: int, _frame: FrameType | None) -> None:
    """End the clusters, then this process as the signal would have ended it."""
    signal.signal(number, signal.SIG_DFL)  # a second signal does not wait
    if os.getpid() == _process:  # a child that was forked has the same handler
        for end in list(_ends):
            try:
                end()
            except Exception as error:
                logger.warning("ending a backend failed: %s", error)
    os.kill(os.getpid(), number)
