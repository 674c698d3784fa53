"""Start the process that holds the nannies, with the environment that workers need."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ...config.resolve import live
from ..task_threads import PRE_SPAWN_ENVIRON, thread_limits
from .process import NannyProcess

if TYPE_CHECKING:
    from ...config.resolve import Resolution

_METHOD = "distributed.worker.multiprocessing-method"
#: With this seed, distributed replaces one that is not set or 0: hashes must agree among workers.
_HASH_SEED = "PYTHONHASHSEED", "6640"


def start_nanny_process(threads: int) -> NannyProcess:
    """Start the process that holds the nannies of workers whose tasks have a number of threads.

    Its workers are forks of it, so that they need not import distributed again, unless the user
    sets ``distributed.worker.multiprocessing-method``.
    """
    resolution = live()
    method = resolution.value(_METHOD)
    is_default = method is None or method.origin.kind == "default"
    fork = is_default and sys.platform == "linux"
    return NannyProcess(_environment(threads, resolution), fork)


def _environment(threads: int, resolution: Resolution) -> dict[str, str]:
    """Return this process's environment with the variables that workers need when they start.

    These are ``distributed.nanny.pre-spawn-environ``, which a nanny would set too late for a fork.
    As for distributed, this process's own variables count more. OMP_NUM_THREADS and similar
    variables are the number of threads of a task, unless the user sets them.
    """
    values = {path[-1]: found.value for path, found in resolution.by_path(PRE_SPAWN_ENVIRON)}
    values.update(dict.fromkeys(thread_limits(resolution), threads))
    set_here = {name: str(value) for name, value in values.items() if value is not None}
    environ = {**set_here, **os.environ}
    name, seed = _HASH_SEED
    if name not in set_here or environ[name] == "0":
        environ[name] = seed
    return environ


def thread_variables(threads: int) -> dict[str, str]:
    """Return OMP_NUM_THREADS and similar variables for tasks of other groups of workers.

    Parameters
    ----------
    threads : int
        Of each task.
    """
    limits = thread_limits(live())
    return {name: str(threads) for name in limits if name not in os.environ}
