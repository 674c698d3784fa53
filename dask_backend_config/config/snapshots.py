"""Read snapshots: what decides the configuration of another process, or of this one."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ..catalogue.installation import Installation
from ..core.errors import ConfigSourceError
from ..core.origins import home_in_use
from ..core.strings import shown
from ..yaml_edit.document import Mark
from . import resolve
from .live_config import LiveConfig
from .resolve import Resolution
from .snapshot_installation import SnapshotInstallation
from .snapshot_program import FORMAT, VERSION, plain
from .sources import BREAKING, Problem, SourceFile, Sources, read_file, sources_of
from .values import Values

_OLDEST_DASK = (2024, 12)
_TEXT_OR_NULL = (str, type(None))
#: The type of each member that is read, in objects and arrays as in the snapshot.
_FORM: dict[str, Any] = {
    "host": str,
    "process": (int, type(None)),
    "executable": str,
    "python": str,
    "platform": str,
    "taken": str,
    "packages": {
        "*": {
            "version": _TEXT_OR_NULL,
            "defaults": str,
            "schema": _TEXT_OR_NULL,
            "renamed": {"*": _TEXT_OR_NULL},
            "files": {"*": str},
        }
    },
    "search_path": [{"path": str, "from": str, "status": str}],
    "files": [{"path": str}],
    "variables": {"*": str},
    "other_variables": [str],
    "running": object,
}
_RUNNING = {
    "config": {},
    "defaults": [{"package": _TEXT_OR_NULL, "values": {}}],
    "renamed": {"*": _TEXT_OR_NULL},
}


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """Everything that decides the configuration of a process.

    Attributes
    ----------
    data : mapping
        The JSON object, which docs/snapshots.md describes.
    interpreter : str
        The path of the interpreter on this machine that took it; empty for a saved snapshot and for
        this process.
    """

    data: Mapping[str, Any]
    interpreter: str = ""

    def __repr__(self) -> str:
        return f"<Snapshot of {self.title}>"

    @property
    def title(self) -> str:
        """The host, and the interpreter or process."""
        data = self.data
        what = f"process {data['process']}" if data["process"] else data["executable"]
        return f"{what} on {data['host']}"

    @property
    def heading(self) -> str:
        """The title, and when the snapshot was taken."""
        return f"{self.title}, {self.data['taken']}"

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of Python and the packages, and the platform."""
        packages = {
            name.replace("_", "-"): entry["version"] or "unknown"
            for name, entry in self.data["packages"].items()
        }
        data = self.data
        return {"Python": data["python"], **packages, "platform": data["platform"]}

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables that it has."""
        found: Mapping[str, str] = self.data["variables"]
        return found

    @cached_property
    def installation(self) -> Installation:
        """The installed packages."""
        return SnapshotInstallation(self.data["packages"], self.interpreter)

    @cached_property
    def sources(self) -> Sources:
        """Its files and variables."""
        paths = [entry["path"] for entry in self.data["search_path"]]
        with self.installation.in_use():
            return sources_of(self.environ, paths, list(map(_source_file, self.data["files"])))

    @cached_property
    def resolution(self) -> Resolution:
        """What the process sees; a new process of its interpreter if it had not imported dask."""
        running = self.data["running"]
        with self.installation.in_use():
            if running is None:
                return resolve.fresh(self.sources)
            return resolve.running(self.sources, LiveConfig.of_snapshot(running, plain))

    @property
    def breaks_dask(self) -> bool:
        """True if ``import dask`` fails in a new process of its interpreter."""
        return bool(self.resolution.conflicts) or any(
            file.status in BREAKING for file in self.sources.files
        )

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make its keys the known ones, and its home folder the one that is shown as ``~``."""
        with self.installation.in_use(), home_in_use(self.environ.get("HOME", "").rstrip("/")):
            yield

    def _repr_html_(self) -> str:
        from ..core.html import code, pale, paragraph, strong, table

        facts = {
            **self.versions,
            "files": ", ".join(file.path for file in self.sources.files),
            "variables": ", ".join(each.name for each in self.sources.environment.variables),
        }
        rows = [(pale(name), code(fact)) for name, fact in facts.items() if fact]
        values = Values(self.resolution.values()).differing()
        return paragraph(strong(self.title)) + table(("", ""), rows) + values._repr_html_()

    def as_json(self) -> str:
        """Return the JSON text to save."""
        return json.dumps(self.data, indent=1)


