"""Collect what decides the configuration of a process as one JSON object, with secrets masked.

This module and those that it imports are also one program for another interpreter, where this
package need not be installed, see `interpreter.program`: it needs Python 3.8 or later, and PyYAML.
It changes nothing and does not import dask, so that it works where a file makes that fail.
docs/snapshots.md describes the JSON.
"""

from __future__ import annotations

import base64
import json
import os
import platform
import re
import socket
import stat
import sys
import time
import zlib
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from ..catalogue.package_files import (
    OUR_FILES,
    OURS,
    PACKAGES,
    PackageFiles,
    find_other_packages,
    installed_path,
    package_folder,
    renamed_keys,
    text_in,
)
from ..core.secrets import Masker, compose
from .search_path import config_files, explained_paths

FORMAT = "dask-configuration"
VERSION = 1
#: Begins the line with the JSON; an interpreter may print other lines.
LINE = FORMAT + "-snapshot:"
#: Variables that dask or a check reads. Of others, only names are kept.
_VARIABLES = r"(?i:DASK)|(?:SBATCH|BSUB|PBS)_|(?:HOME|USER|XDG_CONFIG_HOME)$"
#: The variable in which a nanny of an older dask passes its process id, and the key made of it.
_OF_A_NANNY = ("DASK_PARENT", "parent")
#: Names of variables in a text, as in ``$NAME`` and ``{NAME}``.
_NAMES = r"[${]\{?(\w+)"
_LONGEST_REPR = 200


def collect(is_new: bool = False) -> dict[str, Any]:
    """Return the snapshot of this process.

    Parameters
    ----------
    is_new : bool
        Whether to return that of a new process instead, which has not imported dask.
    """
    masker = Masker()
    running = None if is_new else _running()
    paths = explained_paths(os.environ)
    if running:
        paths = {path: paths.get(path, "dask.config.paths") for path in running.pop("search_path")}
        masker.learn_all("", running["config"])
    variables = _variables()
    for name, text in os.environ.items():
        masker.learn_variable(name, text)
    files = [_read(path) for path in config_files(list(paths))]
    texts = [entry.get("text", "") for entry in files]
    named = {name for text in (*variables.values(), *texts) for name in re.findall(_NAMES, text)}
    for text in texts:
        masker.learn_file(text)
    for entry in files:
        if "text" in entry:
            entry["invalid"] = compose(entry["text"])[1]
            entry["text"] = masker.file(entry["text"])
    return {
        "format": FORMAT,
        "version": VERSION,
        "taken": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "host": socket.gethostname(),
        "process": os.getpid() if running else None,
        "executable": sys.executable,
        "working_directory": _working_directory(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": _packages(),
        "search_path": [
            {"path": path, "from": reason, "status": _status(path)}
            for path, reason in paths.items()
        ],
        "files": files,
        "variables": {name: masker.variable(name, text) for name, text in variables.items()},
        "other_variables": sorted(named & {*os.environ} - {*variables}),
        "running": masker.value("", running),
    }


def configuration_snapshot() -> str:
    """Return the snapshot of this process as JSON. The log of a cluster's process has this name."""
    return json.dumps(collect())


def plain(value: Any) -> Any:
    """Return a value as JSON holds it, the ``repr`` of what JSON has no form for."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return repr(value)[:_LONGEST_REPR]


def _variables() -> dict[str, str]:
    return {
        name: text
        for name, text in os.environ.items()
        if re.match(_VARIABLES, name) and name not in _OF_A_NANNY
    }


def _running() -> dict[str, Any] | None:
    """Return the state of ``dask.config``; None if this process has not imported it."""
    config = sys.modules.get("dask.config")
    if config is None:
        return None
    return {
        "config": {
            name: value for name, value in plain(config.config).items() if name not in _OF_A_NANNY
        },
        "defaults": [{"package": _owner(tree), "values": plain(tree)} for tree in config.defaults],
        "renamed": dict(config.deprecations),
        "search_path": list(config.paths),
    }


def _owner(tree: Any) -> str | None:
    """Return the package in whose module the object is that it gave to ``update_defaults``."""
    for name, module in list(sys.modules.items()):
        if getattr(module, "defaults", None) is tree:
            return name.partition(".")[0]
    return None


def _read(path: str) -> dict[str, Any]:
    """Return a file as dask opens it, or why it cannot be read."""
    entry: dict[str, Any] = {"path": path}
    try:
        status = os.stat(path)
        entry.update(mode=stat.S_IMODE(status.st_mode), owner=status.st_uid)
        entry["modified"] = int(status.st_mtime)
        if stat.S_ISFIFO(status.st_mode):
            return {**entry, "error": "it is a pipe"}
        with open(path, newline="") as file:
            return {**entry, "text": file.read()}
    except OSError as error:
        return {**entry, "error": error.strerror or str(error)}
    except UnicodeDecodeError as error:
        return {**entry, **_undecodable(error)}


def _undecodable(error: UnicodeDecodeError) -> dict[str, Any]:
    before = error.object[: error.start]
    line = before[before.rfind(b"\n") + 1 :].decode(error.encoding, errors="replace")
    problem = f"byte 0x{error.object[error.start]:02x} is not valid {error.encoding.upper()}"
    return {"undecodable": problem, "line": before.count(b"\n") + 1, "column": len(line) + 1}


def _status(path: str) -> str:
    """Return what is at a place of the search path: file, folder, closed or missing."""
    if not os.path.exists(path):
        return "missing"
    if not os.path.isdir(path):
        return "file"
    return "folder" if os.access(path, os.R_OK) else "closed"


def _packages() -> dict[str, dict[str, Any]]:
    """Return the installed packages that define keys."""
    ours = PackageFiles(OURS, OUR_FILES[0])
    known = (*PACKAGES, *find_other_packages(installed_path()), ours)
    found = {files.package: _package(files) for files in known}
    return {name: entry for name, entry in found.items() if entry is not None}


def _package(files: PackageFiles) -> dict[str, Any] | None:
    folder = package_folder(files.package)
    if folder is None:
        return None
    home, names = folder, [files.defaults, files.schema or ""]
    if files.package == OURS:
        inside = folder / "defaults"
        home = inside if inside.is_dir() else folder.parent / "defaults"
        names = list(OUR_FILES)
    texts = {name: text for name in names if name and (text := text_in(home, name)) is not None}
    source = text_in(folder, files.deprecations) if files.deprecations else None
    return {
        "version": _version(files.package),
        "folder": str(folder),
        "defaults": files.defaults,
        "schema": files.schema,
        "renamed": renamed_keys(source or ""),
        "files": {name: _packed(text) for name, text in texts.items()},
    }


def _packed(text: str) -> str:
    """Return the text of a file that is the same everywhere, in a quarter of its size."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return None


if __name__ == "__main__":
    if sys.path[:1] == [""]:  # of a program from standard input; a script has no such folder
        sys.path[0] = os.devnull
    sys.stdout.write(f"{LINE}{configuration_snapshot()}\n")
