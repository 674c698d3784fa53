"""Everything that checks know about a configuration, gathered before the first check runs.

Checks only read it: they open no file, read no environment variable and do not import dask.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..catalogue import shipped
from ..catalogue.installation import THIS, Installation
from ..catalogue.known_keys import MISSING, Catalogue, Path, catalogue
from ..config import resolve
from ..config.merge import Branch, Node, find, is_set_by_user
from ..config.resolve import Resolution, Sources
from ..config.sources import BREAKING, SourceFile, Variable, read_file
from ..config.startup import startup_problems
from ..config.startup.problem import StartupProblem
from ..config.unread_files import unread_files
from ..config.values import Resolved
from ..core.keys import CONTROL_VARIABLES, hyphenated
from ..yaml_edit.document import MappingEntry
from .setting import Enter, Setting, setting_of

if TYPE_CHECKING:
    from ..clusters.processes import Cluster
    from ..config.snapshots import Snapshot
    from .backend_readings import Readings, Refusal
    from .job_requests import ConfiguredJob
    from .site import Site

_JOB_SECTIONS = ("backends", "jobqueue")


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything that checks know about a configuration.

    Attributes
    ----------
    environ : mapping
        The environment variables.
    sources : Sources
        Search path, files (invalid ones too) and variables.
    resolution : Resolution
        The effective values of a new process, with their origins.
    catalogue : Catalogue
        The known keys.
    modes : mapping
        Path of each file -> its permission bits.
    missing_config_path : str
        The value of ``DASK_CONFIG`` if no such file or folder exists, else empty.
    closed_folders : tuple of str
        Folders on the search path whose files cannot be listed.
    unread : tuple of SourceFile
        Files that dask does not read, although they look like configuration.
    sites : tuple of Site
        The answers of the configured batch schedulers and of this machine; empty if no batch
        scheduler is configured or they were not asked.
    is_own : bool
        Whether these are the files and variables of a new process on this machine; False if files
        were named, or for a saved snapshot.
    installation : Installation
        The packages whose keys are known.
    title : str
        Another process, and when its snapshot was taken; empty for this one.
    versions : mapping
        Those of another process; empty for this one.
    startup_problems : tuple of StartupProblem
        Values with which dask fails on this machine when it is imported or started.
    cluster : Cluster, optional
        The running cluster that is examined, in the facts of one of its processes.
    """

    environ: Mapping[str, str]
    sources: Sources
    resolution: Resolution
    catalogue: Catalogue
    modes: Mapping[str, int]
    missing_config_path: str
    closed_folders: tuple[str, ...] = ()
    unread: tuple[SourceFile, ...] = ()
    sites: tuple[Site, ...] = ()
    is_own: bool = True
    startup_problems: tuple[StartupProblem, ...] = ()
    installation: Installation = THIS
    title: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    cluster: Cluster | None = None

    @property
    def files(self) -> list[SourceFile]:
        """Every file on the search path, lowest priority first."""
        return self.sources.files

    @property
    def variables(self) -> list[Variable]:
        """Every ``DASK_*`` variable."""
        return self.sources.environment.variables

    @property
    def breaks_dask(self) -> bool:
        """True if ``import dask`` fails."""
        return bool(self.resolution.conflicts) or any(
            file.status in BREAKING for file in self.files
        )

    def user_value(self, key: str) -> Resolved | None:
        """Return the effective value of a key; None if it is a default."""
        found = self.resolution.value(key)
        return None if found is None or found.origin.is_default else found

    def deeper_places(self, name: str) -> list[Path]:
        """Return the known keys and sections that a name at the top level may stand for."""
        known, name = self.catalogue, hyphenated(name)
        return [] if name in known.top_names or name in known.renamed else known.places(name)

    def section(self, *path: str) -> Mapping[Any, Node]:
        """Return the effective values in a section; empty if there is none."""
        node = find(self.resolution.tree, path)
        return node if isinstance(node, Branch) else {}

    def entries(self) -> Iterator[tuple[SourceFile, tuple[Any, ...], MappingEntry]]:
        """Yield every key of every file that dask uses, each section before its keys."""
        for file in self.files:
            if file.status == "ok" and file.document:
                for path, entry in file.document.walk():
                    yield file, path, entry

    def occurrences(self, enter: Enter = lambda path: True) -> Iterator[Setting]:
        """Yield every key that files and variables set, each section before its keys.

        Parameters
        ----------
        enter : callable
            Path of a section -> whether to visit the keys in it; all sections by default.
        """
        for file, path, entry in self.entries():
            if all(enter(path[:length]) for length in range(1, len(path))):
                yield Setting(path, entry.value.data, file.origin(entry.mark), file=file)
        for variable in self.variables:
            if variable.name not in CONTROL_VARIABLES:
                yield from setting_of(variable).with_inner(enter)

    @functools.cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Every value that files and variables set, whether or not it has an effect.

        No section is among them, except where dask expects a value.
        """
        in_files = (
            Setting(path, value.data, file.origin(value.mark), value.text, value.plain, file)
            for file, path, entry in self.entries()
            if (value := entry.value).items is None or self._expects_value(path)
        )
        return (*in_files, *map(setting_of, self.variables))

    @functools.cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What the constructors of the configured backends refuse; empty if dask fails anyway."""
        if self.breaks_dask or not self._sets_backends:
            return ()
        return tuple(self.readings.refusals())

    @functools.cached_property
    def readings(self) -> Readings:
        """What the backends read."""
        from .backend_readings import Readings

        return Readings(self.resolution, self.is_own)

    @functools.cached_property
    def jobs(self) -> tuple[ConfiguredJob, ...]:
        """The jobs of each job queue and profile that is configured; empty if dask fails anyway."""
        if self.breaks_dask or not (self._sets_backends or self.sites):
            return ()
        from .configured_jobs import configured_jobs

        return tuple(
            configured_jobs(self.readings, {site.kind for site in self.sites if not site.replaced})
        )

    @property
    def _sets_backends(self) -> bool:
        """True if a user sets keys of backends, and this package is installed to read them."""
        tree = self.resolution.tree
        return shipped.OURS in shipped.trees() and any(
            is_set_by_user(tree, (name,)) for name in _JOB_SECTIONS
        )

    def _expects_value(self, path: tuple[str, ...]) -> bool:
        default = self.catalogue.default(path)
        return default is not MISSING and not isinstance(default, Mapping)


