"""Measure this package and a peer alternately, so that their ratio holds if the speed drifts."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
_LIMIT, _LIMIT_OF_MODULE = 300.0, 1800.0


class Skipped(Exception):  # noqa: N818 - not an error: the machine lacks what a benchmark needs
    """The reason why a benchmark cannot run on this machine."""


@dataclass(frozen=True)
class Row:
    """The figures of this package and of the peer, one of each per round.

    Attributes
    ----------
    name, peer : str
        What was measured; `peer` is empty if there is none.
    unit : str
        The unit of the figures.
    goal : float, optional
        For the median of the ratios or, without a peer, for the worst figure.
    ours, theirs : list of float
        The figures.
    at_least : bool
        Whether higher is better.
    """

    name: str
    peer: str
    unit: str
    goal: float | None
    ours: list[float]
    theirs: list[float]
    at_least: bool = False

    @property
    def ratios(self) -> list[float]:
        """Return our figure divided by the peer's, for each round."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)] if self.peer else []

    @property
    def value(self) -> float:
        """Return the figure that is compared with the goal."""
        if self.peer:
            return statistics.median(self.ratios)
        return min(self.ours) if self.at_least else max(self.ours)

    @property
    def quartiles(self) -> tuple[float, float] | None:
        """Return the quartiles of the ratios, None for fewer than two rounds."""
        if len(self.ratios) < 2:
            return None
        first, _, third = statistics.quantiles(self.ratios, n=4, method="inclusive")
        return first, third

    @property
    def met(self) -> bool | None:
        """Return True if the goal is met, None if there is no goal."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def in_turn(calls: Sequence[Callable[[], float]], rounds: int) -> list[list[float]]:
    """Call each function in each round and return the figures, without those of a warm-up round.

    The order is reversed from round to round, so that effects on the next call affect all equally.
    """
    figures: list[list[float]] = [[] for _ in calls]
    for number in range(rounds + 1):
        order = range(len(calls)) if number % 2 else reversed(range(len(calls)))
        for index in order:
            figure = calls[index]()
            if number:
                figures[index].append(figure)
    return figures


def compared(
    name: str,
    peer: str,
    unit: str,
    goal: float | None,
    calls: tuple[Callable[[], float], Callable[[], float]],
    rounds: int,
    at_least: bool = False,
) -> Row:
    """Return the row of two functions, ours and the peer's, that return figures."""
    ours, theirs = in_turn(calls, rounds)
    return Row(name, peer, unit, goal, ours, theirs, at_least)


def milliseconds(call: Callable[[], object]) -> float:
    """Return the time of one call in milliseconds."""
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def commands(
    name: str,
    ours: Sequence[str],
    peer: str,
    theirs: Sequence[str],
    goal: float,
    environ: dict[str, str],
    rounds: int = 15,
) -> Row:
    """Return the row of the times of two commands.

    Raises
    ------
    RuntimeError
        If one fails.
    """
    calls = (
        lambda: milliseconds(lambda: _run(ours, environ)),
        lambda: milliseconds(lambda: _run(theirs, environ)),
    )
    return compared(name, peer, "ms", goal, calls, rounds)


def measured(module: str, **request: Any) -> dict[str, list[float]]:
    """Run a module in a process with an empty home, and return the figures that it prints.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    arguments = ["-m", module, json.dumps(request)]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as home:
        output = python_output(arguments, environment(home), str(_ROOT), _LIMIT_OF_MODULE)
    figures: dict[str, list[float]] = json.loads(output)
    return figures


def python_output(
    arguments: Sequence[str],
    environ: dict[str, str],
    folder: str | None = None,
    limit: float | None = None,
) -> str:
    """Return the output of Python with these arguments.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=limit,
    )
    if done.returncode:
        name = "the program" if arguments[0] == "-c" else " ".join(arguments)
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
    return done.stdout


def environment(home: str) -> dict[str, str]:
    """Return this environment with another home directory and without dask configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DASK")}
    return {**kept, "HOME": home, "DASK_ROOT_CONFIG": os.path.join(home, "none")}


def _run(command: Sequence[str], environ: dict[str, str]) -> None:
    done = subprocess.run(command, env=environ, capture_output=True, check=False, timeout=_LIMIT)
    if done.returncode not in (0, 1) or b"Traceback" in done.stderr:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
