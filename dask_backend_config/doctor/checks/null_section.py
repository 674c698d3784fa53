"""A section holds nothing, so that it is null.

It is what remains when the lines of sections are uncommented in one of dask's templates, but none
of the keys below them, or when those keys are not indented. dask reads `distributed:` with nothing
below it as null. Importing distributed puts its defaults there; but `dask.config.refresh()` puts
the null back over them, and every later `dask.config.get` and `dask.config.set` of a key below it
raises TypeError. Where another file or variable says something below the section, nothing is lost.

Broken:

```yaml
distributed:
  worker:
    # daemon: false
```

Mended:

```yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...catalogue.known_keys import Catalogue, Path
from ...config.sources import SourceFile
from ...core.keys import hyphenated, join_path
from ...core.origins import Origin
from ...yaml_edit.document import MappingEntry
from ..facts import Facts, Finding

ID = "null-section"
SENTENCE = "A section holds nothing: it is null."


def check(facts: Facts) -> Iterator[Finding]:
    """Report sections that are null in a file or variable, and of which nobody else says more."""
    found = [*_in_files(facts), *_in_variables(facts)]
    filled = _filled(facts) if found else set()
    # Where it makes `import dask` fail, that says more.
    breaking = {conflict.key for conflict in facts.resolution.conflicts}
    for names, finding in found:
        if names not in filled and finding.key not in breaking:
            yield finding


def _in_files(facts: Facts) -> Iterator[tuple[Path, Finding]]:
    hint = "remove the line, or say a key below it"
    for file, path, entry in facts.entries():
        if entry.value.data is not None or entry.value.items is not None:
            continue
        places = _sections(facts.catalogue, path)
        if places and not _is_emptied(facts.catalogue, file, path, entry, places):
            names, origin = _hyphenated(path), file.origin(entry.mark)
            yield names, _finding(names, origin, hint, misplaced=names not in places)


def _in_variables(facts: Facts) -> Iterator[tuple[Path, Finding]]:
    for variable in facts.variables:
        names = _hyphenated(variable.key.split("."))
        if variable.value is None and _is_section(facts.catalogue, names):
            yield names, _finding(names, variable.origin, f"unset {variable.name}")


def _finding(names: Path, origin: Origin, hint: str, misplaced: bool = False) -> Finding:
    key = join_path(names)
    message = f"{key} is null: dask.config.refresh() loses all defaults below it"
    if misplaced:
        message = f"{key} is null, and means nothing at the top level"
    return Finding("warning", message, hint, key, origin)


def _filled(facts: Facts) -> set[Path]:
    """Every section below which something is said."""
    paths = {_hyphenated(setting.path) for setting in facts.settings}
    return {path[:length] for path in paths for length in range(1, len(path))}


def _sections(catalogue: Catalogue, path: Path) -> list[Path]:
    """The known section at `path`; at the top level also those that lack their wrapper."""
    names = _hyphenated(path)
    if _is_section(catalogue, names):
        return [names]
    if len(path) > 1 or names[0] in catalogue.top_names or names[0] in catalogue.renamed:
        return []
    return [place for place in catalogue.places(names[0]) if catalogue.is_section(place)]


def _is_section(catalogue: Catalogue, names: Path) -> bool:
    if names[0] == "jobqueue" and len(names) > 1:
        # Any other name below jobqueue is the user's own and may be a plain key gone astray.
        return names[1] in catalogue.default(("jobqueue",)) and catalogue.is_section(names)
    return catalogue.is_section(names)


def _is_emptied(
    catalogue: Catalogue, file: SourceFile, path: Path, entry: MappingEntry, places: list[Path]
) -> bool:
    """Whether the next key should be indented below it, which is reported where that key stands."""
    document = file.document
    parent = document.entry(path[:-1]) if document else None
    above = parent.value if parent else document.root if document else None
    siblings = list(above.items.values()) if above and above.items else []
    following = [other for other in siblings if other.mark.line > entry.mark.line][:1]
    return any(
        _belongs_below(catalogue, path[:-1], place, other)
        for other in following
        for place in places
    )


def _belongs_below(catalogue: Catalogue, here: Path, section: Path, entry: MappingEntry) -> bool:
    children = entry.value.items or {}
    names: list[Path] = [(entry.key, name) for name in children] or [(entry.key,)]
    return any(
        catalogue.knows((*section, *name)) and not catalogue.knows((*here, *name)) for name in names
    )


def _hyphenated(path: Any) -> Path:
    return tuple(hyphenated(str(name)) for name in path)
