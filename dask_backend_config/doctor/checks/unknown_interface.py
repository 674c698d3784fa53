"""A network interface is configured that this machine does not have.

The cluster's scheduler runs in the process that makes the backend, and listens on `interface`, as
its workers do on their nodes. So it must exist on this machine as well, or starting the backend
fails. Where the two differ, `jobqueue.<type>.scheduler-options` says the scheduler's; then that one
must exist here, and `interface`, which only workers use, is not judged.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    interface: ib7
```

Mended:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
  slurm:
    interface: lo
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.fuzzy import nearest
from ...core.strings import printable
from ..facts import Facts, Finding

ID = "unknown-interface"
SENTENCE = "A network interface is configured that this machine does not have."

_MOST = 8


def check(facts: Facts) -> Iterator[Finding]:
    """Compare with the machine's own; a label such as eth0:1 counts as eth0."""
    site = facts.site
    if site is None or site.interface is None or not site.interfaces:
        return
    asked, known = site.interface, list(site.interfaces)
    if str(asked.value).partition(":")[0] in known:
        return
    like = nearest(str(asked.value), known, cutoff=0.6)
    message = f"interface: this machine has no network interface {printable(str(asked.value))}"
    there = f"there {'is' if len(known) == 1 else 'are'} {', '.join(known[:_MOST])}"
    hint = f"write {like}; {there}" if like else f"write one of those that it has: {there}"
    yield Finding("error", message, hint, asked.key, asked.origin)
