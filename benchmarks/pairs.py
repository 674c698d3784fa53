"""Pairs of commands, run in turn: their ratio holds on a machine whose speed drifts."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Ours divided by theirs, pair by pair."""

    name: str
    peer: str
    goal: float
    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """One for each pair."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    def __str__(self) -> str:
        ratio = statistics.median(self.ratios)
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        ours, theirs = (1000 * statistics.median(times) for times in (self.ours, self.theirs))
        verdict = "met" if ratio <= self.goal else "MISSED"
        return (
            f"{self.name:<34} {ours:7.0f} ms  against {self.peer:<26} {theirs:7.0f} ms  "
            f"ratio {ratio:.2f} ({spread}), goal {self.goal:.2f}: {verdict}"
        )


def measure(
    name: str,
    ours: Sequence[str],
    peer: str,
    theirs: Sequence[str],
    goal: float,
    environ: dict[str, str],
    pairs: int = 15,
) -> Ratio:
    """Run both commands in turn, after a warm-up, and keep the time of each run."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs + 1):
        for command, kept in zip((ours, theirs), times, strict=True):
            seconds = _run(command, environ)
            if number:
                kept.append(seconds)
    return Ratio(name, peer, goal, *times)


def environment(home: str) -> dict[str, str]:
    """This environment with that home and no configuration of dask's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DASK")}
    return {**kept, "HOME": home, "DASK_ROOT_CONFIG": os.path.join(home, "none")}


def _run(command: Sequence[str], environ: dict[str, str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 1) or b"Traceback" in done.stderr:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr.decode()}")
    return seconds
