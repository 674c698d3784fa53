"""A section is at the top level instead of inside another section.

A section that was copied without its parent, or that is not indented, configures nothing: dask
accepts any key at the top level and never reads this one. The same holds for a variable such as
`DASK_WORKER__DAEMON`.

Broken:

```yaml
worker:
  daemon: false
```

Fixed:

```yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from ...catalogue.known_keys import Catalogue, Path
from ...config.sources import SourceFile
from ...core.keys import hyphenated, join_path, variable_of
from ...yaml_edit.document import MappingEntry
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield top-level sections whose keys are known only in a deeper section of that name."""
    known = facts.catalogue
    for file, path, entry in facts.entries():
        places = _places(known, entry) if len(path) == 1 else []
        if places:
            parents = _parents(places)
            message = f"{entry.key} has no effect at the top level: it belongs in {parents}"
            key, origin = hyphenated(str(entry.key)), file.origin(entry.mark)
            yield Finding("error", message, _hint(file, places, parents), key, origin)
    for variable in facts.variables:
        top, *below = variable.key.split(".")
        places = [place for place in _sections(known, top) if _knows(known, (*place, *below))]
        if below and places:
            message = f"has no effect: {top} belongs in {_parents(places)}"
            meant = " or ".join(variable_of(join_path((*place, *below))) for place in places)
            key = hyphenated(variable.key)
            yield Finding("error", message, f"Did you mean {meant}?", key, variable.origin)


def _places(known: Catalogue, entry: MappingEntry) -> list[Path]:
    """Return the sections that may be meant, none for another package's section."""
    children = list(entry.value.items or ())
    counts = {
        place: sum(_knows(known, (*place, child)) for child in children)
        for place in _sections(known, str(entry.key))
    }
    most = max(counts.values(), default=0)
    best = [place for place, count in counts.items() if count == most]
    return best if most and 2 * most >= len(children) else []


def _sections(known: Catalogue, name: str) -> list[Path]:
    name = hyphenated(name)
    if name in known.top_names or name in known.renamed:
        return []
    return [place for place in known.places(name) if known.is_section(place)]


def _knows(known: Catalogue, path: Path) -> bool:
    return known.knows(path) or hyphenated(join_path(path)) in known.renamed


def _parents(places: list[Path]) -> str:
    return " or ".join(join_path(place[:-1]) for place in places)


def _hint(file: SourceFile, places: list[Path], parents: str) -> str:
    parent = file.document.entry(places[0][:1]) if file.document else None
    if parent and parent.value.items is not None:
        return f"Move it into {parents} (line {parent.mark.line}) and indent it"
    if parent:
        return f"Indent it below {parents} (line {parent.mark.line})"
    return f"Indent it, and write {parents}: above it"
