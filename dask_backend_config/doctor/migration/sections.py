"""Find the sections of a file that hold keys of dask-jobqueue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ...backends.registry import BACKENDS
from ...catalogue import dask_keys, fates
from ...catalogue.backend_schema import ROOT
from ...catalogue.known_keys import PROFILES, Path, catalogue
from ...core.keys import hyphenated, join_path
from ...yaml_edit.edits import value_at
from ...yaml_edit.patch import Edit, Set

JOBQUEUE = "jobqueue"
FACTORY = ("labextension", "factory")
_OUR_MODULE = BACKENDS["local"][0].partition(".")[0]


@dataclass(frozen=True, slots=True)
class OldSection:
    """A section with keys of dask-jobqueue.

    Attributes
    ----------
    path : tuple of str
        As written in the file.
    kind : str
        The batch scheduler.
    target : tuple of str
        The section of its new keys; `path` itself for arguments of a constructor.
    is_new : bool
        Whether `target` does not exist, so that the section can be moved as a whole.
    """

    path: Path
    kind: str
    target: Path
    is_new: bool

    @property
    def profile(self) -> str:
        """The name of the profile that it becomes, empty for none."""
        return self.target[2] if self.target[:2] == PROFILES else ""

    @property
    def has_arguments(self) -> bool:
        """True if its keys are arguments of a constructor."""
        return self.path == self.target

    @property
    def backend(self) -> str:
        """The class of its backend."""
        return BACKENDS[self.kind][1]

    @property
    def additions(self) -> tuple[Edit, ...]:
        """Edits that it needs beside those of its keys."""
        if self.has_arguments:
            module = Set((*FACTORY, "module"), _OUR_MODULE)
            return (module, Set((*FACTORY, "class"), self.backend))
        return (Set((*self.target, "backend"), self.kind),) if self.profile else ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A key or section that is not moved.

    Attributes
    ----------
    path : tuple of str
    reason : str
    is_explained : bool
        Whether the reason is also written above the key, if other keys of its section move.
    """

    path: Path
    reason: str
    is_explained: bool = False

    @property
    def key(self) -> str:
        """The dotted key."""
        return hyphenated(join_path(self.path))


def old_sections(data: Any, named_kind: str = "") -> list[OldSection | Kept]:
    """Return the sections with keys of dask-jobqueue, and those that cannot be moved.

    Parameters
    ----------
    data : object
        The values of a file.
    named_kind : str
        The batch scheduler of sections with names of the user's, if their keys do not tell it.
    """
    return [*_in_jobqueue(data, named_kind), *_of_hosts(data), *_in_factory(data)]


def _in_jobqueue(data: Any, named_kind: str) -> Iterator[OldSection | Kept]:
    for name, section in _sections(value_at(data, (JOBQUEUE,))):
        path = (JOBQUEUE, name)
        if hyphenated(name) in fates.queues():
            yield _old_section(data, path, hyphenated(name), (ROOT, hyphenated(name)))
        elif name == "local":
            yield Kept(path, "only dask_jobqueue.LocalCluster reads it; see backends.local")
        else:
            yield _named(data, path, section, named_kind)


def _named(data: Any, path: Path, section: Mapping[Any, Any], kind: str) -> OldSection | Kept:
    kinds = [queue for queue in fates.queues() if _are_known(queue, section)]
    if not kinds:
        return Kept(path, "it has keys that dask-jobqueue does not have")
    if "." in path[1]:
        return Kept(path, "the name of a profile must not contain a dot")
    if not kind and len(kinds) > 1:
        return Kept(path, f"its scheduler is unknown. Use --backend to name it: {', '.join(kinds)}")
    if kind and kind not in kinds:
        return Kept(path, f"it has keys that dask-jobqueue does not have for {kind}")
    return _old_section(data, path, kind or kinds[0], (*PROFILES, path[1]))


def _of_hosts(data: Any) -> Iterator[OldSection]:
    """Yield the sections of ncar-jobqueue.yaml: a scheduler's section below a name of a host."""
    for host, section in _sections(data):
        below = list(section.items())
        if len(below) != 1 or "." in host or hyphenated(host) in catalogue().top_names:
            continue
        ((kind, keys),) = below
        if kind in fates.queues() and isinstance(keys, Mapping) and _are_known(kind, keys):
            yield _old_section(data, (host, kind), kind, (*PROFILES, host))


def _in_factory(data: Any) -> Iterator[OldSection | Kept]:
    """Yield the arguments with which dask-labextension makes a cluster of dask-jobqueue."""
    factory = value_at(data, FACTORY)
    if not isinstance(factory, Mapping) or "dask_jobqueue" not in str(factory.get("module")):
        return
    made = str(factory.get("class")).lower()
    kind = next((queue for queue in fates.queues() if made == f"{queue}cluster"), None)
    if kind is None:
        yield Kept(FACTORY, f"no backend replaces {factory.get('class')}")
    elif factory.get("args"):
        yield Kept(FACTORY, "its args have no names. Write them as kwargs")
    else:
        path = (*FACTORY, "kwargs")
        yield OldSection(path, kind, path, is_new=False)


def _old_section(data: Any, path: Path, kind: str, target: Path) -> OldSection:
    return OldSection(path, kind, target, is_new=value_at(data, target) is None)


def _sections(data: Any) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    for name, section in data.items() if isinstance(data, Mapping) else ():
        if isinstance(name, str) and isinstance(section, Mapping) and section:
            yield name, section


def _are_known(kind: str, section: Mapping[Any, Any]) -> bool:
    """Return whether dask-jobqueue has all keys of a section for a scheduler, or had them."""
    paths = [(JOBQUEUE, kind, hyphenated(str(name))) for name in section]
    old = ("renamed-to", "removed-after")
    return bool(paths) and all(
        catalogue().knows(path) or any(field in dask_keys.entry(path) for field in old)
        for path in paths
    )
