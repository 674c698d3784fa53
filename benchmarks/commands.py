"""Compare import, ``show``, ``set`` and ``doctor`` with dask's own commands on the same files.

To run only this one, use ``python -m benchmarks.commands``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .pairs import Row, commands, environment
from .runner import Benchmark, main

KEY = "distributed.comm.timeouts.connect"
PYTHON = sys.executable
OURS = [PYTHON, "-m", "dask_backend_config"]
DASK = [PYTHON, "-m", "dask", "config"]
GET = [*DASK, "get", KEY]
FILES = 20


def user_files(home: str, number: int) -> None:
    """Write typical configuration files: edited sections and commented templates."""
    import distributed

    folder = Path(home, ".config", "dask")
    folder.mkdir(parents=True)
    default = Path(distributed.__file__).with_name("distributed.yaml").read_text()
    template = "".join(f"# {line}" if line.strip() else line for line in default.splitlines(True))
    for index in range(number):
        edited = f"distributed:\n  worker:\n    memory:\n      target: 0.{index + 40}\n"
        text = template if index % 2 else edited
        Path(folder, f"{index:02}.yaml").write_text(text)


def imports(quick: bool) -> Iterator[Row]:
    """Compare the import of this package with that of ``dask.config``."""
    ours = [PYTHON, "-c", "import dask_backend_config"]
    theirs = [PYTHON, "-c", "import dask.config"]
    rounds = 3 if quick else 31
    for number in (0, FILES):
        with tempfile.TemporaryDirectory() as home:
            user_files(home, number)
            name, environ = _with_files("import", number), environment(home)
            yield commands(name, ours, "import dask.config", theirs, 1.05, environ, rounds)


def show(quick: bool) -> Iterator[Row]:
    """Measure how long it takes to show one value."""
    for number in (0, FILES):
        with tempfile.TemporaryDirectory() as home:
            user_files(home, number)
            name, environ = _with_files("show KEY", number), environment(home)
            ours = [*OURS, "show", KEY]
            yield commands(name, ours, "dask config get KEY", GET, 0.35, environ, _rounds(quick))


def change(quick: bool) -> Iterator[Row]:
    """Measure how long it takes to set one value in a file."""
    with tempfile.TemporaryDirectory() as home:
        user_files(home, 2)
        ours, theirs = [*OURS, "set", KEY, "20s"], [*DASK, "set", KEY, "20s"]
        environ = environment(home)
        peer = "dask config set KEY VALUE"
        yield commands("set KEY VALUE", ours, peer, theirs, 0.4, environ, _rounds(quick))


def doctor(quick: bool) -> Iterator[Row]:
    """Measure all checks on all files."""
    with tempfile.TemporaryDirectory() as home:
        user_files(home, FILES)
        # If commands of a scheduler were on the PATH, the doctor would run them.
        environ = {**environment(home), "PATH": str(Path(PYTHON).parent)}
        name, ours = _with_files("doctor", FILES), [*OURS, "doctor"]
        yield commands(name, ours, "dask config get KEY", GET, 0.45, environ, _rounds(quick))


def _with_files(name: str, number: int) -> str:
    return f"{name}, {number} files" if number else name


def _rounds(quick: bool) -> int:
    return 3 if quick else 15


BENCHMARKS = (
    Benchmark("import", imports),
    Benchmark("show", show),
    Benchmark("set", change),
    Benchmark("doctor", doctor),
)

if __name__ == "__main__":
    main(BENCHMARKS)
