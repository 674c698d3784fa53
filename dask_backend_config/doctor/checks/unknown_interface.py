"""This machine does not have the configured network interface.

dask's scheduler runs in the process that creates the backend, and listens on `interface`, like the
workers on their nodes. If this machine does not have the interface, the backend does not start. If
the interface has another name on the nodes, set the scheduler's interface in `scheduler-interface`.
Then only the workers use `interface`, and the check looks at the scheduler's interface.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    interface: ib7
```

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    interface: lo
```
"""

from __future__ import annotations

from ...core.strings import printable
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Compare with the machine's interfaces; a label such as eth0:1 counts as eth0."""
    for site in facts.sites:
        asked = site.interface
        name = str(asked.value) if asked else ""
        if asked and site.interfaces and name.partition(":")[0] not in site.interfaces:
            message = f"{asked.name}: this machine has no network interface {printable(name)}"
            # A similar name may be that of an unusable device: ib0 and ifb0.
            there = ", ".join(site.interfaces)
            hint = f"Available here: {there}. On a node, run: ip -brief address"
            yield Finding("error", message, hint, asked.key, asked.origin)
