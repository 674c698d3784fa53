"""A machine on which the pages are tested: an empty home, and few programs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block

#: The programs that examples may call. No batch scheduler is among them, so `auto` is this machine.
PROGRAMS = (
    "bash", "cat", "chmod", "cp", "cut", "date", "diff", "env", "grep", "head", "hostname", "id", "ls", "ln",
    "mkdir", "mv", "rm", "sed", "setsid", "sh", "sleep", "sort", "tail", "touch", "tr", "uname", "wc",
)  # fmt: skip
#: The path of Python in the pages.
PYTHON = "~/.venv/bin/python"
_LIMIT = 100


class Machine:
    """Runs the commands of pages in an empty home, which is also the working directory.

    Parameters
    ----------
    home, root, programs : Path
        The user's home, the replacement of ``/etc/dask``, and the only folder in ``PATH``.
    """

    def __init__(self, home: Path, root: Path, programs: Path) -> None:
        self.home = home
        self._root = root
        programs.mkdir()
        for name in PROGRAMS:
            if found := shutil.which(name):
                (programs / name).symlink_to(found)
        ours = {"dask-backend-config": "-m dask_backend_config", "dask": "-m dask"}
        for name, words in {**ours, "python": "", "python3": ""}.items():
            script = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {words} "$@"\n'
            (programs / name).write_text(script)
            (programs / name).chmod(0o755)
        kept = {name: text for name, text in os.environ.items() if not name.startswith("XDG_")}
        self._environ = {
            **kept,
            "PATH": str(programs),
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "80",
        }
        if not Path("/etc/dask").exists():  # then a user's environment has no such variable
            del self._environ["DASK_ROOT_CONFIG"]
        self._shell = ""
        self._folder = home

    def work_in(self, folder: Path) -> None:
        """Run everything in `folder` instead, with the modules in it."""
        self._folder = folder
        self._environ["PYTHONPATH"] = str(folder)

    def prepare(self, before: Iterable[Block]) -> None:
        """Write named blocks to their files, later ones over earlier ones; keep shell for `run`."""
        for block in before:
            if block.file is None:
                self._shell += block.text
                continue
            name, mode = block.file
            path = Path(self.real(name.replace("~", str(self.home), 1)))
            path = path if path.is_absolute() else self.home / path
            path.parent.mkdir(parents=True, exist_ok=True)
            rest = block.text.partition("\n")[2]
            path.write_text(rest if rest.startswith("#!") else block.text)
            path.chmod(mode)

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script, with stderr in the output as in a terminal."""
        return subprocess.run(
            ["bash", "-c", self._shell + script],
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LIMIT,
        )

    def real(self, text: str) -> str:
        """Return a command of a page with the replacement for ``/etc/dask``."""
        real = re.sub(r"(?<![\w.])/etc/dask\b", str(self._root), text)
        if real != text:
            self._environ["DASK_ROOT_CONFIG"] = str(self._root)
        return real

    def shown(self, text: str) -> str:
        """Return an output with paths that any machine could have."""
        text = text.replace(str(self._root), "/etc/dask").replace(sys.executable, PYTHON)
        return text.replace(str(self.home), "~")


@pytest.fixture
def machine(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Return a machine without configuration."""
    # A path about as long as /etc/dask, so that outputs are wrapped as they are there.
    with tempfile.TemporaryDirectory(prefix="e") as root:
        monkeypatch.setenv("DASK_ROOT_CONFIG", root)
        yield Machine(home, Path(root), tmp_path / "programs")
