"""A key is at the top level instead of in its section, and has no effect.

This happens if you uncomment a key in one of dask's templates, but not the sections above it. dask
accepts any key at the top level and never reads this one. Variables such as
`DASK_LOCAL_DIRECTORY` lack their sections, too. The check ignores `DASK_CORES`, `DASK_QUEUE_NAME`
and other variables named after one word or after a key of this package: scripts use such names for
variables of their own.

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

from collections.abc import Callable, Mapping

from ...catalogue.known_keys import Path
from ...core.keys import hyphenated, join_path, variable_of
from ..facts import Facts
from ..findings import CheckFindings
from ..setting import Setting

_MOST_PLACES = 3
_INDENT = 2


def check(facts: Facts) -> CheckFindings:
    """Yield top-level values whose name is known only in deeper sections."""
    for occurrence in facts.occurrences(lambda path: False):
        name, variable = occurrence.path[0], occurrence.variable
        is_key = len(occurrence.path) == 1 and not isinstance(occurrence.value, Mapping)
        if not is_key or (variable and "_" not in name):
            continue
        if places := _places(facts, occurrence):
            message = f"{name} has no effect at the top level: the sections above it are missing"
            hint = f"Write it in its section: {_listed(places, name)}"
            if len(places) > 1:
                hint += ", or remove it"
            if variable:
                message = f"has no effect: the sections before {hyphenated(name)} are missing"
                hint = f"Did you mean {_listed(places, name, variable_of)}?"
            is_indented = not variable and len(places[0]) == _depth(occurrence)
            fix = occurrence.fix_by_moving(places[0], safe=is_indented) if not places[1:] else None
            yield occurrence.finding("error", message, hint, fix)


def _places(facts: Facts, occurrence: Setting) -> list[Path]:
    """Return the keys that may be meant; those that match the indentation, if there are any."""
    places = facts.deeper_places(occurrence.path[0])
    leaves = [path for path in places if not facts.catalogue.is_section(path)]
    if occurrence.value is None and len(leaves) < len(places):
        return []  # null-section reports it
    if occurrence.variable:
        return leaves if any(path[0] != "backends" for path in leaves) else []
    return [path for path in leaves if len(path) == _depth(occurrence)] or leaves


def _depth(occurrence: Setting) -> int:
    """Return how many names a key has according to its indentation."""
    return ((occurrence.origin.column or 1) - 1) // _INDENT + 1


def _listed(places: list[Path], name: str, spelled: Callable[[str], str] = lambda key: key) -> str:
    sections = [("jobqueue", "<type>") if path[0] == "jobqueue" else path[:-1] for path in places]
    keys = [spelled(join_path((*path, name))) for path in dict.fromkeys(sections)]
    return " or ".join(keys[:_MOST_PLACES]) + (" ..." if len(keys) > _MOST_PLACES else "")
