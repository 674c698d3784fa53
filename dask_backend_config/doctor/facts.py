"""What checks judge: everything that was said, gathered before the first check runs.

Checks only read it; they open no file, look at no variable and import no dask.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..catalogue.known_keys import MISSING, Catalogue, catalogue
from ..config import resolve
from ..config.resolve import Resolution, Sources
from ..config.sources import BREAKING, SourceFile, Variable
from ..core.keys import CONTROL_VARIABLES, hyphenated, join_path
from ..core.origins import Origin
from ..yaml_edit.document import MappingEntry, YamlValue
from ..yaml_edit.patch import Edit

if TYPE_CHECKING:
    from .site import Site

Severity = Literal["error", "warning", "info"]
Enter = Callable[[tuple[str, ...]], bool]


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a finding, as data: edits of the file at its origin.

    Attributes
    ----------
    edits : tuple of Edit
    safe : bool
        Whether dask then reads what was evidently meant; else it changes what somebody may want.
    """

    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, or good to know.

    Attributes
    ----------
    severity : {"error", "warning", "info"}
        error: dask fails, ignores what was written, or does something else than was written.
        warning: it works, at a risk, or a recommended setting is undone. info: good to know.
    message : str
        One line: what stands there and what becomes of it.
    hint : str
        One line: what to write or do instead.
    key : str, optional
        The key that it is about, dotted and hyphenated.
    origin : Origin, optional
        Where it stands; None for the whole configuration.
    fix : Fix, optional
        What mends it.
    id : str
        The check's; whoever runs the check fills it in.
    """

    severity: Severity
    message: str
    hint: str
    key: str | None = None
    origin: Origin | None = None
    fix: Fix | None = field(default=None, compare=False)
    id: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that a user said, in a file or a variable.

    Sections are not settings, but for one that stands where a value belongs.

    Attributes
    ----------
    path : tuple of str
        As written.
    value : object
        As dask reads it.
    origin : Origin
    text : str, optional
        The characters of a YAML scalar without its quotes, or of the variable.
    plain : bool
        Whether a YAML scalar stands without quotes.
    file : SourceFile, optional
        Where it stands in a file.
    variable : Variable, optional
        The variable that says it.
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
        """Dotted and hyphenated."""
        return hyphenated(join_path(self.path))


@dataclass(frozen=True, slots=True)
class KeyOccurrence:
    """A key that a user wrote, section or not.

    Attributes
    ----------
    path : tuple of str
        As written.
    value : object
        A mapping for a section.
    origin : Origin
        Where the key stands.
    variable : Variable, optional
        The variable that says it, or whose value holds it.
    """

    path: tuple[str, ...]
    value: Any
    origin: Origin
    variable: Variable | None = None

    @property
    def key(self) -> str:
        """Dotted and hyphenated."""
        return hyphenated(join_path(self.path))

    @property
    def is_variable(self) -> bool:
        """Whether a variable's name says it, and not a file or a mapping in a variable."""
        return self.variable is not None and self.variable.key == join_path(self.path)


