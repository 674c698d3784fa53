"""Everything that checks know about a configuration, gathered before the first check runs.

Checks only read it: they open no file, read no environment variable and do not import dask.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..catalogue.known_keys import MISSING, Catalogue, Path, catalogue
from ..config import resolve
from ..config.merge import Branch, Node, find, is_set_by_user
from ..config.resolve import Resolution, Sources
from ..config.sources import BREAKING, SourceFile, Variable
from ..config.values import Resolved
from ..core.keys import CONTROL_VARIABLES, hyphenated, join_path
from ..core.origins import Origin
from ..yaml_edit.document import MappingEntry
from ..yaml_edit.patch import Remove, Set
from .findings import Finding, Fix, Severity

if TYPE_CHECKING:
    from .job_requests import ConfiguredJob
    from .site import Site

_JOB_SECTIONS = ("backends", "jobqueue")


#: Path of a section -> whether to visit the keys in it.
Enter = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True, slots=True)
class Setting:
    """One place where a user set a key or opened a section.

    Attributes
    ----------
    path : tuple of str
        The key's names as written.
    value : object
        As dask reads it; a mapping for a section.
    origin : Origin
        The place of the value in `Facts.settings`, of the key in `Facts.occurrences`.
    text : str, optional
        The characters of a YAML scalar without its quotes, or of the variable.
    plain : bool
        Whether a YAML scalar is unquoted.
    file : SourceFile, optional
        The file that sets the key.
    variable : Variable, optional
        The variable that sets the key, or whose value contains it.
    """

    path: tuple[str, ...]
    value: Any
    origin: Origin
    text: str | None = None
    plain: bool = False
    file: SourceFile | None = None
    variable: Variable | None = None

    @property
    def key(self) -> str:
        """The dotted key with ``-`` in names."""
        return hyphenated(join_path(self.path))

    @property
    def own_variable(self) -> Variable | None:
        """The variable whose name is this key; None in a file or inside of a variable's value."""
        variable = self.variable
        return variable if variable and variable.key == join_path(self.path) else None

    def with_inner(self, enter: Enter = lambda path: True) -> Iterator[Setting]:
        """Yield it, then what a mapping in its value holds, each section before its keys."""
        yield self
        if isinstance(self.value, Mapping) and enter(self.path):
            for name, value in self.value.items():
                if isinstance(name, str):
                    inner = replace(self, path=(*self.path, name), value=value, text=None)
                    yield from inner.with_inner(enter)

    def finding(
        self, severity: Severity, message: str, hint: str, fix: Fix | None = None
    ) -> Finding:
        """Return a finding about this key at this place."""
        return Finding(severity, message, hint, self.key, self.origin, fix)

    def fix_by_setting(self, value: Any) -> Fix | None:
        """Return a fix that replaces the value in its file; None in a variable."""
        return Fix((Set(self.path, value),)) if self.file else None

    def fix_by_removing(self) -> Fix | None:
        """Return a fix that removes the key from its file; None in a variable."""
        return Fix((Remove(self.path),)) if self.file else None

    def fix_by_moving(self, path: tuple[str, ...]) -> Fix | None:
        """Return a fix that moves the key in its file; None for a section or in a variable."""
        if not self.file or isinstance(self.value, Mapping):
            return None
        line = self.file.text.splitlines()[(self.origin.line or 1) - 1]
        # A comment on the line would be lost.
        return Fix((Remove(self.path), Set(path, self.value)), safe=" #" not in line)


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
    site : Site, optional
        The answers of the configured batch scheduler and of this machine; None if no batch
        scheduler is configured or it was not asked.
    is_own : bool
        Whether these are the files and variables of this process; False if files were named.
    """

    environ: Mapping[str, str]
    sources: Sources
    resolution: Resolution
    catalogue: Catalogue
    modes: Mapping[str, int]
    missing_config_path: str
    closed_folders: tuple[str, ...] = ()
    site: Site | None = None
    is_own: bool = True

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
                yield from _setting_of(variable).with_inner(enter)

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
        return (*in_files, *map(_setting_of, self.variables))

    @functools.cached_property
    def jobs(self) -> tuple[ConfiguredJob, ...]:
        """The jobs of each job queue and profile that is configured; empty if dask fails anyway."""
        tree = self.resolution.tree
        is_set = any(is_set_by_user(tree, (section,)) for section in _JOB_SECTIONS)
        if self.breaks_dask or not (is_set or self.site):
            return ()
        from .configured_jobs import configured_jobs

        return tuple(configured_jobs(self.resolution, self.site.kind if self.site else None))

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
    if environ is None:
        environ = os.environ if paths is None else {}
    sources = resolve.gather(environ, paths, texts)
    explicit = environ.get("DASK_CONFIG", "")
    return Facts(
        environ=environ,
        sources=sources,
        resolution=resolve.fresh(sources),
        catalogue=catalogue(),
        modes={file.path: mode for file in sources.files if (mode := _mode(file.path)) is not None},
        missing_config_path="" if os.path.exists(explicit) else explicit,
        closed_folders=tuple(path for path in sources.paths if _is_closed(path)),
        is_own=paths is None,
    )


def _setting_of(variable: Variable) -> Setting:
    path = tuple(variable.key.split("."))
    return Setting(path, variable.value, variable.origin, variable.text, variable=variable)


def _is_closed(path: str) -> bool:
    """Return whether a folder exists whose files cannot be listed."""
    return os.path.isdir(path) and not os.access(path, os.R_OK)


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        return None
