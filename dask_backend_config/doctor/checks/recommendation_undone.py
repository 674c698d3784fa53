"""A recommended setting is overridden.

This package recommends values for four settings of `distributed`; `defaults/recommended.yaml` gives
the reasons. They replace distributed's defaults, so files, variables and inherited configuration
(`DASK_INTERNAL_INHERIT_CONFIG`) override them. If you want another value, skip this check with
`--ignore recommendation-undone`.

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

from ...catalogue import shipped
from ...catalogue.value_types import LEAST_TCP_TIMEOUT, TCP_TIMEOUT, is_duration
from ...config.merge import Leaf, branch, leaves
from ...core import units
from ...core.keys import join_path
from ...core.origins import Origin
from ...core.strings import shown
from ...yaml_edit.patch import Set
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix

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
    recommended = branch(shipped.read(shipped.RECOMMENDED), Origin("default"))
    in_files = {(setting.origin, setting.key) for setting in facts.settings if setting.file}
    for path, node in leaves(recommended):
        key = join_path(path)
        found = facts.user_value(key)
        if not found or not isinstance(node, Leaf) or not _differs(key, found.value, node.value):
            continue
        value, wanted = shown(found.value), shown(node.value)
        is_smaller = is_duration(node.value) and units.duration(found.value) < units.duration(
            node.value
        )
        consequence = _CONSEQUENCES[key][is_smaller]
        message = f"{value} overrides the recommended {wanted} of {key}: {consequence}"
        # An old name of the key needs another fix.
        is_in_file = (found.origin, found.key) in in_files
        fix = Fix((Set(path, node.value),), safe=False) if is_in_file else None
        yield Finding(
            "warning", message, f"Remove it, or set it to {wanted}", key, found.origin, fix
        )


def _differs(key: str, value: object, recommended: object) -> bool:
    """Return whether a valid value differs; other checks report invalid values."""
    if isinstance(recommended, bool):
        return value in (0, 1) and value != recommended
    if not is_duration(value):
        return False
    seconds = units.duration(value)
    is_too_short = key == TCP_TIMEOUT and seconds < LEAST_TCP_TIMEOUT
    return not is_too_short and seconds != units.duration(recommended)
