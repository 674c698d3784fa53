"""Run all benchmarks and print one table: ``python -m benchmarks``."""

from __future__ import annotations

from . import clusters, commands, edits, groups, job_script, local, slurm, tasks, threads
from .runner import main

BENCHMARKS = (
    *clusters.BENCHMARKS,
    *commands.BENCHMARKS,
    *edits.BENCHMARKS,
    *tasks.BENCHMARKS,
    *threads.BENCHMARKS,
    *local.BENCHMARKS,
    *slurm.BENCHMARKS,
    *groups.BENCHMARKS,
    *job_script.BENCHMARKS,
)

if __name__ == "__main__":
    main(BENCHMARKS)
