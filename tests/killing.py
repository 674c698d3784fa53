"""A server of forked processes that tests can kill (see forks.py)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


class Forks:
    """Runs jobs in child processes of one small process, so that the test process never forks."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.forks"],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        assert self._server.stdin and self._server.stdout
        self._server.stdin.close()
        self._server.wait(10)
        self._server.stdout.close()

    @property
    def pid(self) -> int:
        return self._server.pid

    def start(self, jobs: list[dict[str, Any]]) -> dict[int, int]:
        """Start jobs at once, and return their process ids by position."""
        assert self._server.stdin
        numbered = [{"id": number, **job} for number, job in enumerate(jobs)]
        self._server.stdin.write(json.dumps(numbered) + "\n")
        self._server.stdin.flush()
        self._outcomes: dict[int, str] = {}
        pids: dict[int, int] = {}
        while len(pids) < len(jobs):
            report = self._report()
            if "pid" in report:
                pids[report["started"]] = report["pid"]
            else:
                self._outcomes[report["id"]] = report["outcome"]
        return pids

    def finish(self, count: int) -> list[Any]:
        """Return the results of the `count` jobs that were started."""
        while len(self._outcomes) < count:
            report = self._report()
            self._outcomes[report["id"]] = report["outcome"]
        return [self._outcomes[number] for number in range(count)]

    def all(self, jobs: list[dict[str, Any]], together: int = 8) -> list[Any]:
        """Run jobs, `together` at a time, and return their results."""
        outcomes = []
        for first in range(0, len(jobs), together):
            batch = jobs[first : first + together]
            self.start(batch)
            outcomes += self.finish(len(batch))
        return outcomes

    def one(self, **job: Any) -> Any:
        """Run one job, and return its result."""
        return self.all([job])[0]

    def _report(self) -> dict[str, Any]:
        assert self._server.stdout
        line = self._server.stdout.readline()
        assert line, f"the server of forks ended with {self._server.poll()}"
        return json.loads(line)
