"""A key is at the top level instead of in its section, and has no effect.

This happens if you uncomment a key in one of dask's templates, but not the sections above it. dask
accepts any key at the top level and never reads this one.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
# distributed:
#   worker:
    daemon: false
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ...catalogue.known_keys import Path
from ...core.keys import join_path
from ...yaml_edit.patch import Remove, Set
from ..facts import Facts, Setting
from ..findings import CheckFindings, Fix

_MOST_PLACES = 3
_INDENT = 2


def check(facts: Facts) -> CheckFindings:
    """Yield top-level values whose name is known only in deeper sections."""
    for occurrence in facts.occurrences(lambda path: False):
        if occurrence.variable or isinstance(occurrence.value, Mapping):
            continue
        name = occurrence.path[0]
        if places := _places(facts, occurrence):
            message = f"{name} has no effect at the top level: the sections above it are missing"
            hint = f"Write it in its section: {_listed(places, name)}"
            if len(places) > 1:
                hint += ", or remove it"
            edits = Remove(occurrence.path), Set(places[0], occurrence.value)
            fix = Fix(edits, safe=False) if len(places) == 1 else None
            yield occurrence.finding("error", message, hint, fix)


def _places(facts: Facts, occurrence: Setting) -> list[Path]:
    """Return the keys that may be meant; those that match the indentation, if there are any."""
    places = facts.deeper_places(occurrence.path[0])
    leaves = [path for path in places if not facts.catalogue.is_section(path)]
    if occurrence.value is None and len(leaves) < len(places):
        return []  # null-section reports it
    depth = ((occurrence.origin.column or 1) - 1) // _INDENT + 1
    return [path for path in leaves if len(path) == depth] or leaves


def _listed(places: list[Path], name: str) -> str:
    sections = [("jobqueue", "<type>") if path[0] == "jobqueue" else path[:-1] for path in places]
    keys = [join_path((*path, name)) for path in dict.fromkeys(sections)]
    return " or ".join(keys[:_MOST_PLACES]) + (" ..." if len(keys) > _MOST_PLACES else "")
