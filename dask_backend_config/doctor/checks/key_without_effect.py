"""A key has no effect with a backend of this package.

Backends honour the keys of dask-jobqueue and distributed, with a few exceptions: a job runs one
worker, whatever `processes` is set to, and the encrypted connections of a job queue have a scheme
and certificates of their own. Programs that use `dask_jobqueue` or `distributed` directly still
read the value, so this is a warning only if the configuration has keys of `backends`, else an info.
`dask-backend-config explain KEY` shows what becomes of any key with a backend.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 36
    processes: 6
    memory: 120 GB
backends:
  slurm:
    maximum-number-of-workers: 2
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 6
    memory: 20 GB
backends:
  slurm:
    maximum-number-of-workers: 12
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ...catalogue import backend_schema, dask_keys, fates
from ...catalogue.key_types import value_type
from ...config.values import Resolved
from ...core.keys import hyphenated
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity

_USER_KINDS = ("file", "inherited", "variable", "code")


def check(facts: Facts) -> CheckFindings:
    """Yield the user's values that no backend honours."""
    values = facts.resolution.values(kinds=_USER_KINDS)
    found = {hyphenated(key): value for key, value in values.items()}
    ours = any(key.startswith(f"{backend_schema.ROOT}.") for key in found)
    severity: Severity = "warning" if ours else "info"
    for key, resolved in found.items():
        if _matters(facts, key, resolved) and _is_read_by_a_queue(key, found):
            names = tuple(key.split("."))
            entry = dask_keys.entry(names)
            value = f"{names[-1]}: {shown(resolved.value)}"
            message = f"with a backend, {value} is {entry['under-backends']}"
            yield Finding(severity, message, entry["hint"], key, resolved.origin)


def _matters(facts: Facts, key: str, found: Resolved) -> bool:
    """Return whether a value is valid and no backend does what it says."""
    expected = value_type(facts.catalogue, tuple(key.split(".")))
    is_valid = expected is None or expected.fits(found.value)
    return is_valid and fates.has_no_effect(key, found.value) and not _exceeds_cores(facts, key)


def _exceeds_cores(facts: Facts, key: str) -> bool:
    """Return whether more-processes-than-cores reports the value."""
    if not key.endswith(".processes"):
        return False
    processes = facts.resolution.value(key)
    cores = facts.resolution.value(key.replace(".processes", ".cores"))
    numbers = [found.value for found in (cores, processes) if found]
    is_known = len(numbers) == 2 and all(isinstance(number, (int, float)) for number in numbers)
    return is_known and numbers[0] < numbers[1]


def _is_read_by_a_queue(key: str, found: Mapping[str, Resolved]) -> bool:
    """Return whether a configuration is for job queues; for keys of distributed, also encrypted."""
    names, queues = key.split("."), fates.queues()
    if names[0] == "jobqueue":
        return names[1] in queues
    is_open = any(name.endswith(".security") and not found[name].value for name in found)
    sections = (*queues, "jobqueue", "profiles")
    return not is_open and any(
        parts[0] == "jobqueue" or (parts[0] == backend_schema.ROOT and parts[1] in sections)
        for parts in (name.split(".") for name in found)
    )
