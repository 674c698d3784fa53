"""A recommended setting is undone.

Four settings of `distributed` are recommended, each for a reason that cost somebody days; they are
defaults here, so they hold until a file, a variable or inherited configuration says otherwise.
`defaults/recommended.yaml` has the reasons. Who wants another value on purpose leaves this check
out with `--ignore recommendation-undone`.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    daemon: true
```

Mended:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue import shipped
from ...catalogue.value_types import LEAST_TCP_TIMEOUT, TCP_TIMEOUT, is_duration
from ...config.merge import Leaf, branch, leaves
from ...config.values import Resolved
from ...core import units
from ...core.keys import join_path
from ...core.origins import Origin
from ...core.strings import shown
from ...yaml_edit.patch import Set
from ..facts import Facts, Finding, Fix

ID = "recommendation-undone"
SENTENCE = "A recommended setting is undone, and by what."

_REASONS = {
    "distributed.worker.daemon": "tasks cannot start processes of their own",
    "distributed.comm.timeouts.connect": "a dead peer is noticed late, or a slow one given up on",
    "distributed.comm.timeouts.tcp": "a lost connection is noticed late, or a busy one cut",
    "distributed.deploy.lost-worker-timeout": "a lost worker is replaced late, or a slow one twice",
}


def check(facts: Facts) -> Iterator[Finding]:
    """Compare the effective values of the recommended keys with ours."""
    recommended = branch(shipped.read(shipped.RECOMMENDED), Origin("default"))
    for path, node in leaves(recommended):
        key = join_path(path)
        found = facts.resolution.value(key)
        if not isinstance(node, Leaf) or found is None or found.origin.kind == "default":
            continue
        if _differs(key, found.value, node.value):
            yield Finding(
                "warning",
                f"{shown(found.value)} undoes the recommended {shown(node.value)} of {key}: "
                f"{_REASONS[key]}",
                f"remove it, or say {shown(node.value)}",
                key,
                found.origin,
                Fix((Set(path, node.value),), safe=False) if _is_in_file(facts, found) else None,
            )


def _is_in_file(facts: Facts, found: Resolved) -> bool:
    """Whether a file says the key itself, not an old name of it."""
    said = ((setting.origin, setting.key) for setting in facts.settings if setting.file)
    return (found.origin, found.key) in said


def _differs(key: str, value: object, recommended: object) -> bool:
    """Whether it is another value of the right kind; what is none at all is other checks'."""
    if isinstance(recommended, bool):
        return value in (0, 1) and value != recommended
    if not is_duration(value):
        return False
    seconds = units.duration(value)
    if key == TCP_TIMEOUT and seconds < LEAST_TCP_TIMEOUT:
        return False
    return seconds != units.duration(recommended)
