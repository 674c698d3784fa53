"""Run benchmarks, print one table, and write JSON."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .pairs import Row, Skipped

_HEAD = ("row", "ours", "peer", "peer's", "ratio", "quartiles", "goal", "")
_PACKAGES = (
    "dask-backend-config", "dask", "distributed", "dask-jobqueue", "ruamel.yaml", "PyYAML",
    "cloudpickle",
)  # fmt: skip


@dataclass(frozen=True)
class Benchmark:
    """A group of rows that are measured together.

    Attributes
    ----------
    name : str
        The name for ``--only``.
    rows : callable
        Yields the rows; its argument is whether to be quick instead of exact.
    """

    name: str
    rows: Callable[[bool], Iterator[Row]]


@dataclass
class Outcome:
    """The rows of a benchmark, and the reason if it was skipped or failed."""

    name: str
    rows: list[Row] = field(default_factory=list)
    skipped: str = ""
    failed: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Return True if nothing failed and all goals are met."""
        return not self.failed and all(row.met is not False for row in self.rows)


def run(benchmark: Benchmark, quick: bool) -> Outcome:
    """Run a benchmark and record its failure, so that the others still run."""
    outcome, began = Outcome(benchmark.name), time.perf_counter()
    try:
        for row in benchmark.rows(quick):
            outcome.rows.append(row)  # rows before a failure are kept
    except Skipped as reason:
        outcome.skipped = str(reason)
    except Exception as error:
        outcome.failed = f"{type(error).__name__}: {error}"
    outcome.seconds = time.perf_counter() - began
    return outcome


def table(outcomes: Sequence[Outcome]) -> str:
    """Return all rows as a Markdown table."""
    lines: list[tuple[str, ...]] = [_HEAD]
    for outcome in outcomes:
        lines += [_cells(row) for row in outcome.rows]
        reasons = {"failed": outcome.failed, "skipped": outcome.skipped}
        for word, reason in reasons.items():
            if reason:
                first = reason.splitlines()[0]
                lines.append((outcome.name, "", "", "", "", "", "", f"{word}: {first}"))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    texts = ["| " + " | ".join(map(str.ljust, cells, widths)) + " |" for cells in lines]
    return "\n".join(texts)


def as_json(
    outcomes: Sequence[Outcome], quick: bool, loads: Sequence[float], began: dt.datetime
) -> dict[str, Any]:
    """Return all figures, and the versions and machine they were measured with.

    Parameters
    ----------
    outcomes : sequence of Outcome
        What was measured.
    quick : bool
        Whether there were few rounds.
    loads : sequence of float
        The machine's one-minute load averages before and after.
    began : datetime
        The start.
    """
    return {
        "version": 1,
        "date": began.isoformat(timespec="seconds"),
        "quick": quick,
        "cpus": os.cpu_count(),
        "usable_cpus": _usable_cpus(),
        "load": list(loads),
        "machine": platform.platform(),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in _PACKAGES},
        "benchmarks": [
            {
                "name": outcome.name,
                "seconds": round(outcome.seconds, 1),
                "skipped": outcome.skipped or None,
                "failed": outcome.failed or None,
                "rows": [_row_as_json(row) for row in outcome.rows],
            }
            for outcome in outcomes
        ],
    }


def main(benchmarks: Sequence[Benchmark]) -> None:
    """Run the benchmarks of the command line; exit with 1 if a goal is missed or one fails."""
    options = _parser(benchmarks).parse_args()
    chosen = [one for one in benchmarks if not options.only or one.name in options.only]
    began, load = dt.datetime.now(dt.timezone.utc), os.getloadavg()[0]
    outcomes: list[Outcome] = []
    interrupted = False
    try:
        for benchmark in chosen:
            print(f"{benchmark.name} ...", end=" ", file=sys.stderr, flush=True)
            outcomes.append(run(benchmark, options.quick))
            print(f"{outcomes[-1].seconds:.0f} s", file=sys.stderr, flush=True)
    except KeyboardInterrupt:  # keep what was measured until then
        interrupted = True
    print(table(outcomes))
    for outcome in outcomes:
        if outcome.failed:
            print(f"\n{outcome.name}: {outcome.failed}", file=sys.stderr)
    if options.json:
        found = as_json(outcomes, options.quick, (load, os.getloadavg()[0]), began)
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    sys.exit(130 if interrupted else 0 if all(outcome.good for outcome in outcomes) else 1)


def _parser(benchmarks: Sequence[Benchmark]) -> argparse.ArgumentParser:
    names = [benchmark.name for benchmark in benchmarks]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure against peers in the same run; see docs/performance.md.",
    )
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to FILE")
    parser.add_argument("--quick", action="store_true", help="few rounds, to check that it works")
    return parser


def _usable_cpus() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _row_as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "peer": row.peer or None,
        "unit": row.unit,
        "ours": row.ours,
        "theirs": row.theirs,
        "value": row.value,
        "quartiles": row.quartiles,
        "goal": row.goal,
        "bound": "at least" if row.at_least else "at most",
        "met": row.met,
    }


def _cells(row: Row) -> tuple[str, ...]:
    ours = statistics.median(row.ours) if row.peer else row.value
    theirs = f"{_short(statistics.median(row.theirs))} {row.unit}" if row.peer else ""
    spread = " to ".join(map(_short, row.quartiles)) if row.quartiles else ""
    bound = "" if row.goal is None else f"{'>=' if row.at_least else '<='} {row.goal:g}"
    verdict = {None: "", True: "met", False: "MISSED"}[row.met]
    return (
        row.name,
        f"{_short(ours)} {row.unit}",
        row.peer,
        theirs,
        _short(row.value) if row.peer else "",
        spread,
        bound if row.peer else f"{bound} {row.unit}",
        verdict,
    )


def _short(figure: float) -> str:
    """Return a figure with about three digits."""
    if figure >= 100:
        return f"{figure:,.0f}"
    if figure >= 10:
        return f"{figure:.1f}"
    return f"{figure:.2f}" if figure >= 0.1 else f"{figure:.3f}"
