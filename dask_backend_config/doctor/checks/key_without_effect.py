"""A key has no effect with a backend of this package.

Backends use the keys of dask-jobqueue and distributed, with a few exceptions: the encrypted
connections of a job queue have a scheme and certificates of their own. Programs that use
`dask_jobqueue` or `distributed` directly still read the value, so this is a warning only if the
configuration has keys of `backends`, else an info. `dask-backend-config explain KEY` shows what
becomes of any key with a backend.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    default-scheme: ws
backends:
  slurm:
    maximum-number-of-workers: 2
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
backends:
  slurm:
    maximum-number-of-workers: 2
```
"""

from __future__ import annotations

from typing import Any

from ...catalogue import backend_schema, dask_keys, fates
from ...catalogue.key_types import value_type
from ...config.merge import Leaf, find
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity

_USER_KINDS = ("file", "inherited", "variable", "code")


def check(facts: Facts) -> CheckFindings:
    """Yield the user's values that no backend uses."""
    for key in fates.keys_without_effect():
        found = find(facts.resolution.tree, tuple(key.split(".")))
        if not isinstance(found, Leaf) or found.origin.is_default:
            continue
        if not _matters(facts, key, found.value):
            continue
        entry = dask_keys.entry(tuple(key.split(".")))
        value = f"{key.rpartition('.')[2]}: {shown(found.value)}"
        message = f"with a backend, {value} is {entry['under-backends']}"
        severity: Severity = "warning" if _set_by_user(facts, backend_schema.ROOT) else "info"
        yield Finding(severity, message, entry["hint"], key, found.origin)


def _matters(facts: Facts, key: str, value: Any) -> bool:
    """Return whether a value is valid, no backend does what it says, and a job queue is used."""
    path = tuple(key.split("."))
    expected = value_type(facts.catalogue, path)
    if not fates.has_no_effect(key, value) or not (expected is None or expected.fits(value)):
        return False
    return _is_for_encrypted_queues(facts)


def _is_for_encrypted_queues(facts: Facts) -> bool:
    """Return whether the user configures a job queue, and does not switch encryption off."""
    ours = _set_by_user(facts, backend_schema.ROOT)
    queues = [
        f"{backend_schema.ROOT}.{name}." for name in (*fates.queues(), "jobqueue", "profiles")
    ]
    is_open = any(key.endswith(".security") and not ours[key] for key in ours)
    is_queue = any(key.startswith(tuple(queues)) for key in ours)
    return not is_open and (is_queue or bool(_set_by_user(facts, "jobqueue")))


def _set_by_user(facts: Facts, section: str) -> dict[str, Any]:
    values = facts.resolution.values(section, kinds=_USER_KINDS)
    return {key: found.value for key, found in values.items()}