def gather_facts(
    environ: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
    paths: Sequence[str] | None = None,
) -> Facts:
    """Read files and variables once; problems in them raise nothing.

    Parameters
    ----------
    environ : mapping, optional
        The environment variables, ``os.environ`` by default.
    texts : mapping, optional
        Path of a file -> the content to assume for it, whether or not it exists.
    paths : sequence of str, optional
        Files and folders to read instead of dask's search path, lowest priority first. The
        variables of this process are then ignored.
    """
    variables = os.environ if environ is None else environ
    if environ is None:
        environ = os.environ if paths is None else {}
    sources = resolve.gather(environ, paths, texts)
    explicit = environ.get("DASK_CONFIG", "")
    resolution = resolve.fresh(sources)
    return Facts(
        environ=environ,
        sources=sources,
        resolution=resolution,
        catalogue=catalogue(),
        modes={file.path: mode for file in sources.files if (mode := _mode(file.path)) is not None},
        missing_config_path="" if os.path.exists(explicit) else explicit,
        closed_folders=tuple(path for path in sources.paths if _is_closed(path)),
        unread=tuple(map(read_file, unread_files(sources.paths, environ) if paths is None else ())),
        is_own=paths is None,
        startup_problems=tuple(startup_problems(resolution, variables)),
    )


def facts_of(snapshot: Snapshot) -> Facts:
    """Return the facts of another process, or of this one at another time.

    Whether files, modules, queues and GPUs exist is left out, unless its machine is this one.
    """
    is_here = bool(snapshot.interpreter)
    data, sources, resolution = snapshot.data, snapshot.sources, snapshot.resolution
    places = {entry["path"]: entry["status"] for entry in data["search_path"]}
    explicit = snapshot.environ.get("DASK_CONFIG", "")
    variables = {*snapshot.environ, *data["other_variables"]}
    with snapshot.installation.in_use():
        return Facts(
            environ=snapshot.environ,
            sources=sources,
            resolution=resolution,
            catalogue=catalogue(),
            modes={file["path"]: file["mode"] & 0o777 for file in data["files"] if "mode" in file},
            missing_config_path=explicit if places.get(explicit) == "missing" else "",
            closed_folders=tuple(path for path, status in places.items() if status == "closed"),
            unread=tuple(
                map(read_file, unread_files(sources.paths, os.environ) if is_here else ())
            ),
            is_own=is_here,
            startup_problems=tuple(startup_problems(resolution, variables, is_here)),
            installation=snapshot.installation,
            title=snapshot.heading,
            versions=snapshot.versions,
        )


def _is_closed(path: str) -> bool:
    """Return whether a folder exists whose files cannot be listed."""
    return os.path.isdir(path) and not os.access(path, os.R_OK)


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        return None
