"""Start a backend and compare the configuration that its processes see."""

from __future__ import annotations

import concurrent.futures
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..backends.worker_groups import in_group
from ..config import resolve
from ..core.equality import strictly_equal
from ..core.errors import BackendError
from ..core.secrets import masked
from ..core.strings import count
from ..schedulers.allocation import allocation
from ..storage.files import discard
from .amounts import share_in_words
from .checks.recommendation_undone import recommended

if TYPE_CHECKING:
    from distributed import Client

    from ..backends.base import BaseDaskBackend

#: Seconds that each step may take.
LIMIT = 60
#: Seconds that the first worker may take to connect.
START_LIMIT = 300
_PACKAGES = ("python", "dask", "distributed", "cloudpickle", "msgpack", "tornado")
Result = TypeVar("Result")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The values of one key in the processes of a backend.

    Attributes
    ----------
    key : str
    seen : mapping
        Process ("client", "scheduler", "nanny tcp://...", "worker tcp://...") -> value.
    """

    key: str
    seen: Mapping[str, Any]

    @property
    def agrees(self) -> bool:
        """True if all processes have the client's value."""
        return all(strictly_equal(value, self.seen["client"]) for value in self.seen.values())


@dataclass(frozen=True, slots=True)
class Examination:
    """The results of examining a running backend.

    Attributes
    ----------
    backend : str
        The kind of backend.
    number_of_workers : int
    seconds_to_start : float
        The time until the first worker connected.
    jobs : tuple of str
        The ids of its batch jobs; empty for a local backend.
    encrypted : bool
        Whether scheduler and workers communicate with TLS.
    comparisons : tuple of Comparison
        The recommended keys, then all keys of ``distributed`` that are not defaults.
    child_process : str
        Why a task could not start a process; empty if it could.
    versions : mapping
        Package -> version -> the processes with it.
    share : str
        What a local backend may use of this machine, in words; empty outside of a job.
    """

    backend: str
    number_of_workers: int
    seconds_to_start: float
    jobs: tuple[str, ...]
    encrypted: bool
    comparisons: tuple[Comparison, ...]
    child_process: str
    versions: Mapping[str, Mapping[str, Sequence[str]]]
    share: str = ""

    @property
    def passed(self) -> bool:
        """True if all processes agree and tasks can start processes."""
        return not self.child_process and all(entry.agrees for entry in self.comparisons)

    def as_json(self) -> dict[str, Any]:
        """Return the member ``live`` of the doctor's JSON, with secrets masked."""
        return {
            "backend": self.backend,
            "workers": self.number_of_workers,
            "seconds_to_start": round(self.seconds_to_start, 3),
            "jobs": list(self.jobs),
            "encrypted": self.encrypted,
            "share": self.share,
            "keys": [
                {
                    "key": entry.key,
                    "agrees": entry.agrees,
                    "seen": {name: masked(entry.key, value) for name, value in entry.seen.items()},
                }
                for entry in self.comparisons
            ],
            "child_process": {"started": not self.child_process, "error": self.child_process},
            "versions": self.versions,
            "passed": self.passed,
        }


def examine_live(
    backend: BaseDaskBackend, progress: Progress, start_limit: float = START_LIMIT
) -> Examination:
    """Start a backend, ask every process, run a task that starts a process, and stop the backend.

    If all of that succeeds, the output files of its jobs in the working directory are deleted.

    Parameters
    ----------
    backend : BaseDaskBackend
        A backend that is not started.
    progress : callable
        Called with one line before each step.
    start_limit : float
        Seconds that the first worker may take to connect.

    Raises
    ------
    BackendError
        If the backend does not start, no worker connects in time, or a process does not answer.
    """
    keys = watched_keys()
    progress(f"starting the {backend.kind} backend")
    backend.write_logs_at_once()  # a late one would appear after all is deleted
    began = time.monotonic()
    with backend:
        groups = backend.worker_groups or (None,)
        for group in groups:
            _wait_for_a_worker(backend, group, progress, began + start_limit)
        seconds = time.monotonic() - began
        client = backend.client
        known = client.scheduler_info(n_workers=-1)
        number, addresses = len(known["workers"]), (known["address"], *known["workers"])
        encrypted = all(address.startswith("tls://") for address in addresses)
        processes = f"client, scheduler, nannies and {count(number, 'worker')}"
        progress(f"comparing {count(len(keys), 'key')} of {processes}")
        comparisons = _within_limit("comparing configuration", lambda: _compare(client, keys))
        progress("running a task that starts a process")
        child = next(filter(None, (_child_process(client, group) for group in groups)), "")
        progress("comparing versions")
        versions = _within_limit("comparing versions", lambda: _versions(client))
        jobs, logs = tuple(backend.jobs.values()), backend.stray_logs()
        progress("stopping the backend")
    for log in logs:
        discard(log)
    share = share_in_words(allocation(os.environ)) if backend.kind == "local" else ""
    return Examination(
        backend.kind, number, seconds, jobs, encrypted, comparisons, child, versions, share
    )


