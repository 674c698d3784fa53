"""Starts a backend and asks each process of it what it sees of the configuration."""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ..catalogue import shipped
from ..config import resolve
from ..config.merge import branch, leaves, same
from ..core.errors import BackendError
from ..core.keys import join_path
from ..core.secrets import masked
from ..core.origins import Origin
from ..storage.files import discard

if TYPE_CHECKING:
    from distributed import Client

    from ..backends import BaseDaskBackend

#: Seconds that all processes have for one answer, and that a first worker has to come.
LIMIT = 60
START_LIMIT = 300
_UNSET = "<not set>"
_PACKAGES = ("python", "dask", "distributed", "cloudpickle", "msgpack", "tornado")
Result = TypeVar("Result")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each process sees of one key.

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
        """Whether all see what the client sees."""
        return all(same(value, self.seen["client"]) for value in self.seen.values())


@dataclass(frozen=True, slots=True)
class Examination:
    """What a running backend showed.

    Attributes
    ----------
    backend : str
        Its kind.
    number_of_workers : int
    seconds_to_start : float
        Until the first worker was there.
    jobs : tuple of str
        The numbers of its jobs at the batch scheduler, none for a backend without.
    encrypted : bool
        Whether scheduler and workers talk TLS.
    comparisons : tuple of Comparison
        The recommended keys, then all of ``distributed`` that somebody set.
    child_process : str
        Empty where a task started a process of its own, else why it could not.
    versions : mapping
        Package -> version -> the processes that have it.
    """

    backend: str
    number_of_workers: int
    seconds_to_start: float
    jobs: tuple[str, ...]
    encrypted: bool
    comparisons: tuple[Comparison, ...]
    child_process: str
    versions: Mapping[str, Mapping[str, Sequence[str]]]

    @property
    def passed(self) -> bool:
        """Whether all processes agree and tasks can start processes."""
        return not self.child_process and all(entry.agrees for entry in self.comparisons)

    def as_json(self) -> dict[str, Any]:
        """The member ``live`` of the doctor's JSON, secrets masked."""
        return {
            "backend": self.backend,
            "workers": self.number_of_workers,
            "seconds_to_start": round(self.seconds_to_start, 3),
            "jobs": list(self.jobs),
            "encrypted": self.encrypted,
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
    backend: BaseDaskBackend,
    progress: Progress,
    limit: float = LIMIT,
    start_limit: float = START_LIMIT,
) -> Examination:
    """Start `backend`, ask every process, run a task that starts a process, stop it.

    Where all of that went well, what its jobs left in the current folder is deleted.

    Parameters
    ----------
    backend : BaseDaskBackend
        Not started.
    progress : callable
        Told in one line what happens next.
    limit : float
        Seconds that each question may take.
    start_limit : float
        Seconds that the first worker may take to come.

    Raises
    ------
    BackendError
        Where the backend does not start, no worker comes in time, or somebody does not answer.
    """
    keys = watched_keys()
    progress(f"starting the {backend.kind} backend")
    began = time.monotonic()
    with backend:
        _wait_for_a_worker(backend, progress, began + start_limit)
        seconds = time.monotonic() - began
        client = backend.client
        known = client.scheduler_info(n_workers=-1)
        number, encrypted = len(known["workers"]), _is_encrypted(known)
        workers = f"{number} worker{'s'[: number != 1]}"
        progress(f"asking client, scheduler, nannies and {workers} for {len(keys)} keys")
        comparisons = _within(limit, "comparing configuration", lambda: _compare(client, keys))
        progress("running a task that starts a process")
        child = _child_process(client, limit)
        progress("asking for versions")
        versions = _within(limit, "asking for versions", lambda: _versions(client))
        jobs, logs = tuple(backend.jobs.values()), backend.stray_logs()
        progress("stopping")
    discard(logs)
    return Examination(backend.kind, number, seconds, jobs, encrypted, comparisons, child, versions)


def watched_keys() -> tuple[str, ...]:
    """The recommended keys, and every key of ``distributed`` that is not at its default."""
    tree = branch(shipped.read(shipped.RECOMMENDED), Origin("default"))
    recommended = [join_path(path) for path, _ in leaves(tree)]
    values = resolve.live().values("distributed")
    changed = [key for key, found in values.items() if found.origin.kind != "default"]
    return tuple(dict.fromkeys([*recommended, *changed]))


def _wait_for_a_worker(backend: BaseDaskBackend, progress: Progress, deadline: float) -> None:
    """Block until tasks can run; a backend that keeps no worker is given a task to bring one.

    Raises
    ------
    BackendError
        Where no worker comes before `deadline`, with what the batch scheduler says of its job.
    """
    client = backend.client
    if client.scheduler_info(n_workers=-1)["workers"]:
        return
    progress("waiting for a worker")
    task = client.submit(abs, 1, pure=False)
    limit = max(0.0, deadline - time.monotonic())
    try:
        backend.wait_for_workers(1, limit)
    except BackendError as error:
        if time.monotonic() < deadline:
            raise
        reason = f": {error.hint}" if error.hint else ""
        hint = "its jobs were ended; --limit waits longer"
        raise BackendError(f"no worker came within {limit:.0f} s{reason}", hint=hint) from None
    finally:
        task.release()


def _is_encrypted(known: Mapping[str, Any]) -> bool:
    return all(address.startswith("tls://") for address in (known["address"], *known["workers"]))


def _compare(client: Client, keys: Sequence[str]) -> tuple[Comparison, ...]:
    look = _looker(keys)
    seen = {"client": look(), "scheduler": client.run_on_scheduler(look)}
    nannies = client.run(look, nanny=True)
    seen |= {f"nanny {address}": values for address, values in nannies.items()}
    seen |= {f"worker {address}": values for address, values in client.run(look).items()}
    return tuple(
        Comparison(key, {process: values[key] for process, values in seen.items()}) for key in keys
    )


def _looker(keys: Sequence[str]) -> Callable[[], dict[str, Any]]:
    """A function that travels by value: a worker may lack this package."""
    unset = _UNSET

    def look() -> dict[str, Any]:
        import dask.config

        return {key: dask.config.get(key, unset) for key in keys}

    return look


def _child_process(client: Client, limit: float) -> str:
    def start_a_process() -> str:
        import multiprocessing

        # "spawn" runs no copy of the worker's threads; a builtin needs nothing of ours there.
        child = multiprocessing.get_context("spawn").Process(target=abs, args=(1,))
        try:
            child.start()
            child.join(limit)
        except Exception as error:  # an answer; raised, the worker would log it as a failure
            return f"{type(error).__name__}: {error}"
        return "" if child.exitcode == 0 else f"the process ended with exit code {child.exitcode}"

    future = client.submit(start_a_process, pure=False)
    try:
        answer: str = future.result(timeout=limit)
    except TimeoutError:
        raise BackendError(f"a task gave no answer within {limit:g} s") from None
    return answer


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


def _within(limit: float, what: str, call: Callable[[], Result]) -> Result:
    """The result of `call`, which has no limit of its own.

    Raises
    ------
    BackendError
        After `limit` seconds.
    """
    pool = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="doctor")
    try:
        return pool.submit(call).result(limit)
    except concurrent.futures.TimeoutError:
        raise BackendError(f"{what}: no answer within {limit:g} s") from None
    finally:
        pool.shutdown(wait=False)
