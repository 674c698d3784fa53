"""Measure the size of the configuration in a job script.

To run only this one, use ``python -m benchmarks.job_script``.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .pairs import Row, environment, python_output
from .runner import Benchmark, main

PROGRAM = "from dask_backend_config import DaskSLURMBackend; print(DaskSLURMBackend().job_script())"
#: Numbers of variables for workers in the configuration; the last is more than 64 kB.
NUMBERS = (0, 10, 20, 30, 100, 1000)
#: Lines that carry configuration: its variable, removed variables, or the name of a file.
CARRIED = re.compile(r"export DASK_INTERNAL_INHERIT_CONFIG=|unset |\. ")


def carried(quick: bool) -> Iterator[Row]:
    """Measure configurations of different sizes; there is no peer."""
    sizes = [_bytes(number) for number in (NUMBERS[::2] if quick else NUMBERS)]
    yield Row("configuration in a job's script", "", "bytes", 2048, sizes, [])


def _bytes(number: int) -> float:
    """Return the bytes of the lines of the script that carry the configuration.

    Raises
    ------
    RuntimeError
        If there is no such line, or the program fails.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as home:
        folder = Path(home, ".config", "dask")
        folder.mkdir(parents=True)
        lines = [f"      VARIABLE_{index}: {'value' * 10}\n" for index in range(number)]
        if lines:
            text = "distributed:\n  nanny:\n    environ:\n" + "".join(lines)
            (folder / "distributed.yaml").write_text(text)
        output = python_output(["-c", PROGRAM], environment(home))
    found = [line for line in output.splitlines(True) if CARRIED.match(line)]
    if not found:
        raise RuntimeError(f"no line carries the configuration:\n{output}")
    return float(sum(len(line.encode()) for line in found))


BENCHMARKS = (Benchmark("job-script", carried),)

if __name__ == "__main__":
    main(BENCHMARKS)
