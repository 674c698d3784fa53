"""End backends that the program no longer uses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from distributed import Client

logger = logging.getLogger("dask_backend_config")

#: Seconds for the client to disconnect, and for the cluster to end.
CLIENT_CLOSE_LIMIT = 5
CLUSTER_CLOSE_LIMIT = 30
#: Set when the client of an `End` is closed.
_clients: set[threading.Event] = set()


@dataclass(frozen=True)
class End:
    """The end of a backend whose Python object no longer exists.

    Attributes
    ----------
    runner : LoopRunner
    loop : IOLoop
    client : distributed.Client
    close : callable
        Coroutine function that ends cluster and workers.
    kill : callable
        Ends the workers when the event loop does not run any more.
    """

    runner: Any
    loop: Any
    client: Client
    close: Callable[[], Awaitable[None]]
    kill: Callable[[], None]

    def __call__(self) -> None:
        """End the backend in a thread, because any thread may run the garbage collector."""
        if is_running(self.loop):
            closed = threading.Event()
            thread = threading.Thread(target=self._run, args=(closed,), name="end-of-backend")
            _clients.add(closed)
            try:
                return thread.start()
            except RuntimeError:  # the interpreter exits
                _clients.discard(closed)
        return self._kill()

    def _run(self, closed: threading.Event) -> None:
        from distributed import sync

        try:
            close_client(self.client)
            closed.set()
            sync(self.loop, self.close)
        except Exception as error:
            logger.warning("stopping a backend that is not used any more failed: %s", error)
            self._kill()
        finally:
            closed.set()
            _clients.discard(closed)
        self.runner.stop()

    def _kill(self) -> None:
        self.client.status = "closed"  # or it would close itself, with a coroutine not awaited
        try:
            self.kill()
        except Exception as error:
            logger.warning("stopping a backend that is not used any more failed: %s", error)


class Done:
    """An awaitable that need not be awaited."""

    def __await__(self) -> Generator[Any, Any, None]:
        """Return at once."""
        yield from ()


@contextlib.contextmanager
def logged_failure() -> Iterator[None]:
    """Log an error in the block, which must not hide another one."""
    try:
        yield
    except Exception as error:
        logger.warning("stopping a backend that did not start failed: %s", error)


def wait_for_clients() -> None:
    """Wait until the clients of backends that end have restored dask's configuration."""
    for closed in list(_clients):
        closed.wait(CLIENT_CLOSE_LIMIT)


def close_client(client: Client) -> None:
    """Close a client within a time limit."""
    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        client.close(timeout=CLIENT_CLOSE_LIMIT)


async def close_cluster(cluster: Any) -> None:
    """Close a dask cluster within a time limit."""
    await cluster.close(timeout=CLUSTER_CLOSE_LIMIT)


def is_running(loop: Any) -> bool:
    """Return True if an ``IOLoop`` runs; None does not."""
    return loop is not None and loop.asyncio_loop.is_running()
