"""A job has more worker processes than cores.

dask-jobqueue divides `cores` by `processes` and rounds down. With more processes than cores, each
worker starts with `--nthreads 0` and uses as many threads as the node has CPUs, even if the job has
only some of them.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 4
    processes: 8
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 8
    processes: 1
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ...catalogue.value_types import ValueType
from ...config.merge import Leaf
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Finding

_COUNT = ValueType({"type": "number", "exclusiveMinimum": 0})


def check(facts: Facts) -> CheckFindings:
    """Compare the effective values in each section of jobqueue."""
    for name, section in facts.section("jobqueue").items():
        cores, processes = _number(section, "cores"), _number(section, "processes")
        if not cores or not processes or processes.value <= cores.value:
            continue
        key, culprit = ("cores", cores) if processes.origin.is_default else ("processes", processes)
        if not culprit.origin.is_default:
            numbers = f"{shown(processes.value)} processes on {shown(cores.value)} cores"
            message = f"{numbers}: workers start with --nthreads 0"
            hint = f"Set processes to {shown(cores.value)} or less, or cores to more"
            yield Finding("error", message, hint, f"jobqueue.{name}.{key}", culprit.origin)


def _number(section: object, name: str) -> Leaf | None:
    leaf = section.get(name) if isinstance(section, Mapping) else None
    return leaf if isinstance(leaf, Leaf) and _COUNT.fits(leaf.value) else None
