"""A machine on which the pages are tried: an empty home, and few programs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block

#: What examples may call. No batch scheduler is among them, so that `auto` means this machine.
PROGRAMS = (
    "bash", "cat", "chmod", "cp", "cut", "date", "diff", "env", "grep", "head", "hostname", "id", "ls", "ln",
    "mkdir", "mv", "rm", "sed", "setsid", "sh", "sleep", "sort", "tail", "touch", "tr", "uname", "wc",
)  # fmt: skip
#: What stands in pages where a program says the path of the Python that runs it.
PYTHON = "~/.venv/bin/python"
_LIMIT = 100


class Machine:
    """Runs what pages show, in an empty home that is the working folder as well.

    Parameters
    ----------
    home, root, programs : Path
        Of the user, in the place of ``/etc/dask``, and the only folder in ``PATH``.
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
        }
        if not Path("/etc/dask").exists():  # then a user's environment has no such variable
            del self._environ["DASK_ROOT_CONFIG"]
        self._shell = ""
        self._folder = home

    def work_in(self, folder: Path) -> None:
        """Run everything in `folder` instead, with the modules that lie there."""
        self._folder = folder
        self._environ["PYTHONPATH"] = str(folder)

    def prepare(self, before: Iterable[Block]) -> None:
        """Put named blocks where they say, one in the place of another; keep shell for `run`."""
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
        """Run a line of shell; what goes to stderr stands where a terminal would show it."""
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
        """A command of a page, with the stand-in for ``/etc/dask``."""
        real = re.sub(r"(?<![\w.])/etc/dask\b", str(self._root), text)
        if real != text:
            self._environ["DASK_ROOT_CONFIG"] = str(self._root)
        return real

    def shown(self, text: str) -> str:
        """An output as a page would show it: with paths that any machine could have."""
        text = text.replace(str(self._root), "/etc/dask").replace(sys.executable, PYTHON)
        return text.replace(str(self.home), "~")


@pytest.fixture
def machine(home: Path, tmp_path: Path) -> Machine:
    """An empty one."""
    return Machine(home, Path(os.environ["DASK_ROOT_CONFIG"]), tmp_path / "programs")
