"""A key of a deeper section stands at the top level, where it has no effect.

It is what remains when only the line of the key itself is uncommented in one of dask's templates:
the lines of the sections above it have to lose their `# ` too. dask takes any key at the top level
and never asks for this one.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
# distributed:
#   worker:
    daemon: false
```

Mended:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.known_keys import Path
from ...core.keys import hyphenated, join_path
from ...yaml_edit.document import MappingEntry
from ...yaml_edit.patch import Remove, Set
from ..facts import Facts, Finding, Fix

ID = "stray-leaf"
SENTENCE = "A key of a deeper section stands at the top level, where it has no effect."

_MOST_PLACES = 3
_INDENT = 2


def check(facts: Facts) -> Iterator[Finding]:
    """Report top-level values whose name is known only deeper."""
    for file, path, entry in facts.entries():
        if len(path) > 1 or entry.value.items is not None or _means_something(facts, entry):
            continue
        if places := _places(facts, entry):
            name = str(entry.key)
            yield Finding(
                "error",
                f"{name} has no effect at the top level: its sections are missing",
                f"write it inside of its sections: {_listed(places, name)}",
                hyphenated(name),
                file.origin(entry.mark),
                _fix(entry, places),
            )


def _fix(entry: MappingEntry, places: list[Path]) -> Fix | None:
    if len(places) != 1:
        return None
    return Fix((Remove((entry.key,)), Set(places[0], entry.value.data)), safe=False)


def _means_something(facts: Facts, entry: MappingEntry) -> bool:
    catalogue = facts.catalogue
    name = hyphenated(str(entry.key))
    if name in catalogue.top_names or name in catalogue.renamed:
        return True
    # A section that is null is null-section's to report.
    return entry.value.data is None and any(map(catalogue.is_section, catalogue.places(name)))


def _places(facts: Facts, entry: MappingEntry) -> list[Path]:
    """Where it may belong; those as deep as its indentation says, if there are any."""
    places = facts.catalogue.places(str(entry.key))
    leaves = [path for path in places if not facts.catalogue.is_section(path)]
    depth = (entry.mark.column - 1) // _INDENT + 1
    return [path for path in leaves if len(path) == depth] or leaves


def _listed(places: list[Path], name: str) -> str:
    sections = [path[:-1] for path in places]
    above = [("jobqueue", "<type>") if path[0] == "jobqueue" else path for path in sections]
    keys = [join_path((*path, name)) for path in dict.fromkeys(above)]
    return " or ".join(keys[:_MOST_PLACES]) + (" ..." if len(keys) > _MOST_PLACES else "")
