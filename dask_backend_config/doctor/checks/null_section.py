"""A section is empty, so dask reads it as null.

dask reads `distributed:` without keys as null. This happens if you uncomment a section in one of
dask's templates, but none of its keys, or if its keys are not indented. `import distributed` sets
its defaults in the section. But `dask.config.refresh()` replaces them with null, and then every
`dask.config.get` and `dask.config.set` of a key below it raises TypeError. Nothing is lost if
another file or variable sets a key of the section.

Broken:

```yaml
distributed:
  worker:
    # daemon: false
```

Fixed:

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
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield sections that are null in a file or variable, if nothing else sets a key in them."""
    found = [*_in_files(facts), *_in_variables(facts)]
    filled = _filled_sections(facts) if found else set()
    # If it makes `import dask` fail, another check reports it.
    breaking = {conflict.key for conflict in facts.resolution.conflicts}
    for names, finding in found:
        if names not in filled and finding.key not in breaking:
            yield finding


def _in_files(facts: Facts) -> Iterator[tuple[Path, Finding]]:
    known = facts.catalogue
    for file, path, entry in facts.entries():
        if entry.value.data is not None or entry.value.items is not None:
            continue
        places = _sections(known, path)
        if places and not _is_section_of_next_key(known, file, path, entry, places):
            names, hint = _hyphenated(path), "Remove the line, or set a key below it"
            is_misplaced = names not in places
            yield names, _finding(names, file.origin(entry.mark), hint, is_misplaced)


def _in_variables(facts: Facts) -> Iterator[tuple[Path, Finding]]:
    for variable in facts.variables:
        names = _hyphenated(variable.key.split("."))
        if variable.value is None and _is_section(facts.catalogue, names):
            hint = f"Run: unset {variable.name}"
            yield names, _finding(names, variable.origin, hint, is_misplaced=False)


def _finding(names: Path, origin: Origin, hint: str, is_misplaced: bool) -> Finding:
    key = join_path(names)
    result = "dask.config.refresh() would lose all defaults below it"
    message = f"{key} is null: {'dask ignores it at the top level' if is_misplaced else result}"
    return Finding("warning", message, hint, key, origin)


def _filled_sections(facts: Facts) -> set[Path]:
    """Return every section in which a key is set."""
    paths = {_hyphenated(setting.path) for setting in facts.settings}
    return {path[:length] for path in paths for length in range(1, len(path))}


def _sections(known: Catalogue, path: Path) -> list[Path]:
    """Return the known section at `path`; at the top level, deeper sections of that name too."""
    names = _hyphenated(path)
    if _is_section(known, names):
        return [names]
    if len(path) > 1 or names[0] in known.top_names or names[0] in known.renamed:
        return []
    return [place for place in known.places(names[0]) if known.is_section(place)]


def _is_section(known: Catalogue, names: Path) -> bool:
    if names[0] == "jobqueue" and len(names) > 1:
        # Any other name below jobqueue is the user's own, or a key in the wrong section.
        return names[1] in known.default(("jobqueue",)) and known.is_section(names)
    return known.is_section(names)


def _is_section_of_next_key(
    known: Catalogue, file: SourceFile, path: Path, entry: MappingEntry, places: list[Path]
) -> bool:
    """Return whether the next key should be indented below it; another check reports that key."""
    parent = file.document.entry(path[:-1]) if file.document else None
    mapping = parent.value if parent else file.document.root if file.document else None
    siblings = mapping.items.values() if mapping and mapping.items else ()
    following = next((other for other in siblings if other.mark.line > entry.mark.line), None)
    if following is None:
        return False
    children = following.value.items or {}
    inner: list[Path] = [(following.key, name) for name in children] or [(following.key,)]
    return any(
        known.knows((*place, *names)) and not known.knows((*path[:-1], *names))
        for place in places
        for names in inner
    )


def _hyphenated(path: Any) -> Path:
    return tuple(hyphenated(str(name)) for name in path)
