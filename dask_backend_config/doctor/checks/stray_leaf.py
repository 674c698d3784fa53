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

from ...catalogue.known_keys import Catalogue, Path
from ...core.keys import hyphenated, join_path
from ...yaml_edit.document import MappingEntry
from ...yaml_edit.patch import Remove, Set
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix

_MOST_PLACES = 3
_INDENT = 2


def check(facts: Facts) -> CheckFindings:
    """Yield top-level values whose name is known only in deeper sections."""
    for file, path, entry in facts.entries():
        if len(path) > 1 or entry.value.items is not None:
            continue
        name = str(entry.key)
        if places := _places(facts.catalogue, hyphenated(name), entry):
            message = f"{name} has no effect at the top level: the sections above it are missing"
            hint = f"Write it in its section: {_listed(places, name)}"
            fix = None
            if len(places) == 1:
                edits = Remove((entry.key,)), Set(places[0], entry.value.data)
                fix = Fix(edits, safe=False)
            origin = file.origin(entry.mark)
            yield Finding("error", message, hint, hyphenated(name), origin, fix)


def _places(known: Catalogue, name: str, entry: MappingEntry) -> list[Path]:
    """Return the keys that may be meant; those that match the indentation, if there are any."""
    if name in known.top_names or name in known.renamed:
        return []
    places = known.places(name)
    leaves = [path for path in places if not known.is_section(path)]
    if entry.value.data is None and len(leaves) < len(places):
        return []  # null-section reports it
    depth = (entry.mark.column - 1) // _INDENT + 1
    return [path for path in leaves if len(path) == depth] or leaves


def _listed(places: list[Path], name: str) -> str:
    sections = [("jobqueue", "<type>") if path[0] == "jobqueue" else path[:-1] for path in places]
    keys = [join_path((*path, name)) for path in dict.fromkeys(sections)]
    return " or ".join(keys[:_MOST_PLACES]) + (" ..." if len(keys) > _MOST_PLACES else "")
