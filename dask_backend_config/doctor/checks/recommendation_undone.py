"""A recommended setting is overridden.

This package recommends values for four settings of `distributed`; `defaults/recommended.yaml` gives
the reasons. They replace distributed's defaults, so files, variables and inherited configuration
(`DASK_INTERNAL_INHERIT_CONFIG`) override them. If you want another value, skip this check with
`--ignore recommendation-undone`. A longer timeout is only an info: large clusters and busy machines
need one.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    daemon: true
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

from typing import Any

from ...catalogue import shipped
from ...catalogue.value_types import LEAST_TCP_TIMEOUT, TCP_TIMEOUT, is_duration
from ...config.merge import branch, leaves, plain
from ...core import units
from ...core.keys import join_path
from ...core.origins import Origin
from ...core.strings import shown
from ...yaml_edit.patch import Set
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix, Severity

#: Key -> the consequence of a larger and of a smaller value.
_CONSEQUENCES = {
    "distributed.worker.daemon": ("tasks cannot start processes", ""),
    "distributed.comm.timeouts.connect": ("dead peers are noticed later", "slow peers are lost"),
    "distributed.comm.timeouts.tcp": ("dead connections are noticed later", "slow ones are cut"),
    "distributed.deploy.lost-worker-timeout": (
        "lost workers are replaced later", "slow workers are replaced, too"
    ),
}  # fmt: skip


def check(facts: Facts) -> CheckFindings:
    """Compare the effective values of the recommended keys with the recommendations."""
    in_files = {(setting.origin, setting.key) for setting in facts.settings if setting.file}
    for key, better in recommended().items():
        found = facts.user_value(key)
        if not found or not _differs(key, found.value, better):
            continue
        value, wanted = shown(found.value), shown(better)
        is_time = is_duration(better)
        is_smaller = is_time and units.duration(found.value) < units.duration(better)
        consequence = _CONSEQUENCES[key][is_smaller]
        message = f"{value} overrides the recommended {wanted} of {key}: {consequence}"
        # An old name of the key needs another fix.
        is_in_file = (found.origin, found.key) in in_files
        edit = Set(tuple(key.split(".")), better)
        fix = Fix((edit,), safe=False) if is_in_file else None
        severity: Severity = "warning"
        hint = f"Remove it, or set it to {wanted}"
        if is_time and not is_smaller:
            severity, hint = "info", f"If you do not need the longer time, set it to {wanted}"
        yield Finding(severity, message, hint, key, found.origin, fix)


def recommended() -> dict[str, Any]:
    """Return the recommended values by their keys."""
    tree = branch(shipped.read(shipped.RECOMMENDED), Origin("default"))
    return {join_path(path): plain(node) for path, node in leaves(tree)}


def _differs(key: str, value: object, recommended: object) -> bool:
    """Return whether a valid value differs; other checks report invalid values."""
    if isinstance(recommended, bool):
        return value in (0, 1) and value != recommended
    if not is_duration(value):
        return False
    seconds = units.duration(value)
    is_too_short = key == TCP_TIMEOUT and seconds < LEAST_TCP_TIMEOUT
    return not is_too_short and seconds != units.duration(recommended)
