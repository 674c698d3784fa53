"""A minimum number of workers is above its maximum.

No number of workers satisfies both. Keys of `backends` reject this; in `distributed.adaptive`, the
maximum has no effect. The check compares the effective values: if a key is not set, a section of
`backends` uses the value of `backends.jobqueue`, else that of `distributed.adaptive`, a profile
uses the value of its backend, and a worker group that of the section that it is in.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  jobqueue:
    minimum-number-of-workers: 4
    maximum-number-of-workers: 2
```

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  jobqueue:
    minimum-number-of-workers: 2
    maximum-number-of-workers: 4
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...catalogue import backend_schema
from ...catalogue.backend_schema import GROUPS
from ...catalogue.value_types import ValueType
from ...config.merge import Branch, Leaf, find
from ...core.keys import hyphenated, join_path
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Finding

_NAMES = ("minimum-number-of-workers", "maximum-number-of-workers")
_NUMBER = ValueType({"type": "number"})
_ROOT = backend_schema.ROOT
_JOBQUEUE = (_ROOT, "jobqueue")
#: Sections that may set a value; the first that does wins.
Sections = tuple[tuple[str, ...], ...]
_ADAPTIVE: Sections = (("distributed", "adaptive"),)


def check(facts: Facts) -> CheckFindings:
    """Compare the effective minimum and maximum, and yield each pair of places once."""
    tree, seen = facts.resolution.tree, set()
    pairs = [(_ADAPTIVE, ("minimum", "maximum"))]
    pairs += [(sections, _NAMES) for sections in _sections(facts)]
    for sections, (low, high) in pairs:
        minimum, maximum = _effective(tree, sections, low), _effective(tree, sections, high)
        if not minimum or not maximum or minimum.value <= maximum.value:
            continue
        culprit = minimum if maximum.origin.is_default else maximum
        places = (minimum.origin, maximum.origin)
        if not culprit.origin.is_default and places not in seen:
            seen.add(places)
            yield _finding(culprit, minimum, maximum)


def _sections(facts: Facts) -> Iterator[Sections]:
    """Yield the sections that apply to each backend and profile, or to each of its groups."""
    yield from _with_groups(facts, (_JOBQUEUE,))
    for name in facts.section(_ROOT):
        if name not in ("jobqueue", "profiles"):
            yield from _with_groups(facts, ((_ROOT, name), _JOBQUEUE))
    for name in facts.section(_ROOT, "profiles"):
        profile = (_ROOT, "profiles", name)
        backend = facts.section(*profile).get("backend")
        if isinstance(backend, Leaf) and isinstance(backend.value, str):
            yield from _with_groups(facts, (profile, (_ROOT, backend.value), _JOBQUEUE))


def _with_groups(facts: Facts, sections: Sections) -> Iterator[Sections]:
    """Yield `sections` or, if there are worker groups in them, those of each group before them."""
    groups = {name for section in sections for name in facts.section(*section, GROUPS)}
    for group in sorted(map(str, groups)):
        yield (*((*section, GROUPS, group) for section in sections), *sections)
    if not groups:
        yield sections


def _effective(tree: Branch, sections: Sections, name: str) -> Leaf | None:
    for section in sections:
        key = join_path((*section, name))
        leaf = find(tree, (*section, name))
        if leaf and leaf.origin.is_default and (other := backend_schema.default_from(key)):
            instead = find(tree, tuple(other.split(".")))
            leaf = leaf if instead is None or instead.origin.is_default else instead
        if isinstance(leaf, Leaf) and leaf.value not in (None, math.inf):
            problem = backend_schema.problem(key, leaf.value)
            return leaf if _NUMBER.fits(leaf.value) and not problem else None
    return None


def _finding(culprit: Leaf, minimum: Leaf, maximum: Leaf) -> Finding:
    low, high = shown(minimum.value), shown(maximum.value)
    result = "the maximum has no effect"
    if any(leaf.written.startswith(_ROOT) for leaf in (minimum, maximum)):
        result = "the backend does not start"
    message = f"the minimum of {low} workers is above the maximum of {high}: {result}"
    bound = f"{low} or more" if culprit is maximum else f"{high} or less"
    key = hyphenated(culprit.written)
    hint = f"Set {key.rpartition('.')[2]} to {bound}"
    return Finding("error", message, hint, key, culprit.origin)
