"""A section stands at the top level instead of inside of another section.

A section that was copied or dumped without the one around it, or that is not indented, configures
nothing: dask takes any key at the top level, and never asks for this one. The same goes for a
variable such as `DASK_WORKER__DAEMON`.

Broken:

```yaml
worker:
  daemon: false
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

from ...catalogue.known_keys import Catalogue, Path
from ...config.sources import SourceFile, Variable
from ...core.keys import hyphenated, join_path, variable_of
from ...yaml_edit.document import MappingEntry
from ..facts import Facts, Finding

ID = "missing-wrapper"
SENTENCE = "A section stands at the top level instead of inside of another section."


def check(facts: Facts) -> Iterator[Finding]:
    """Report top-level sections that are known, with what they hold, only deeper."""
    for file, path, entry in facts.entries():
        places = _places(facts.catalogue, entry) if len(path) == 1 else []
        if places:
            yield _finding(file, entry, places)
    for variable in facts.variables:
        path = tuple(variable.key.split("."))
        places = _places_of_path(facts.catalogue, path) if len(path) > 1 else []
        if places:
            yield _of_variable(variable, path, places)


def _places(catalogue: Catalogue, entry: MappingEntry) -> list[Path]:
    """The sections that the entry may be meant to be, none for another package's namespace."""
    children = list(entry.value.items or ())
    counts = {
        place: sum(_knows(catalogue, (*place, child)) for child in children)
        for place in _sections(catalogue, str(entry.key))
    }
    most = max(counts.values(), default=0)
    best = [place for place, count in counts.items() if count == most]
    return best if most and 2 * most >= len(children) else []


def _places_of_path(catalogue: Catalogue, path: Path) -> list[Path]:
    sections = _sections(catalogue, path[0])
    return [place for place in sections if _knows(catalogue, (*place, *path[1:]))]


def _sections(catalogue: Catalogue, name: str) -> list[Path]:
    name = hyphenated(name)
    if name in catalogue.top_names or name in catalogue.renamed:
        return []
    return [place for place in catalogue.places(name) if catalogue.is_section(place)]


def _knows(catalogue: Catalogue, path: Path) -> bool:
    return catalogue.knows(path) or hyphenated(join_path(path)) in catalogue.renamed


def _finding(file: SourceFile, entry: MappingEntry, places: list[Path]) -> Finding:
    above = " or ".join(join_path(place[:-1]) for place in places)
    wrapper = file.document.entry(places[0][:1]) if file.document else None
    hint = f"indent it, with {above} above it"
    if wrapper and wrapper.value.items is not None:
        hint = f"move it into {above} (line {wrapper.mark.line}) and indent it"
    elif wrapper:
        hint = f"indent it below {above} (line {wrapper.mark.line})"
    return Finding(
        "error",
        f"{entry.key} has no effect at the top level: it belongs inside of {above}",
        hint,
        hyphenated(str(entry.key)),
        file.origin(entry.mark),
    )


def _of_variable(variable: Variable, path: Path, places: list[Path]) -> Finding:
    above = " or ".join(join_path(place[:-1]) for place in places)
    names = [variable_of(join_path((*place, *path[1:]))) for place in places]
    return Finding(
        "error",
        f"it has no effect: {path[0]} belongs inside of {above}",
        f"write {' or '.join(names)}",
        hyphenated(variable.key),
        variable.origin,
    )
