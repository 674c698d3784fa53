"""The scheduler ends a job before the lifetime of its worker ends.

At the end of its lifetime, a worker passes its results to other workers. At the end of the
walltime, the scheduler kills it, and its results are lost. Backends set `--lifetime` to the
walltime less `lifetime-margin`; a `--lifetime` in `worker-extra-arguments` replaces this. A worker
may end later than its lifetime, by up to `--lifetime-stagger`.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  slurm:
    resources-per-worker:
      wallclock-time-limit: "00:20"
    worker-extra-arguments: [--lifetime, 26m]
```

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  slurm:
    resources-per-worker:
      wallclock-time-limit: "00:30"
    worker-extra-arguments: [--lifetime, 26m]
```
"""

from __future__ import annotations

from ...backends.worker_arguments import last_value
from ...core import units
from ..amounts import time_in_words
from ..facts import Facts
from ..findings import CheckFindings, Finding

_ARGUMENTS = "worker-extra-arguments"


def check(facts: Facts) -> CheckFindings:
    """Compare the lifetime in the arguments of workers with the walltime that holds."""
    for job in facts.jobs:
        setting, script = job.user_setting(_ARGUMENTS), job.worker_job(facts.environ)
        walltime = script and script.effective.walltime
        if not setting or not script or not walltime:
            continue
        lifetime = last_value(script.arguments, "--lifetime", units.duration)
        stagger = last_value(script.arguments, "--lifetime-stagger", units.duration)
        if stagger is None:
            stagger = script.lifetime[1] if script.lifetime else 0
        if lifetime and lifetime + stagger >= walltime:
            later = f", up to {stagger:g} s later with their stagger" if lifetime < walltime else ""
            message = (
                f"--lifetime lets workers end after {time_in_words(round(lifetime))}{later}; "
                f"the job ends after {time_in_words(walltime)}"
            )
            hint = "Remove --lifetime, so that workers end lifetime-margin before the walltime"
            yield Finding("warning", message, hint, setting.key, setting.origin)
