"""Simulate the workers of jobs: many in one process, without nannies.

`Crowd` starts the processes. Each runs ``python -m benchmarks.simulated_workers``, reads a line of
JSON for each group of workers, and exits when its standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any

#: A process that is ready prints this.
_READY = "ready"
#: Workers that a process starts at the same time; with more, they would wait for each other.
_AT_ONCE = 8
#: Switch off what each worker does many times a second for its process. This makes no difference to
#: the scheduler.
_CALM = {
    "distributed.admin.system-monitor.interval": "1 hour",
    "distributed.admin.tick.interval": "1 hour",
    "distributed.worker.profile.enabled": False,
}


class Crowd:
    """Processes of simulated workers, as a context manager that kills them.

    Parameters
    ----------
    address : str
        The address of the scheduler.
    security : mapping
        Keyword arguments of ``distributed.Security``.
    folder : str
        The folder for the workers' files.
    processes : int
        The number of processes.
    """

    def __init__(self, address: str, security: dict[str, Any], folder: str, processes: int) -> None:
        command = [sys.executable, "-m", "benchmarks.simulated_workers"]
        first = {"address": address, "security": security, "folder": folder}
        self._processes: list[subprocess.Popen[str]] = []
        try:
            for _ in range(processes):
                process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
                self._processes.append(process)
                _send(process, first)
            for process in self._processes:
                if process.stdout is None or process.stdout.readline().strip() != _READY:
                    raise RuntimeError("a process for simulated workers did not start")
        except BaseException:
            self.kill()
            raise

    @property
    def process_ids(self) -> list[int]:
        """Return the process IDs."""
        return [process.pid for process in self._processes]

    def add(self, names: Sequence[str]) -> None:
        """Start workers of these names, distributed evenly among the processes."""
        for index, process in enumerate(self._processes):
            _send(process, names[index :: len(self._processes)])

    def kill(self) -> None:
        """Kill all processes without closing the workers."""
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.communicate()

    def __enter__(self) -> Crowd:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()


def wait_for(path: str) -> None:
    """Wait, as a task, until a file exists."""
    while not os.path.exists(path):
        time.sleep(1)


def _send(process: subprocess.Popen[str], data: Any) -> None:
    if process.stdin is not None:
        process.stdin.write(json.dumps(data) + "\n")
        process.stdin.flush()


async def _serve(first: dict[str, Any]) -> None:
    import dask.config
    from distributed import Security, Worker

    dask.config.set(_CALM)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    security = Security(**first["security"])
    loop = asyncio.get_running_loop()
    groups: asyncio.Queue[list[str]] = asyncio.Queue()
    threading.Thread(target=_listen, args=(loop, groups), daemon=True).start()
    print(_READY, flush=True)
    workers: list[Any] = []
    while True:
        names = await groups.get()
        for start in range(0, len(names), _AT_ONCE):
            new = [
                Worker(
                    first["address"],
                    name=name,
                    nthreads=1,
                    memory_limit=0,
                    dashboard=False,
                    security=security,
                    local_directory=first["folder"],
                )
                for name in names[start : start + _AT_ONCE]
            ]
            workers += new
            await asyncio.gather(*new)


def _listen(loop: asyncio.AbstractEventLoop, groups: asyncio.Queue[list[str]]) -> None:
    """Pass on requests; exit when the parent process has ended."""
    for line in sys.stdin:
        loop.call_soon_threadsafe(groups.put_nowait, json.loads(line))
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(_serve(json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
