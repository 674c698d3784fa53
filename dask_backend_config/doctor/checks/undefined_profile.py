"""`backends.default` or a profile names no backend.

`get_backend()` makes what `backends.default` names: `auto`, a kind of backend such as `local` or
`slurm`, or a profile. A profile says in its key `backend` of which kind it is. A name that is
neither is an error when the backend is made.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: gpus
  profiles:
    gpu: {backend: slurm, queue-name: gpuqueue}
    cpu: {queue-name: normal}
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: gpu
  profiles:
    gpu: {backend: slurm, queue-name: gpuqueue}
    cpu: {backend: slurm, queue-name: normal}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...catalogue import backend_schema
from ...config.merge import Branch, Leaf, Node, find
from ...core.keys import canonical_name, hyphenated
from ...core.fuzzy import nearest
from ...core.strings import printable, references, shown
from ..facts import Facts, Finding

ID = "undefined-profile"
SENTENCE = "`backends.default` or a profile names no backend."

_PROFILES = "backends.profiles"


def check(facts: Facts) -> Iterator[Finding]:
    """Look up the names that are in effect."""
    node = find(facts.resolution.tree, ("backends", "profiles"))
    profiles: Any = node if isinstance(node, Branch) else {}
    backends = (backend_schema.node(f"{_PROFILES}.any.backend") or {}).get("enum", ())
    yield from _default(facts, [*backends, "auto"], profiles)
    for name, profile in profiles.items():
        yield from _profile(name, profile, backends)


def _default(facts: Facts, backends: Sequence[str], profiles: Any) -> Iterator[Finding]:
    default = find(facts.resolution.tree, ("backends", "default"))
    if not isinstance(default, Leaf) or default.origin.kind == "default":
        return
    name = default.value
    if not isinstance(name, str) or name == "" or references(name) or name in backends:
        return
    if canonical_name(name, profiles) not in profiles:
        hint = _hint(name, [*backends, *map(hyphenated, map(str, profiles))])
        message = f"default: {shown(name)} is neither a backend nor a profile"
        yield Finding("error", message, hint, "backends.default", default.origin)


def _profile(name: str, profile: Node, backends: Sequence[str]) -> Iterator[Finding]:
    key = hyphenated(f"{_PROFILES}.{name}")
    said = profile.get("backend") if isinstance(profile, Branch) else None
    if isinstance(profile, Leaf) and profile.value is not None:
        return  # no section at all: another check's
    if said is None or (isinstance(said, Leaf) and said.value is None):
        message = f"the profile {printable(name)} does not say what backend it is for"
        hint = f"add backend: one of {', '.join(backends)}"
        yield Finding("error", message, hint, key, profile.origin)
    elif isinstance(said, Leaf) and isinstance(said.value, str) and said.value not in backends:
        message = f"backend: {shown(said.value)} is no kind of backend"
        yield Finding("error", message, _hint(said.value, backends), f"{key}.backend", said.origin)


def _hint(name: str, known: Sequence[str]) -> str:
    like = nearest(name.lower(), known)
    return f"write {like}" if like else f"write one of {', '.join(known)}"
