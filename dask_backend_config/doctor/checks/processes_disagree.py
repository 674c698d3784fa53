"""Processes of a running cluster disagree about a value or a version that they must share.

Only `doctor --cluster` looks for it. Each process of a cluster reads its own files and variables.
A key that several of them read, such as `distributed.comm.timeouts.connect`, should have one
value: else what happens depends on who connects to whom. Workers should have one value of each key
that workers read: else it depends on the worker that a task meets. It is good to know, but not a
problem, if no user set any of the values: defaults of different packages are in effect.

Functions and results are pickled by one process and unpickled by another, which fails or goes
wrong if Python or a package has another version there. The client is this command: run it in the
environment of your client, or name that with `--python`.

Broken:

```yaml
# ~/.config/dask/distributed.yaml on the scheduler's node
distributed:
  comm:
    timeouts:
      connect: 60s
```

```yaml
# ~/.config/dask/distributed.yaml on the worker's node
distributed:
  comm:
    timeouts:
      connect: 15s
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml on each node
distributed:
  comm:
    timeouts:
      connect: 10s
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...catalogue.descriptions import describe
from ...core.secrets import masked
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Finding

if TYPE_CHECKING:
    from ...clusters.processes import Cluster

#: Each process has certificates and paths of its own.
_OF_EACH_PROCESS = r"distributed\.comm\.tls\.|.*(?:directory|-path|interface)$"


def check(facts: Facts) -> CheckFindings:
    """Compare values that several processes read, and versions."""
    if facts.cluster is not None:
        yield from _values(facts.cluster)
        yield from _versions(facts.cluster)


def _values(cluster: Cluster) -> Iterator[Finding]:
    from ...clusters.differences import compare, values_of  # slow to import, and rarely needed
    from ...clusters.processes import ROLES

    for key in compare(cluster).differing:
        roles = [role for role in ROLES if role in (describe(key).read_by or "")]
        if not roles or re.match(_OF_EACH_PROCESS, key):
            continue
        found = values_of(cluster, key, roles)
        if len(found) < 2:
            continue
        seen = "; ".join(
            f"{shown(masked(key, value.value))} on {cluster.named(having)}"
            for value, having in found
        )
        chosen = next((value for value, _ in found if not value.origin.is_default), None)
        origin = chosen.origin if chosen else found[0][0].origin
        where = f" (one is set in {origin})" if chosen else ""
        hint = f"Set it to one value for all of them{where}"
        severity = "warning" if chosen else "info"
        yield Finding(severity, f"{key} is {seen}", hint, key)  # type: ignore[arg-type]


def _versions(cluster: Cluster) -> Iterator[Finding]:
    from ...clusters.differences import versions_of

    for package, found in versions_of(cluster):
        seen = "; ".join(
            f"{version} on {cluster.named(having)}" for version, having in found.items()
        )
        name = "Python" if package == "python" else package
        yield Finding("warning", f"{name} is {seen}", "Install one version for all of them")
