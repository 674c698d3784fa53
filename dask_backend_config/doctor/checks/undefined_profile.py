"""`backends.default` or a profile names an unknown backend.

`get_backend()` creates the backend that `backends.default` names: `auto`, a kind of backend such as
`local` or `slurm`, or a profile. The key `backend` of a profile sets its kind. Any other name
raises an error when the backend is created.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: gpus
  profiles:
    gpu: {backend: slurm, queue-name: gpuqueue}
    cpu: {queue-name: normal}
```

Fixed:

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

from collections.abc import Sequence
from typing import Any

from ...catalogue import backend_schema
from ...config.merge import Branch, Leaf, Node
from ...core.keys import canonical_name, hyphenated
from ...core.strings import printable, references, shown
from ..facts import Facts
from ..findings import CheckFindings, Finding, known_names_hint

_PROFILES = "backends.profiles"


def check(facts: Facts) -> CheckFindings:
    """Look up the effective names."""
    profiles = facts.section("backends", "profiles")
    backends = (backend_schema.node(f"{_PROFILES}.any.backend") or {}).get("enum", ())
    yield from _check_default(facts, [*backends, "auto"], profiles)
    for name, profile in profiles.items():
        yield from _check_profile(name, profile, backends)


def _check_default(facts: Facts, backends: Sequence[str], profiles: Any) -> CheckFindings:
    default = facts.user_value("backends.default")
    name = default.value if default else None
    if not default or not isinstance(name, str) or not name or references(name):
        return
    if name not in backends and canonical_name(name, profiles) not in profiles:
        hint = known_names_hint(name.lower(), [*backends, *map(hyphenated, map(str, profiles))])
        message = f"default: {shown(name)} is neither a backend nor a profile"
        yield Finding("error", message, hint, "backends.default", default.origin)


def _check_profile(profile_name: str, profile: Node, backends: Sequence[str]) -> CheckFindings:
    key = hyphenated(f"{_PROFILES}.{profile_name}")
    backend = profile.get("backend") if isinstance(profile, Branch) else None
    if isinstance(profile, Leaf) and profile.value is not None:
        return  # another check reports that it is not a section
    if backend is None or (isinstance(backend, Leaf) and backend.value is None):
        message = f"the profile {printable(profile_name)} does not set its backend"
        hint = f"Add the key backend to it: one of {', '.join(backends)}"
        yield Finding("error", message, hint, key, profile.origin)
        return
    name = backend.value if isinstance(backend, Leaf) else None
    if isinstance(name, str) and name not in backends:
        message = f"backend: {shown(name)} is not a kind of backend"
        hint = known_names_hint(name.lower(), backends)
        yield Finding("error", message, hint, f"{key}.backend", backend.origin)
