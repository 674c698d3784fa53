"""A dotted key is written as one name, which dask ignores.

`dask.config.get("distributed.worker.daemon")` splits the key at its dots; a YAML file does not.
In a file, `distributed.worker.daemon: false` sets one key whose name contains dots, and dask
never reads that. Names of loggers below `logging`, and other names of your own, may contain dots.

Broken:

```yaml
distributed.worker.daemon: false
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

from ...catalogue.did_you_mean import suggest
from ...catalogue.known_keys import PROFILES, Catalogue, Path, holds_keys
from ...core.keys import hyphenated, join_path
from ...core.secrets import is_secret
from ...core.strings import inline
from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..setting import Setting

_LONGEST = 60


def check(facts: Facts) -> CheckFindings:
    """Yield names with dots where known keys are expected."""
    for occurrence in facts.occurrences(holds_keys):
        *parent, name = occurrence.path
        if "." not in name or tuple(parent) == PROFILES:
            continue
        if parent or _is_key(facts.catalogue, name):
            yield _finding(occurrence)


def _is_key(known: Catalogue, name: str) -> bool:
    """Return whether a name begins with a known top-level name, or is the end of a known key."""
    names = tuple(name.split("."))
    ends = (path[-len(names) :] for path in known.places(names[-1]))
    return names[0] in known.top_names or any(end == names for end in ends)


def _finding(occurrence: Setting) -> Finding:
    message = f"{occurrence.path[-1]} is one name with dots, not a path of keys: dask ignores it"
    path = tuple(part for name in occurrence.path for part in name.split("."))
    hint, fix = "Use a name without dots: dask takes the part before a dot for a section", None
    if meant := suggest(path):
        hint = f"Write {_nested(tuple(meant.split('.')), _value(meant, occurrence.value))}"
        if meant == join_path(map(hyphenated, path)):
            fix = occurrence.fix_by_moving(path)
    return occurrence.finding("error", message, hint, fix)


def _nested(names: Path, value: str) -> str:
    name, *inner = names
    return f"{name}: {{{_nested(tuple(inner), value)}}}" if inner else f"{name}: {value}"


def _value(key: str, value: object) -> str:
    """Return a short value as YAML, ``...`` for anything else."""
    if isinstance(value, (Mapping, list, tuple, set)) or is_secret(key):
        return "..."
    try:
        text = inline([value])[1:-1]
    except ValueError:  # Python does not convert integers of thousands of digits to strings
        return "..."
    return text if len(text) <= _LONGEST and "\n" not in text else "..."