def watched_keys() -> tuple[str, ...]:
    """Return the recommended keys, then every key of ``distributed`` that is not a default."""
    values = resolve.live().values("distributed")
    changed = [key for key, found in values.items() if not found.origin.is_default]
    return tuple(dict.fromkeys([*recommended(), *changed]))


def _wait_for_a_worker(
    backend: BaseDaskBackend, group: str | None, progress: Progress, deadline: float
) -> None:
    """Wait until a worker is connected; submit a task, because a backend may need one to start it.

    Raises
    ------
    BackendError
        If no worker connects before `deadline`; it quotes the state of the batch job.
    """
    cluster: Any = backend.cluster
    if cluster.connected_workers(group):
        return
    progress("waiting for a worker" + (f" of the group {group}" if group else ""))
    with in_group(group):
        task = backend.client.submit(abs, 1, pure=False)
    limit = max(0.0, deadline - time.monotonic())
    try:
        backend.wait_for_workers(1, limit, worker_group=group)
    except BackendError as error:
        if time.monotonic() < deadline:
            raise
        reason = f": {error.hint}" if error.hint else ""
        hint = "Its jobs were cancelled. To wait longer, use --limit"
        worker = f"no worker of the group {group}" if group else "no worker"
        message = f"timed out after {limit:.0f} s: {worker} connected{reason}"
        raise BackendError(message, hint=hint) from None
    finally:
        task.release()


def _compare(client: Client, keys: Sequence[str]) -> tuple[Comparison, ...]:
    unset = "<not set>"

    def read() -> dict[str, Any]:
        # It is pickled by value, because a worker may lack this package.
        import dask.config

        return {key: dask.config.get(key, unset) for key in keys}

    seen = {"client": read(), "scheduler": client.run_on_scheduler(read)}
    nannies = client.run(read, nanny=True)
    seen |= {f"nanny {address}": values for address, values in nannies.items()}
    seen |= {f"worker {address}": values for address, values in client.run(read).items()}
    return tuple(
        Comparison(key, {process: values[key] for process, values in seen.items()}) for key in keys
    )


def _child_process(client: Client, group: str | None) -> str:
    """Run a task that starts a process, and return why it failed, empty if it did not."""
    limit = LIMIT  # a local name, because a worker may lack this package

    def start_a_process() -> str:
        import multiprocessing

        # "spawn" does not copy the worker's threads; a builtin does not need this package there.
        child = multiprocessing.get_context("spawn").Process(target=abs, args=(1,))
        try:
            child.start()
            child.join(limit)
        except Exception as error:  # returned, because the worker would log a raised one
            return f"{type(error).__name__}: {error}"
        return "" if child.exitcode == 0 else f"the process ended with exit code {child.exitcode}"

    with in_group(group):
        future = client.submit(start_a_process, pure=False)
    try:
        return str(future.result(timeout=limit))
    except TimeoutError:
        message = f"timed out after {limit:g} s: a task that starts a process did not finish"
        raise BackendError(message) from None


def _versions(client: Client) -> dict[str, dict[str, list[str]]]:
    answers: Any = client.get_versions()
    processes = {"client": answers["client"], "scheduler": answers["scheduler"]}
    processes |= {f"worker {address}": found for address, found in answers["workers"].items()}
    versions: dict[str, dict[str, list[str]]] = {name: {} for name in _PACKAGES}
    for process, found in processes.items():
        flat = {**found["packages"], "python": found["host"]["python"]}
        for name, by_version in versions.items():
            by_version.setdefault(str(flat.get(name)), []).append(process)
    return versions


def _within_limit(step: str, call: Callable[[], Result]) -> Result:
    """Return the result of a call that has no time limit of its own.

    Raises
    ------
    BackendError
        After `LIMIT` seconds.
    """
    pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="doctor")
    try:
        return pool.submit(call).result(LIMIT)
    except concurrent.futures.TimeoutError:
        raise BackendError(f"timed out after {LIMIT} s: {step}") from None
    finally:
        pool.shutdown(wait=False)
