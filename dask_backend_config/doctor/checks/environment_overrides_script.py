"""An environment variable of the scheduler changes what job scripts request.

Slurm's `sbatch` reads variables such as `SBATCH_TIMELIMIT` and `SBATCH_PARTITION`, and they
override the options in a job script. If a job script sets the same, a backend submits it without
the variable; other programs that submit the script, such as dask-jobqueue's own clusters, are not
protected. If it does not set the same, the variable counts, and workers follow it. With
`PBS_DPREFIX`, PBS would ignore all options of a script, and with `BSUB_QUIET`, LSF would not print
the number of a job: backends always submit without them.

In this example, `SBATCH_ARRAY_INX=1-3` makes three jobs of each one:

Broken:

```sh
export DASK_BACKENDS__DEFAULT=slurm
export SBATCH_ARRAY_INX=1-3
```

Fixed:

```sh
export DASK_BACKENDS__DEFAULT=slurm
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.origins import Origin
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity

if TYPE_CHECKING:
    from ...backends.jobqueue.job_script import WorkerJob

#: Amounts that users expect in such variables.
_USUAL = {"queue", "account"}
#: What makes another job of it.
_HARMFUL = ("--array",)


def check(facts: Facts) -> CheckFindings:
    """Yield each variable that a job script contradicts, or that adds an option to it."""
    seen: set[str] = set()
    for job in facts.jobs:
        script = job.worker_job(facts.environ)
        if script is None or not script.variables:
            continue
        for name in script.ignored_variables:
            if name in script.variables and name not in seen:
                seen.add(name)
                yield _ignored(name, job.section, script)
        for name, option in script.options_in_environment.items():
            kinds = script.kinds_of(option)
            if name not in seen and (kinds or option.startswith(_HARMFUL)):
                seen.add(name)
                yield _added(name, option, script, is_usual=bool(kinds) and kinds <= _USUAL)


def _ignored(name: str, section: str, script: WorkerJob) -> Finding:
    title = script.scheduler.title
    option = script.scheduler.script_variables[name]
    reason = f"the job script sets {option} itself" if option else "it spoils each submission"
    message = f"{name} is not passed to {title} by {section}: {reason}"
    hint = f"Other programs are not protected: run unset {name}"
    return Finding("info", message, hint, None, Origin("variable", name=name))


def _added(name: str, option: str, script: WorkerJob, is_usual: bool) -> Finding:
    message = f"{script.scheduler.title} adds {option} to each job, because {name} is set"
    hint = f"To use another value, set its key or an extra script option; else run unset {name}"
    severity: Severity = "info" if is_usual else "warning"
    return Finding(severity, message, hint, None, Origin("variable", name=name))
