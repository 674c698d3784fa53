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

from typing import Any

from ...catalogue.known_keys import Catalogue, Path
from ...core.keys import hyphenated
from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..setting import Setting


def check(facts: Facts) -> CheckFindings:
    """Yield sections that are null in a file or variable, if nothing else sets a key in them."""
    known = facts.catalogue
    paths = {_hyphenated(setting.path) for setting in facts.settings}
    filled = {path[:length] for path in paths for length in range(1, len(path))}
    # If it makes `import dask` fail, another check reports it.
    breaking = {conflict.key for conflict in facts.resolution.conflicts}
    for occurrence in facts.occurrences():
        if occurrence.value is None and _is_empty_section(facts, occurrence):
            names = _hyphenated(occurrence.path)
            if names not in filled and occurrence.key not in breaking:
                yield _finding(occurrence, is_misplaced=not _is_section(known, names))


def _is_empty_section(facts: Facts, occurrence: Setting) -> bool:
    """Return whether a null stands for a section, or for a deeper one of that name."""
    if occurrence.variable:
        is_inside = occurrence.own_variable is None
        return not is_inside and _is_section(facts.catalogue, _hyphenated(occurrence.path))
    places = _sections(facts, occurrence.path)
    return bool(places) and not _is_section_of_next_key(facts.catalogue, occurrence, places)


def _finding(occurrence: Setting, is_misplaced: bool) -> Finding:
    result = "dask.config.refresh() would lose all defaults below it"
    if is_misplaced:
        result = "dask ignores it at the top level"
    hint = "Remove the line, or set a key below it"
    if occurrence.variable:
        hint = f"Run: unset {occurrence.variable.name}"
    return occurrence.finding("warning", f"{occurrence.key} is null: {result}", hint)


def _sections(facts: Facts, path: Path) -> list[Path]:
    """Return the known section at `path`; at the top level, deeper sections of that name too."""
    names, known = _hyphenated(path), facts.catalogue
    if _is_section(known, names):
        return [names]
    deeper = facts.deeper_places(path[0]) if len(path) == 1 else []
    return [place for place in deeper if known.is_section(place)]


def _is_section(known: Catalogue, names: Path) -> bool:
    if names[0] == "jobqueue" and len(names) > 1:
        # Any other name below jobqueue is the user's own, or a key in the wrong section.
        return names[1] in known.default(("jobqueue",)) and known.is_section(names)
    return known.is_section(names)


def _is_section_of_next_key(known: Catalogue, occurrence: Setting, places: list[Path]) -> bool:
    """Return whether the next key should be indented below it; another check reports that key."""
    document = occurrence.file.document if occurrence.file else None
    path, line = occurrence.path, occurrence.origin.line or 0
    parent = document.entry(path[:-1]) if document else None
    mapping = parent.value if parent else document.root if document else None
    siblings = mapping.items.values() if mapping and mapping.items else ()
    following = next((other for other in siblings if other.mark.line > line), None)
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
