"""Start and stop a backend, in an event loop of its own or in the caller's."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import weakref
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from ..core.errors import BackendError
from .ends import (
    CLIENT_CLOSE_LIMIT,
    Done,
    End,
    close_client,
    is_running,
    logged_failure,
    wait_for_clients,
)
from .start_errors import start_error

if TYPE_CHECKING:
    from distributed import Client
    from distributed.deploy.cluster import Cluster
    from distributed.diagnostics.plugin import WorkerPlugin
    from typing_extensions import Self

_POLL_INTERVAL = 0.02


class Lifecycle(abc.ABC):
    """The part of a backend that starts and stops it.

    Methods block, or return awaitables if the backend is asynchronous or if they are called in the
    event loop of its cluster, as those of distributed's ``Cluster`` do.
    """

    #: The section below ``backends`` with the defaults of the arguments.
    kind: ClassVar[str]
    _is_asynchronous = False
    _was_started = False
    #: Why the last start failed.
    _failure = ""
    _is_starting = False
    _cluster: Cluster | None = None
    _client: Client | None = None
    #: The ``IOLoop``, and distributed's ``LoopRunner`` of it.
    _loop: Any = None
    _runner: Any = None
    #: Stops the backend when it is garbage.
    _finalizer: weakref.finalize[..., Lifecycle] | None = None
    #: Why the start failed that an `await` of this backend caused.
    _failed_await: BaseException | None = None

    def _prepare(self) -> None:  # noqa: B027 - most backends have nothing to prepare
        """Do what comes before the event loop is started, in the thread of the caller."""

    @abc.abstractmethod
    def _open(self) -> Cluster:
        """Return a new asynchronous cluster that is not started; called in the event loop."""

    @abc.abstractmethod
    async def _on_open(self) -> None:
        """Complete the start of the cluster, before a client connects."""

    @abc.abstractmethod
    async def _wait_for_workers(self) -> None:
        """Wait until tasks can run on the cluster.

        Raises
        ------
        BackendError
            If workers fail to start; it gives the reason.
        """

    @abc.abstractmethod
    def _ways_to_end(self) -> tuple[Callable[[], Awaitable[None]], Callable[[], None]]:
        """Return `End.close` and `End.kill` of the cluster; they do not refer to the backend."""

    @abc.abstractmethod
    def _worker_plugins(self) -> list[WorkerPlugin]:
        """Return the plugins of each worker."""

    @property
    def asynchronous(self) -> bool:
        """True if methods return awaitables when they are called here."""
        if not is_running(self._loop):
            return self._is_asynchronous
        try:
            return bool(self._loop.asyncio_loop is asyncio.get_running_loop())
        except RuntimeError:
            return False

    @property
    def loop(self) -> Any:
        """The ``IOLoop`` of the cluster; in a thread of its own unless the backend is asynchronous.

        It runs already before the backend is started.
        """
        if self._runner is None or not is_running(self._loop):
            from .distributed_internals import start_loop

            self._runner = start_loop(self._is_asynchronous)
            self._loop = self._runner.loop
        return self._loop

    def start(self) -> Any:
        """Start scheduler, workers and client.

        Returns
        -------
        None, or an awaitable
            An awaitable if the backend is asynchronous; the same is true of other methods.

        Raises
        ------
        BackendError
            If the backend is already started, or its cluster fails to start.
        ConfigValueError
            If it fails to start because of a value in the configuration; the error names its key
            and origin.
        """
        if self.asynchronous:
            return self._start()
        self._begin()
        try:
            wait_for_clients()
            self._prepare()
            from distributed import Client

            self._in_loop(self._start_cluster)
            self._client = Client(self._cluster)
            self._in_loop(self._complete_start)
        except BaseException as error:
            with logged_failure():
                self.stop()
            self._raise_cause(error)
        finally:
            self._is_starting = False
        return None

    def stop(self) -> Any:
        """Stop client, workers, scheduler and running tasks; a second call has no effect."""
        if self.asynchronous:
            return self._stop() if self._client or self._cluster else Done()
        client, self._client = self._client, None
        try:
            if client is not None:
                close_client(client)
        finally:
            try:
                if self._cluster is not None:
                    self._in_loop(self._close)
            finally:
                runner, self._runner = self._runner, None
                if runner is not None:
                    runner.stop()
        return None

    async def _start(self) -> None:
        self._begin()
        try:
            await asyncio.to_thread(wait_for_clients)
            self._prepare()
            from distributed import Client

            await self._start_cluster()
            self._client = await Client(self._cluster, asynchronous=True)
            await self._complete_start()
        except BaseException as error:
            with logged_failure():
                await self._stop()
            self._raise_cause(error)
        finally:
            self._is_starting = False

    async def _stop(self) -> None:
        client, self._client = self._client, None
        try:
            if client is not None:
                with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                    await client.close(timeout=CLIENT_CLOSE_LIMIT)
        finally:
            await self._close()

    async def _start_cluster(self) -> None:
        self._cluster = self._open()
        await self._cluster
        await self._on_open()

    async def _complete_start(self) -> None:
        client: Any = self._client
        for plugin in self._worker_plugins():
            await client.register_plugin(plugin)
        await self._wait_for_workers()
        self._was_started = True
        end = End(self._runner, self._loop, client, *self._ways_to_end())
        self._finalizer = weakref.finalize(self, end)
        self._finalizer.atexit = self._is_asynchronous  # distributed closes the others

    async def _close(self) -> None:
        if self._finalizer is not None:
            self._finalizer.detach()
        if self._cluster is not None:
            close, _ = self._ways_to_end()
            self._cluster = None
            await close()

    def _begin(self) -> None:
        if self._is_starting or self._cluster is not None:
            raise BackendError(f"this {type(self).__name__} is already started")
        self._is_starting, self._failure = True, ""

    def _raise_cause(self, error: BaseException) -> NoReturn:
        """Raise the error of a failed start, and keep its message."""
        failure = start_error(error, self.kind, type(self).__name__, self._start_hint)
        if isinstance(failure, Exception):
            self._failure = str(failure)
        if failure is error:
            raise error
        raise failure from error

    def _start_hint(self, reason: str) -> str | None:
        """Return which arguments or keys to check if the cluster does not start for a reason."""
        return None

    def _in_loop(self, function: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Return what a coroutine function returns, or its awaitable if asynchronous."""
        if self.asynchronous:
            return function(*args)
        from distributed import sync

        return sync(self.loop, function, *args)

    async def _started(self) -> Self:
        while self._is_starting:  # another task starts it
            await asyncio.sleep(_POLL_INTERVAL)
        if self._cluster is None:
            try:
                if self._is_asynchronous:
                    await self._start()
                else:
                    await asyncio.get_running_loop().run_in_executor(None, self.start)
            except Exception as error:
                # A Client drops this error, and asks for the scheduler's address.
                self._failed_await = error
                raise
        return self

    def __await__(self) -> Generator[Any, Any, Self]:
        """Start the backend if it is not started, and return it."""
        return self._started().__await__()

    async def __aenter__(self) -> Self:
        return await self

    async def __aexit__(self, *_: object) -> None:
        await self._in_loop(self._stop)

    def __enter__(self) -> Self:
        if self._is_asynchronous:
            raise BackendError("this backend is asynchronous", hint="Use `async with`")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