def read_snapshot(text: str, name: str) -> Snapshot:
    """Return the snapshot that a JSON text holds.

    Parameters
    ----------
    text : str
    name : str
        The name of the file, for errors.

    Raises
    ------
    ConfigSourceError
        If it is broken, of a newer version, or of a process whose dask is missing or too old.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _error(f"{name} is not a snapshot: {error}") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        hint = "Take one with: dask-backend-config snapshot"
        raise _error(f"{name} is not a snapshot", hint)
    if data.get("version") != VERSION:
        message = f"{name} is a snapshot of version {data.get('version')!r}, not {VERSION}"
        raise _error(message, "Update dask-backend-config, or take the snapshot with this one")
    return _checked(data, name)


def _checked(data: dict[str, Any], name: str) -> Snapshot:
    """Return the snapshot after a look at everything that is read from it."""
    form = {**_FORM, **({"running": _RUNNING} if data.get("running") else {})}
    if problem := _problem(data, form, "it"):
        raise _error(f"{name} is a broken snapshot: {problem}")
    if "dask" not in data["packages"]:
        raise _error(f"dask is not installed for {data['executable']} on {data['host']}")
    dask = data["packages"]["dask"]["version"] or ""
    found = tuple(map(int, re.findall(r"\d+", dask)[:2]))
    if found and found < _OLDEST_DASK:
        oldest = ".".join(map(str, _OLDEST_DASK))
        raise _error(f"{name} is of dask {dask}; releases before {oldest} are not supported")
    snapshot = Snapshot(data)
    try:
        for package, entry in data["packages"].items():
            for file in entry["files"]:
                snapshot.installation.text(package, file)
    except (ValueError, zlib.error) as error:
        raise _error(f"{name} is a broken snapshot: {file} of {package}: {error}") from None
    return snapshot


def _problem(value: Any, form: Any, where: str) -> str:
    """Return why a value of a snapshot has not the form that is read, empty if it has."""
    kind: Any = form if isinstance(form, (type, tuple)) else type(form)
    if not isinstance(value, kind):
        return f"{where} is {shown(value)}"
    found: Iterator[str] = iter(())
    if isinstance(form, list):
        found = (_problem(one, form[0], f"{where}[{at}]") for at, one in enumerate(value))
    elif isinstance(form, dict):
        if missing := [name for name in form if name not in ("*", *value)]:
            return f"{where} has no member {missing[0]}"
        inner = {name: form.get(name, form.get("*", object)) for name in value}
        found = (_problem(value[name], inner[name], f"{where}.{name}") for name in value)
    return next(filter(None, found), "")


def _source_file(entry: Mapping[str, Any]) -> SourceFile:
    """Return a file of a snapshot as `read_file` returns one of this machine."""
    path: str = entry["path"]
    if "error" in entry:
        return SourceFile(path, "unreadable", problem=Problem(entry["error"]))
    if "undecodable" in entry:
        mark = Mark(entry["line"], entry["column"])
        return SourceFile(path, "malformed", problem=Problem(entry["undecodable"], mark))
    file = read_file(path, entry.get("text", ""))
    if entry.get("invalid") and file.status not in BREAKING:  # masks removed the reason
        return replace(file, status="malformed", problem=Problem("it is not valid YAML"))
    return file


def _error(message: str, hint: str | None = None) -> ConfigSourceError:
    return ConfigSourceError(message, hint=hint)
