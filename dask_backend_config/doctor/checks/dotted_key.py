"""A path with dots stands as one name.

`dask.config.get("distributed.worker.daemon")` takes the dots apart; a YAML file does not. There,
`distributed.worker.daemon: false` is one name with dots in it, and dask never asks for that.
Names of loggers below `logging`, and other names of your own, may have dots.

Broken:

```yaml
distributed.worker.daemon: false
```

Mended:

```yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ...catalogue.known_keys import Catalogue, Path
from ...catalogue.did_you_mean import suggest
from ...catalogue.known_keys import PROFILES, holds_keys
from ...core.keys import hyphenated, join_path
from ...core.secrets import is_secret
from ...yaml_edit.patch import Remove, Set
from ..facts import Facts, Finding, Fix, KeyOccurrence

ID = "dotted-key"
SENTENCE = "A path with dots stands as one name, which dask never asks for."

_LONGEST = 60


def check(facts: Facts) -> Iterator[Finding]:
    """Report names with dots where known keys may stand."""
    for written in facts.written(holds_keys):
        above, name = written.path[:-1], written.path[-1]
        if "." not in name or above == PROFILES:
            continue
        if above or _spells_path(facts.catalogue, name):
            yield _finding(facts, written)


def _spells_path(known: Catalogue, name: str) -> bool:
    """Whether a top-level name begins with a namespace, or is the end of a known path."""
    names = tuple(name.split("."))
    ends = (path[-len(names) :] for path in known.places(names[-1]))
    return names[0] in known.top_names or any(end == names for end in ends)


def _finding(facts: Facts, written: KeyOccurrence) -> Finding:
    message = f"{written.path[-1]} is one name with dots in it, no path: it has no effect"
    path = tuple(part for name in written.path for part in name.split("."))
    meant = suggest(path)
    hint = "use a name without dots: dask takes what stands before a dot for a section"
    if meant:
        hint = f"write {_nested(tuple(meant.split('.')), _inline(meant, written.value))}"
    fix = _nested_fix(facts, written, path) if meant == join_path(map(hyphenated, path)) else None
    return Finding("error", message, hint, written.key, written.origin, fix)


def _nested_fix(facts: Facts, written: KeyOccurrence, path: Path) -> Fix | None:
    if written.variable or isinstance(written.value, Mapping):
        return None
    # A comment behind the key would be lost on the way.
    safe = not facts.has_comment(written.origin)
    return Fix((Remove(written.path), Set(path, written.value)), safe)


def _nested(names: Path, value: str) -> str:
    *sections, last = names
    return f"{last}: {value}" if not sections else f"{sections[0]}: {{{_nested(names[1:], value)}}}"


def _inline(key: str, value: Any) -> str:
    """A short value as YAML, which is also right inside of braces; dots for all else."""
    simple = value is None or isinstance(value, (bool, int, float, str))
    if not simple or is_secret(key):
        return "..."
    try:
        text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True).strip()[1:-1]
    except ValueError:  # Python refuses to spell numbers of thousands of digits
        return "..."
    return text if len(text) <= _LONGEST and "\n" not in text else "..."