@dataclass(frozen=True)
class Facts:
    """All that is known of a configuration.

    Attributes
    ----------
    environ : mapping
        The environment that was read.
    sources : Sources
        Search path, files (the broken ones too), variables.
    resolution : Resolution
        What a new process will see, and where from.
    catalogue : Catalogue
        The known keys.
    modes : mapping
        Path of each file -> its permission bits.
    missing_config_path : str
        What ``DASK_CONFIG`` names and does not exist, else empty.
    cpu_count : int
        How many CPUs this machine has for us.
    closed_folders : tuple of str
        Folders on the search path whose files cannot be listed.
    site : Site, optional
        The configured job queue; None where none is configured, or nobody asked it.
    is_own : bool
        Whether it is what this process would see; False for files that were named.
    """

    environ: Mapping[str, str]
    sources: Sources
    resolution: Resolution
    catalogue: Catalogue
    modes: Mapping[str, int]
    missing_config_path: str
    cpu_count: int
    closed_folders: tuple[str, ...] = ()
    site: Site | None = None
    is_own: bool = True

    @property
    def files(self) -> list[SourceFile]:
        """Every file on the search path, lowest first."""
        return self.sources.files

    @property
    def variables(self) -> list[Variable]:
        """Every ``DASK_*`` variable."""
        return self.sources.environment.variables

    @property
    def breaks_dask(self) -> bool:
        """Whether ``import dask`` fails."""
        return bool(self.resolution.conflicts) or any(
            file.status in BREAKING for file in self.files
        )

    def has_comment(self, origin: Origin) -> bool:
        """Whether the line of `origin` seems to end with a comment."""
        texts = (file.text for file in self.files if file.path == origin.path)
        lines = next(texts, "").splitlines()
        return origin.line is not None and " #" in lines[origin.line - 1]

    def entries(self) -> Iterator[tuple[SourceFile, tuple[Any, ...], MappingEntry]]:
        """Every key of every file that dask uses, sections before what they hold."""
        for file in self.files:
            if file.status == "ok" and file.document:
                for path, entry in file.document.walk():
                    yield file, path, entry

    def written(self, enter: Enter) -> Iterator[KeyOccurrence]:
        """Every key that files and variables say, sections before what they hold.

        Parameters
        ----------
        enter : callable
            Path of a section -> whether to look at what it holds.
        """
        for file in self.files:
            if file.status == "ok" and file.document and file.document.root:
                yield from _in_file(file, file.document.root, (), enter)
        for variable in self.variables:
            if variable.name not in CONTROL_VARIABLES:
                path = tuple(variable.key.split("."))
                yield from _in_variable(variable, path, variable.value, enter)

    @functools.cached_property
    def settings(self) -> tuple[Setting, ...]:
        """Every value that files and variables say, whether or not it has an effect."""
        return (*self._file_settings(), *map(_of_variable, self.variables))

    def _file_settings(self) -> Iterator[Setting]:
        for file, path, entry in self.entries():
            if entry.value.items is None or self._takes_value(path):
                yield _of_file(file, path, entry.value)

    def _takes_value(self, path: tuple[str, ...]) -> bool:
        """Whether a section at `path` stands in the place of a value."""
        default = self.catalogue.default(path)
        return default is not MISSING and not isinstance(default, Mapping)


def gather_facts(
    environ: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
    paths: Sequence[str] | None = None,
) -> Facts:
    """Read files and variables once; nothing is raised for what is wrong with them.

    Parameters
    ----------
    environ : mapping, optional
        ``os.environ`` where not given.
    texts : mapping, optional
        Path of a file -> what it is taken to hold, whether or not it exists.
    paths : sequence of str, optional
        Files and folders to read in the place of dask's search path, lowest first; then no
        variable of this process is looked at.
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
        cpu_count=_cpu_count(),
        closed_folders=tuple(path for path in sources.paths if _is_closed(path)),
        is_own=paths is None,
    )


def _in_file(
    file: SourceFile, section: YamlValue, above: tuple[str, ...], enter: Enter
) -> Iterator[KeyOccurrence]:
    for key, entry in (section.items or {}).items():
        path = (*above, key)
        yield KeyOccurrence(path, entry.value.data, file.origin(entry.mark))
        if entry.value.items and enter(path):
            yield from _in_file(file, entry.value, path, enter)


def _in_variable(
    variable: Variable, path: tuple[str, ...], value: Any, enter: Enter
) -> Iterator[KeyOccurrence]:
    yield KeyOccurrence(path, value, variable.origin, variable)
    if isinstance(value, Mapping) and enter(path):
        for name, below in value.items():
            if isinstance(name, str):
                yield from _in_variable(variable, (*path, name), below, enter)


def _of_file(file: SourceFile, path: tuple[Any, ...], value: YamlValue) -> Setting:
    origin = file.origin(value.mark)
    return Setting(path, value.data, origin, value.text, value.plain, file=file)


def _of_variable(variable: Variable) -> Setting:
    path = tuple(variable.key.split("."))
    return Setting(path, variable.value, variable.origin, variable.text, variable=variable)


def _is_closed(path: str) -> bool:
    if not os.path.isdir(path):
        return False
    try:
        os.scandir(path).close()
    except OSError:
        return True
    return False


def _mode(path: str) -> int | None:
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        return None


def _cpu_count() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
