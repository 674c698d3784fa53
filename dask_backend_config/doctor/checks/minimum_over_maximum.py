"""A minimum is above its maximum.

The number of workers cannot keep to both. `backends.*` refuses it; with `distributed.adaptive` the
maximum has no effect. Values in effect are compared: where a section of `backends` says nothing,
what `backends.jobqueue` says counts, and where a profile says nothing, what its backend says.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  jobqueue:
    minimum-number-of-workers: 4
    maximum-number-of-workers: 2
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  jobqueue:
    minimum-number-of-workers: 2
    maximum-number-of-workers: 4
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue import backend_schema
from ...catalogue.value_types import ValueType
from ...config.merge import Branch, Leaf, find
from ...core.keys import hyphenated, join_path
from ...core.strings import shown
from ..facts import Facts, Finding

ID = "minimum-over-maximum"
SENTENCE = "A minimum is above its maximum."

_NAMES = ("minimum-number-of-workers", "maximum-number-of-workers")
_NUMBER = ValueType({"type": "number"})
#: Where a value may stand, the first counts.
Places = tuple[tuple[str, ...], ...]
_ADAPTIVE: Places = (("distributed", "adaptive"),)


def check(facts: Facts) -> Iterator[Finding]:
    """Compare the effective pairs, each pair of places once."""
    tree, seen = facts.resolution.tree, set()
    pairs = [(_ADAPTIVE, ("minimum", "maximum")), *((places, _NAMES) for places in _places(tree))]
    for places, (low, high) in pairs:
        minimum, maximum = _effective(tree, places, low), _effective(tree, places, high)
        if minimum and maximum and minimum.value > maximum.value:
            pair = (minimum.origin, maximum.origin)
            name, said = (high, maximum) if _is_said(maximum) else (low, minimum)
            if _is_said(said) and pair not in seen:
                seen.add(pair)
                yield _finding(said, name, minimum, maximum)


def _places(tree: Branch) -> Iterator[Places]:
    shared = (backend_schema.ROOT, "jobqueue")
    yield (shared,)
    sections = find(tree, (backend_schema.ROOT,))
    for name in sections if isinstance(sections, Branch) else ():
        if name not in ("jobqueue", "profiles"):
            yield ((backend_schema.ROOT, name), shared)
    profiles = find(tree, (backend_schema.ROOT, "profiles"))
    for name in profiles if isinstance(profiles, Branch) else ():
        profile = (backend_schema.ROOT, "profiles", name)
        backend = find(tree, (*profile, "backend"))
        if isinstance(backend, Leaf) and isinstance(backend.value, str):
            yield (profile, (backend_schema.ROOT, backend.value), shared)


def _effective(tree: Branch, places: Places, name: str) -> Leaf | None:
    for place in places:
        leaf = find(tree, (*place, name))
        if isinstance(leaf, Leaf) and leaf.value is not None:
            wrong = backend_schema.problem(join_path((*place, name)), leaf.value)
            return leaf if _NUMBER.fits(leaf.value) and not wrong else None
    return None


def _finding(said: Leaf, name: str, minimum: Leaf, maximum: Leaf) -> Finding:
    low, high = shown(minimum.value), shown(maximum.value)
    fate = (
        "refused" if said.written.startswith(backend_schema.ROOT) else "the maximum has no effect"
    )
    message = f"the minimum of {low} workers is above the maximum, {high}: {fate}"
    other = minimum if said is maximum else maximum
    hint = f"write {name}: {shown(other.value)} or {'more' if said is maximum else 'less'}"
    return Finding("error", message, hint, hyphenated(said.written), said.origin)


def _is_said(leaf: Leaf) -> bool:
    return leaf.origin.kind != "default"
