"""Take a snapshot in another Python interpreter, where this package need not be installed."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import ConfigSourceError
from ..core.origins import tilde
from ..schedulers.data_types import COMMAND_NOT_FOUND, TIMED_OUT, Output
from ..schedulers.run import run
from .snapshot_installation import LIMIT
from .snapshot_program import LINE, collect
from .snapshots import Snapshot, read_snapshot

#: The modules of the program, each behind those that it imports.
MODULES = (
    "core/secrets.py",
    "catalogue/package_files.py",
    "config/search_path.py",
    "config/snapshot_program.py",
)
_OWN_IMPORT = r"(?ms)^from (?:__future__|\.\.?[\w.]*) import (?:\([^)]*\)|[^\n]*)\n"


def program(modules: Sequence[str] = MODULES) -> str:
    """Return the source of modules as one program: that which prints a snapshot by default.

    Parameters
    ----------
    modules : sequence of str
        Their paths in this package, each behind those that it imports.
    """
    package = Path(__file__).parents[1]
    sources = [(package / name).read_text(encoding="utf-8") for name in modules]
    parts = [re.sub(_OWN_IMPORT, "", source) for source in sources]
    return "\n".join(["from __future__ import annotations", *parts])


def snapshot_of_new_process() -> Snapshot:
    """Return the snapshot of a new process of this interpreter, without starting one."""
    return read_snapshot(json.dumps(collect(is_new=True)), "the snapshot")


def snapshot(python: str | None = None) -> Snapshot:
    """Return everything that decides dask's configuration, with secrets masked.

    Parameters
    ----------
    python : str, optional
        Another interpreter, or the folder of its environment. The snapshot is that of a new process
        of this interpreter, with the variables and the working directory of this process. By
        default it is that of this process, values set in code included.

    Raises
    ------
    ConfigSourceError
        If `python` is not an interpreter with a supported dask, or does not answer.

    Examples
    --------
    >>> from dask_backend_config import snapshot
    >>> snapshot().resolution.value("distributed.worker.daemon").value
    False
    """
    if python is None:
        return read_snapshot(json.dumps(collect()), "the snapshot")
    path = _executable(python)
    answer = _answer(run([path, "-B", "-"], LIMIT, program().encode()))
    return replace(read_snapshot(answer, path), interpreter=path)


def snapshot_at(path: str, read: Callable[[str, str], Any] = read_snapshot) -> Any:
    """Return the snapshot in a file, or that of a new process of the interpreter at a path.

    Parameters
    ----------
    path : str
    read : callable
        Takes the text and the name of the file, and returns the snapshot.

    Raises
    ------
    ConfigSourceError
        If it is neither, or its dask is missing or too old.
    """
    path = os.path.expanduser(path)
    if os.path.isdir(path):
        return snapshot(path)
    if not os.path.exists(path):
        if os.sep not in path and shutil.which(path):
            return snapshot(path)
        raise ConfigSourceError(f"{path} does not exist: name a snapshot or an interpreter")
    try:
        with open(path, "rb") as file:  # a pipe can be read only once
            data = file.read(1)
            if data.strip() not in (b"", b"{") and os.access(path, os.X_OK):
                return snapshot(os.path.abspath(path))
            text = (data + file.read()).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigSourceError(f"{tilde(path)} cannot be read: {reason}") from None
    return read(text, tilde(path))


def _executable(python: str) -> str:
    """Return the interpreter at a path, or in an environment's folder."""
    path = os.path.abspath(os.path.expanduser(python)) if os.sep in python else python
    if not os.path.isdir(python):
        return path
    inside = os.path.join(os.path.abspath(python), "bin", "python")
    if not os.path.exists(inside):
        raise ConfigSourceError(f"{tilde(python)} is not an environment: it has no bin/python")
    return inside


def _answer(output: Output) -> str:
    """Return the JSON that an interpreter printed."""
    python = tilde(output.command[0])
    if output.exit_code == COMMAND_NOT_FOUND:
        raise ConfigSourceError(f"{python} cannot be started: {output.stderr.rpartition(': ')[2]}")
    if output.exit_code == TIMED_OUT:
        raise ConfigSourceError(f"{python} did not answer within {LIMIT:g} s")
    found = re.search(rf"(?m)^{LINE}(.*)$", output.stdout)
    if found is None:
        last = (output.stderr.strip() or f"exit code {output.exit_code}").splitlines()[-1]
        hint = "Name an interpreter of Python 3.8 or later that has PyYAML, as dask needs it"
        raise ConfigSourceError(f"{python} did not answer as Python: {last}", hint=hint)
    return found[1]
