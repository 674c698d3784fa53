"""Two options request different resources for one job.

An option for the head of the job script, such as `--mem=400M`, replaces the one that a backend
makes from its own keys. Workers follow what holds: their memory limit, their threads and the time
when they end are those of the job. The key has no effect then, and dask-jobqueue's own clusters,
which do not read such options, still use it: their workers take more memory than the job has, and
are killed.

A `--memory-limit` or `--nthreads` in the arguments of workers that is more than a job has is
reported, too.

The check reads the options as the scheduler reads them: `extra-script-options`, `resource-spec`,
and keys of `jobqueue.<type>` such as `job-extra-directives` and `job-mem`. Amounts of memory that
differ by less than a tenth count as the same.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 1
    memory: 2 GB
    job-extra-directives:
      - --mem=400M
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    cores: 1
    memory: 400 MiB
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ...backends.resources import GPUS, MEMORY, THREADS, WALLTIME
from ...backends.worker_arguments import last_value
from ...core import units
from ...core.strings import count
from ..amounts import memory_in_words, time_in_words
from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..site import QUEUE, RequestedResource

if TYPE_CHECKING:
    from ...backends.jobqueue.job_script import WorkerJob
    from ...schedulers.option_reader import ReadOption
    from ..job_requests import ConfiguredJob

_TOLERANCE = 0.1


def check(facts: Facts) -> CheckFindings:
    """Compare what the user's keys request with what other options of the script request."""
    for job in facts.jobs:
        script = job.worker_job({})
        if script is None:
            continue
        for name, (field, _) in _RESOURCES.items():
            option, setting = script.read_options.get(field), job.user_setting(name)
            asked = getattr(script.request, field)
            if option and setting and asked and _differ(field, asked, option.value):
                is_extra = any(option.text in line for line in script.extra_options)
                extra = job.user_setting("extra-script-options") if is_extra else None
                yield from _finding(name, setting, asked, option, extra)
        yield from _worker_arguments(job, script)


def _differ(field: str, asked: Any, held: Any) -> bool:
    if field == "memory":
        return bool(abs(held - asked) > _TOLERANCE * max(held, asked))
    return bool(held != asked)


def _finding(
    name: str,
    setting: RequestedResource,
    asked: Any,
    option: ReadOption,
    extra: RequestedResource | None,
) -> Iterator[Finding]:
    describe = _RESOURCES[name][1]
    place = f"{option.text} in {extra.name}" if extra else option.text
    remove = f"Remove {place}, or set {setting.name} to the same"
    if name != THREADS or option.value < asked:
        asks, gets = describe(asked), describe(option.value)
        message = f"{setting.name}: {asks} is overridden by {place}: jobs get {gets}"
        yield Finding("warning", message, remove, setting.key, setting.origin)
    elif extra:  # other keys exist to request more CPUs than threads
        message = f"{setting.name}: workers use {asked} of the {describe(option.value)} of {place}"
        yield Finding("info", message, remove, setting.key, setting.origin)


def _worker_arguments(job: ConfiguredJob, script: WorkerJob) -> Iterator[Finding]:
    """Compare the arguments of workers with what their jobs get."""
    setting, holds = job.user_setting("worker-extra-arguments"), script.effective
    if setting is None:
        return
    limit = last_value(script.arguments, "--memory-limit", units.memory)
    if limit and holds.memory and limit > (1 + _TOLERANCE) * holds.memory:
        gets, uses = memory_in_words(holds.memory), memory_in_words(limit)
        message = f"jobs get {gets}, but --memory-limit lets workers use {uses}: they are killed"
        hint = "Remove --memory-limit, so that workers have the memory of their jobs"
        yield Finding("warning", message, hint, setting.key, setting.origin)
    threads = last_value(script.arguments, "--nthreads", int)
    if threads and threads > holds.threads:
        message = f"jobs get {count(holds.threads, 'CPU')}, but --nthreads is {threads}"
        hint = "Remove --nthreads, so that workers have a thread for each CPU"
        yield Finding("info", message, hint, setting.key, setting.origin)


def _time(seconds: int | None) -> str:
    return "no time limit" if seconds is None else time_in_words(seconds)


_RESOURCES: dict[str, tuple[str, Callable[[Any], str]]] = {
    MEMORY: ("memory", memory_in_words),
    WALLTIME: ("walltime", _time),
    THREADS: ("threads", lambda number: count(number, "CPU")),
    GPUS: ("gpus", lambda number: count(number, "GPU")),
    QUEUE: ("queue", lambda queue: f"queue {queue}"),
    "account": ("account", lambda account: f"account {account}"),
}
