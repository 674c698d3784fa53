"""A job has more worker processes than cores.

dask-jobqueue divides `cores` by `processes` and rounds down: with more processes than cores each
worker is started with `--nthreads 0`, and takes threads by the CPUs that it finds on the node,
whatever the job was given.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 4
    processes: 8
```

Mended:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 4
    processes: 4
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...catalogue.value_types import ValueType
from ...config.merge import Branch, Leaf, find
from ...core.strings import shown
from ..facts import Facts, Finding

ID = "more-processes-than-cores"
SENTENCE = "A job has more worker processes than cores."

_COUNT = ValueType({"type": "number", "exclusiveMinimum": 0})


def check(facts: Facts) -> Iterator[Finding]:
    """Compare the effective values of each section of jobqueue."""
    sections = find(facts.resolution.tree, ("jobqueue",))
    for name, section in sections.items() if isinstance(sections, Branch) else ():
        cores, processes = _number(section, "cores"), _number(section, "processes")
        if cores and processes and processes.value > cores.value:
            key, said = ("processes", processes) if _is_said(processes) else ("cores", cores)
            if _is_said(said):
                numbers = f"{shown(processes.value)} processes on {shown(cores.value)} cores"
                message = f"{numbers}: workers start with --nthreads 0"
                hint = f"write processes: {shown(cores.value)} or less, or more cores"
                yield Finding("error", message, hint, f"jobqueue.{name}.{key}", said.origin)


def _number(section: object, name: str) -> Leaf | None:
    leaf = section.get(name) if isinstance(section, Mapping) else None
    return leaf if isinstance(leaf, Leaf) and _COUNT.fits(leaf.value) else None


def _is_said(leaf: Leaf) -> bool:
    return leaf.origin.kind != "default"
