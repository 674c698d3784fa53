"""Import, ``show`` and ``doctor`` against dask's own commands, with the same files.

Run it with ``python -m benchmarks.commands``.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import distributed

from .pairs import environment, measure

KEY = "distributed.comm.timeouts.connect"
PYTHON = sys.executable
OURS = [PYTHON, "-m", "dask_backend_config"]
DASK = [PYTHON, "-m", "dask", "config"]


def user_files(folder: Path, number: int) -> None:
    """Write that many files as people have them: edited sections, and commented templates."""
    folder.mkdir(parents=True)
    default = Path(distributed.__file__).with_name("distributed.yaml").read_text()
    template = "".join(f"# {line}" if line.strip() else line for line in default.splitlines(True))
    for index in range(number):
        edited = f"distributed:\n  worker:\n    memory:\n      target: 0.{index + 40}\n"
        text = template if index % 2 else edited
        Path(folder, f"{index:02}.yaml").write_text(text)


def main() -> None:
    """Print the rows."""
    print(f"dask {version('dask')}, Python {sys.version.split()[0]}; medians of pairs")
    with tempfile.TemporaryDirectory() as home:
        empty = environment(home)
        imports = [PYTHON, "-c", "import dask_backend_config"]
        peer = [PYTHON, "-c", "import dask.config"]
        print(measure("import", imports, "import dask.config", peer, 1.15, empty, pairs=31))
        get = [*DASK, "get", KEY]
        print(measure("show KEY", [*OURS, "show", KEY], "dask config get KEY", get, 0.5, empty))
        user_files(Path(home, ".config", "dask"), 20)
        # Where commands of a scheduler are installed, the doctor asks who answers.
        alone = {**empty, "PATH": str(Path(PYTHON).parent)}
        print(
            measure("doctor, 20 files", [*OURS, "doctor"], "dask config get KEY", get, 0.7, alone)
        )
        print(
            measure(
                "show KEY, 20 files", [*OURS, "show", KEY], "dask config get KEY", get, 0.5, empty
            )
        )
        print(measure("import, 20 files", imports, "import dask.config", peer, 1.15, empty))
    with tempfile.TemporaryDirectory() as home:
        user_files(Path(home, ".config", "dask"), 2)
        ours = [*OURS, "set", KEY, "20s"]
        theirs = [*DASK, "set", KEY, "20s"]
        environ = environment(home)
        print(measure("set KEY VALUE", ours, "dask config set KEY VALUE", theirs, 0.5, environ))


if __name__ == "__main__":
    main()
