"""Compare the configuration of two processes: versions, values, files and variables."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.equality import strictly_equal
from ..core.keys import CONTROL_VARIABLES, INHERITED, hyphenated
from ..core.origins import Origin, tilde
from ..core.secrets import MASK, masked
from ..core.strings import count, inline, printable
from ..schedulers import SCHEDULERS
from . import merge
from .difference import Difference, Entry, SnapshotDiff
from .interpreter import snapshot, snapshot_at
from .snapshot_program import plain
from .snapshots import Snapshot
from .sources import SourceFile, is_variable
from .values import Resolved

#: The reason why a place is on the search path -> the name of the place on every machine.
_ROLES = {
    **dict.fromkeys(("sys.prefix", "site.PREFIXES"), "{sys.prefix}/etc/dask"),
    "DASK_CONFIG": "$DASK_CONFIG",
}
_USER_FOLDER = "~/.config/dask/"
#: The part of a ``repr`` that each process has differently.
_ADDRESS = r" at 0x[0-9a-f]+"
_ORDER = "order of files"
#: Name -> what is compared, and the entry that shows it.
_Comparable = Mapping[str, tuple[Any, Entry]]


def diff(left: Snapshot | str | os.PathLike[str], right: Any = None) -> SnapshotDiff:
    """Compare the configuration of two processes.

    Parameters
    ----------
    left, right : Snapshot, str or path
        A snapshot, or the path of a saved one, of an interpreter, or of an environment's folder. By
        default, `right` is this process, with the values that its code set.

    Returns
    -------
    SnapshotDiff
        It is false if nothing differs, and a table in notebooks.

    Raises
    ------
    ConfigSourceError
        If a path is neither a snapshot nor an interpreter with a supported dask.

    Examples
    --------
    >>> from dask_backend_config import diff, snapshot
    >>> taken = snapshot()
    >>> bool(diff(taken, taken))
    False
    """
    sides = [snapshot() if side is None else side for side in (left, right)]
    return compare(*(s if isinstance(s, Snapshot) else snapshot_at(os.fspath(s)) for s in sides))


def compare_all(lefts: Sequence[Snapshot], rights: Sequence[Snapshot]) -> list[SnapshotDiff]:
    """Compare the processes of two clusters, or those of a cluster with another process.

    Of several, each on the right is compared with the one of the same title on the left, or with
    the first. If only the left has several, each of them is compared with the one on the right.
    """
    if len(rights) == 1:
        return [compare(left, rights[0]) for left in lefts]
    titles = {left.title: left for left in reversed(lefts)}
    return [compare(titles.get(right.title, lefts[0]), right) for right in rights]


def compare(left: Snapshot, right: Snapshot) -> SnapshotDiff:
    """Return the differences between two snapshots.

    Host, time and process do not count, nor do files at the same place below the home folder
    or the environment's folder, comments in files, and files that set nothing.
    """
    values, hidden = _compared_values(left, right)
    parts = {
        "versions": _differences(*map(_versions, (left, right))),
        "values": values["values"],
        "defaults": values["defaults"],
        "files": _compared_files(left, right),
        "variables": _differences(*map(_variables, (left, right))),
        "origins": values["origins"],
    }
    found = {
        part: tuple(sorted(differences, key=lambda each: each.name))
        for part, differences in parts.items()
        if differences
    }
    return SnapshotDiff(left, right, found, tuple(sorted(hidden)))


def place_of(path: str, side: Snapshot) -> str:
    """Return a path without the part that depends on the user, the environment or the machine.

    The home folder is ``~``, the folder of the environment ``{sys.prefix}``, as dask's
    documentation writes it, and the place that a variable names is ``$DASK_CONFIG``.
    """
    with side.in_use():
        short = tilde(path)
    for entry in side.data["search_path"]:
        folder, role = entry["path"], _ROLES.get(entry["from"])
        is_inside = path == folder or path.startswith(f"{folder}{os.sep}")
        if role and is_inside and not f"{short}/".startswith(_USER_FOLDER):
            return role + path[len(folder) :]
    return short


def _versions(side: Snapshot) -> _Comparable:
    found = {name: version for name, version in side.versions.items() if name != "platform"}
    return {name: (version, Entry(name, version, version)) for name, version in found.items()}


def _variables(side: Snapshot) -> _Comparable:
    """Return the variables that dask or a batch scheduler reads."""
    inherited = side.sources.environment.inherited
    of_schedulers = {name for each in SCHEDULERS.values() for name in each.script_variables}
    found: dict[str, tuple[Any, Entry]] = {}
    for name, text in side.environ.items():
        if name == INHERITED:
            values = merge.plain(inherited)
            number = count(sum(1 for _ in merge.leaves(inherited)), "value")
            found[name] = values, Entry(name, values, f"inherited configuration with {number}")
        elif is_variable(name) or name in of_schedulers:
            with side.in_use():
                compared = tilde(text) if name in CONTROL_VARIABLES else text
            found[name] = compared, Entry(name, text, printable(text))
    return found


def _files(side: Snapshot) -> dict[str, tuple[Any, Entry]]:
    """Return the files that have an effect, lowest first, and the folders that cannot be listed."""
    found: dict[str, tuple[Any, Entry]] = {}
    for file in side.sources.files:
        name = place_of(file.path, side)
        found.pop(name, None)  # a file that is read twice counts where it is read last
        if file.status != "empty":
            found[name] = _content(file), Entry(name, file.text, _status(file))
    for entry in side.data["search_path"]:
        if entry["status"] == "closed":
            name = place_of(entry["path"], side)
            found[name] = None, Entry(name, None, "cannot be listed")
    return found


def _content(file: SourceFile) -> Any:
    """Return the part of a file that counts."""
    if file.status == "ok" and file.document:
        return file.document.data
    return file.status, file.problem and file.problem.message, file.text


def _status(file: SourceFile) -> str:
    if file.problem is None:
        return count(len(file.text.splitlines()), "line")
    effect = "skipped by dask" if file.status == "unreadable" else "import dask fails"
    return f"{effect}: {file.problem.message}"


def _compared_files(left: Snapshot, right: Snapshot) -> list[Difference]:
    sides = [_files(side) for side in (left, right)]
    orders = [[name for name in one if name in other] for one, other in (sides, sides[::-1])]
    order = [Entry(_ORDER, names, ", ".join(names)) for names in orders]
    return [*([Difference(*order)] if orders[0] != orders[1] else []), *_differences(*sides)]


def _differences(left: _Comparable, right: _Comparable) -> list[Difference]:
    """Return what is different, by name."""
    nothing = (None, None)
    found = []
    for name in sorted({*left, *right}):
        (one, entry), (other, other_entry) = left.get(name, nothing), right.get(name, nothing)
        if not (entry and other_entry and strictly_equal(one, other)):
            found.append(Difference(entry, other_entry))
    return found


def _compared_values(
    left: Snapshot, right: Snapshot
) -> tuple[dict[str, list[Difference]], list[str]]:
    """Return the differences of values, defaults and origins, and the keys that are masked."""
    is_running = left.data["running"] or right.data["running"]
    are_equal = _equal_in_json if is_running else strictly_equal
    packages = _packages(left) ^ _packages(right)
    absent: Counter[tuple[str | None, bool]] = Counter()
    found: dict[str, list[Difference]] = {"values": [], "defaults": [], "origins": []}
    hidden = []
    for one, other in _pairs(_named(left, right), _named(right, left)):
        is_default = all(each.origin.is_default for each in (one, other) if each)
        if one is None or other is None or not are_equal(one.value, other.value):
            part = "defaults" if is_default else "values"
            only = one or other
            if only and is_default and not (one and other) and only.origin.name in packages:
                absent[only.origin.name, one is not None] += 1
                continue
        elif MASK in str(one.value):
            hidden.append(one.key)
            continue
        elif not is_default and _source(one, left) != _source(other, right):
            part = "origins"
        else:
            continue
        found[part].append(Difference(_entry(one, left), _entry(other, right)))
    found["defaults"] += [_absent(*each, number) for each, number in absent.items()]
    return found, hidden


def _equal_in_json(one: Any, other: Any) -> bool:
    """Return whether JSON has the same for two values, the addresses of objects apart."""
    one, other = plain(one), plain(other)
    texts = [re.sub(_ADDRESS, "", repr(value)) for value in (one, other)]
    return strictly_equal(one, other) or (texts[0] == texts[1] and texts[0] != repr(one))


def _packages(side: Snapshot) -> set[str | None]:
    """Return the packages whose defaults a process has."""
    layers = side.resolution.layers
    return {layer.origin.name for layer in layers if layer.origin.is_default and layer}


def _absent(package: str | None, is_left: bool, number: int) -> Difference:
    """Return the defaults of a package that one side lacks as one difference."""
    origin = Origin("default", package)
    entry = Entry(package or "", number, count(number, "key"), origin)
    return Difference(entry, None) if is_left else Difference(None, entry)


def _named(side: Snapshot, other: Snapshot) -> dict[str, Resolved]:
    """Return the values of a process by key, by its new name if only the other process knows it."""
    values = side.resolution.values()
    known, renamed = _renamed(side), _renamed(other)
    found = {}
    for key, value in values.items():
        new = None if hyphenated(key) in known else renamed.get(hyphenated(key))
        found[new if new and new not in values else key] = value
    return found


def _renamed(side: Snapshot) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for package in side.data["packages"].values():
        found |= package["renamed"]
    return found


def _pairs(
    left: Mapping[str, Resolved], right: Mapping[str, Resolved]
) -> Iterator[tuple[Resolved | None, Resolved | None]]:
    """Yield the values of each key, with ``-`` and ``_`` for the same.

    An empty section is no value where the other side has keys in it.
    """
    spelled: dict[str, str] = {}
    for name in right:
        if name not in left:
            spelled.setdefault(hyphenated(name), name)
    partners = {name: name if name in right else spelled.pop(hyphenated(name), "") for name in left}
    for name, partner in partners.items():
        if partner or not _is_section(name, left[name], right):
            yield left[name], right.get(partner)
    taken = {*partners.values()}
    for name, value in right.items():
        if name not in taken and not _is_section(name, value, left):
            yield None, value


def _is_section(name: str, value: Resolved, other: Mapping[str, Resolved]) -> bool:
    """Return whether a value is an empty section that has keys on the other side."""
    return value.value == {} and any(key.startswith(f"{name}.") for key in other)


def _entry(value: Resolved | None, side: Snapshot) -> Entry | None:
    if value is None:
        return None
    hidden = masked(value.key, value.value)
    with side.in_use():
        return Entry(value.key, hidden, inline(hidden), value.origin, str(value.origin))


def _source(value: Resolved, side: Snapshot) -> str:
    """Return where a value comes from, without the line."""
    path = value.origin.path
    return place_of(path, side) if path else str(value.origin)
