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

from collections.abc import Mapping

from ...catalogue.known_keys import Catalogue, Path
from ...config.sources import SourceFile
from ...core.keys import hyphenated, join_path, variable_of
from ..facts import Facts, Setting
from ..findings import CheckFindings


def check(facts: Facts) -> CheckFindings:
    """Yield top-level sections whose keys are known only in a deeper section of that name."""
    for occurrence in facts.occurrences(lambda path: False):
        top, *below = occurrence.path
        places = _places(facts, occurrence)
        parents = " or ".join(join_path(place[:-1]) for place in places)
        if places and occurrence.file:
            message = f"{top} has no effect at the top level: it belongs in {parents}"
            fix = occurrence.fix_by_moving(places[0]) if len(places) == 1 else None
            yield occurrence.finding("error", message, _hint(occurrence.file, places, parents), fix)
        elif places:
            message = f"has no effect: {top} belongs in {parents}"
            meant = " or ".join(variable_of(join_path((*place, *below))) for place in places)
            yield occurrence.finding("error", message, f"Did you mean {meant}?")


def _places(facts: Facts, occurrence: Setting) -> list[Path]:
    """Return the sections that may be meant, none for another package's section."""
    top, *below = occurrence.path
    known = facts.catalogue
    sections = [place for place in facts.deeper_places(top) if known.is_section(place)]
    if occurrence.variable:
        return [place for place in sections if below and _knows(known, (*place, *below))]
    children = list(occurrence.value) if isinstance(occurrence.value, Mapping) else []
    counts = {
        place: sum(_knows(known, (*place, child)) for child in children) for place in sections
    }
    most = max(counts.values(), default=0)
    best = [place for place, count in counts.items() if count == most]
    return best if most and 2 * most >= len(children) else []


def _knows(known: Catalogue, path: Path) -> bool:
    return known.knows(path) or hyphenated(join_path(path)) in known.renamed


def _hint(file: SourceFile, places: list[Path], parents: str) -> str:
    parent = file.document.entry(places[0][:1]) if file.document else None
    if parent and parent.value.items is not None:
        return f"Move it into {parents} (line {parent.mark.line}) and indent it"
    if parent:
        return f"Indent it below {parents} (line {parent.mark.line})"
    return f"Indent it, and write {parents}: above it"
