"""Workers without nannies, many in one process, that connect as the workers of jobs do.

`Crowd` starts the processes; each is ``python -m benchmarks.simulated_workers``, which reads a line
of JSON for each group of workers and ends at once with its standard input.
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

#: What ends the line of a process that is ready.
_READY = "ready"
#: Workers of one process that start at the same time; more would wait for each other.
_AT_ONCE = 8
#: What each worker does for its process many times a second, where a process has one worker. The
#: scheduler sees no difference.
_CALM = {
    "distributed.admin.system-monitor.interval": "1 hour",
    "distributed.admin.tick.interval": "1 hour",
    "distributed.worker.profile.enabled": False,
}


class Crowd:
    """Processes that hold simulated workers; a context manager that ends them.

    Parameters
    ----------
    address : str
        The scheduler's.
    security : mapping
        Keywords of ``distributed.Security``.
    folder : str
        For the workers' files.
    processes : int
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
                _say(process, first)
            for process in self._processes:
                if process.stdout is None or process.stdout.readline().strip() != _READY:
                    raise RuntimeError("a process for simulated workers did not start")
        except BaseException:
            self.kill()
            raise

    @property
    def numbers(self) -> list[int]:
        """The numbers of the processes."""
        return [process.pid for process in self._processes]

    def add(self, names: Sequence[str]) -> None:
        """Start workers of these names, about as many in each process."""
        for index, process in enumerate(self._processes):
            _say(process, names[index :: len(self._processes)])

    def kill(self) -> None:
        """End all workers at once, without goodbye."""
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
    """Take time, as a task, until a file is there."""
    while not os.path.exists(path):
        time.sleep(1)


def _say(process: subprocess.Popen[str], what: Any) -> None:
    if process.stdin is not None:
        process.stdin.write(json.dumps(what) + "\n")
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
    """Hand on what is asked; a process whose parent has gone must not go on."""
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
