"""Run all benchmarks and print one table: ``python -m benchmarks``."""

from __future__ import annotations

from . import commands, edits, job_script, local, slurm, tasks
from .runner import main

BENCHMARKS = (
    *commands.BENCHMARKS,
    *edits.BENCHMARKS,
    *tasks.BENCHMARKS,
    *local.BENCHMARKS,
    *slurm.BENCHMARKS,
    *job_script.BENCHMARKS,
)

if __name__ == "__main__":
    main(BENCHMARKS)
