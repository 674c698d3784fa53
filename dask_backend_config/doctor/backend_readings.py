"""Read the configuration as the constructors of the backends do, and collect their errors.

No command runs, and dask is not imported.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..backends import gpus
from ..backends.config_tree import ConfigTree
from ..backends.group_options import group_options
from ..backends.jobqueue.config_transport import unsendable
from ..backends.jobqueue.job_script import WorkerJob
from ..backends.jobqueue.options import scheduler_values
from ..backends.jobqueue.reading import job_queue_options
from ..backends.local.options import LocalOptions, local_options
from ..backends.options import BackendOptions
from ..backends.registry import BACKENDS, kind_of_profile
from ..catalogue.backend_schema import ROOT
from ..config.merge import Branch, find, is_set_by_user, plain
from ..config.resolve import Resolution
from ..core.errors import ConfigValueError, DaskBackendError, UnknownKeyError
from ..core.keys import canonical_name
from ..core.strings import references
from ..schedulers import SCHEDULERS
from ..schedulers.allocation import allocation

if TYPE_CHECKING:
    from ..core.origins import Origin

_PROFILES = (ROOT, "profiles")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that a constructor refuses.

    Attributes
    ----------
    error : DaskBackendError
        What the constructor raises.
    backend : str
        The kind of the backend.
    profile : str
        The profile with which it is made, empty for none.
    """

    error: DaskBackendError
    backend: str
    profile: str = ""

    @property
    def call(self) -> str:
        """The call that raises the error."""
        return (
            f"get_backend({self.profile!r})" if self.profile else f"{BACKENDS[self.backend][1]}()"
        )


@dataclass(frozen=True, slots=True)
class BackendReading:
    """What a constructor reads for its workers, or for those of a group.

    Attributes
    ----------
    options : BackendOptions
    job : WorkerJob, optional
        The job of a worker; None for the local backend, or if there is an error.
    error : DaskBackendError, optional
        The first error of the constructor or of its job script.
    """

    options: BackendOptions
    job: WorkerJob | None = None
    error: DaskBackendError | None = None


class Readings:
    """What the backends read from a configuration.

    Parameters
    ----------
    resolution : Resolution
        The configuration of a new process.
    is_own : bool
        Whether it is for this machine. Otherwise its CPUs, GPUs and variables are unknown.
    """

    def __init__(self, resolution: Resolution, is_own: bool) -> None:
        self.resolution = resolution
        self._is_own = is_own
        self._found: dict[tuple[str, str], Mapping[str, BackendReading]] = {}

    def by_group(self, kind: str, profile: str = "") -> Mapping[str, BackendReading]:
        """Return what the constructor of a backend reads, with a profile or without one.

        Returns
        -------
        mapping
            The name of each worker group -> what is read for it. A backend without groups has one
            with an empty name.
        """
        place = (kind, profile)
        if place not in self._found:
            self._found[place] = self._new(kind, profile, plain(self.resolution.tree))
        return self._found[place]

    def origin(self, key: str) -> Origin | None:
        """Return the origin of the value of a key, None if it is not set."""
        found = self.resolution.value(key)
        return found.origin if found else None

    def refusals(self) -> Iterator[Refusal]:
        """Yield what is refused with each configured section and profile, each error once."""
        kinds = [kind for kind in BACKENDS if is_configured(self.resolution, kind)]
        queues = [kind for kind in kinds if kind in SCHEDULERS]
        found = [refusal for kind in kinds for refusal in self._read(kind)]
        profiles = find(self.resolution.tree, _PROFILES)
        for name in profiles if isinstance(profiles, Branch) else ():
            if "." not in str(name):
                found += self._read_profile(str(name))
        if not queues and self._is_set((ROOT, "jobqueue")):
            found += self._refused_by_all()
        if queues or any(refusal.backend in SCHEDULERS for refusal in found):
            kind = (queues or list(SCHEDULERS))[0]
            found += [Refusal(error, kind) for error in unsendable(self.resolution)]
        yield from {refusal.error.key: refusal for refusal in reversed(found)}.values()

    def _is_set(self, path: tuple[str, ...]) -> bool:
        return is_set_by_user(self.resolution.tree, path)

    def _read_profile(self, name: str) -> Iterator[Refusal]:
        config = self._config(plain(self.resolution.tree))
        try:
            kind = kind_of_profile(config, name)
        except (ConfigValueError, UnknownKeyError) as error:
            yield Refusal(error, "local", name)
        else:
            yield from self._read(kind, name)

    def _refused_by_all(self) -> list[Refusal]:
        """Return what all job queues refuse, for a configuration that names none of them."""
        found = [refusal for kind in SCHEDULERS for refusal in self._read(kind)]
        numbers = Counter(refusal.error.key for refusal in found)
        return [entry for entry in found if numbers[entry.error.key] == len(SCHEDULERS)]

    def _read(self, kind: str, profile: str = "") -> Iterator[Refusal]:
        """Yield what is refused; each refused value counts as not set when the next is sought."""
        found, removed = self.by_group(kind, profile), list[str]()
        tree: dict[Any, Any] = {}
        while error := next((each.error for each in found.values() if each.error), None):
            tree = tree or plain(self.resolution.tree)
            is_consequence = any(name in error.message for name in removed)
            if not is_consequence and not self._depends_on_machine(error):
                yield Refusal(error, kind, profile)
            if not error.key or not _remove(tree, error.key):
                return
            removed.append(error.key.rpartition(".")[2])
            found = self._new(kind, profile, tree)

    def _new(
        self, kind: str, profile: str, tree: Mapping[Any, Any]
    ) -> Mapping[str, BackendReading]:
        options = BackendOptions(kind, BACKENDS[kind][1], {}, profile, self._config(tree))
        try:
            groups = group_options(options) or {"": options}
        except (ConfigValueError, UnknownKeyError) as error:
            return {"": BackendReading(options, error=error)}
        found: dict[str, BackendReading] = {}
        others: list[LocalOptions] = []
        for name, each in groups.items():
            job = None
            try:
                if kind in SCHEDULERS:
                    job = _job(kind, each, name)
                else:
                    others.append(self._local(each, others))
                found[name] = BackendReading(each, job)
            except (ConfigValueError, UnknownKeyError) as error:
                found[name] = BackendReading(each, error=error)
        return found

    def _local(self, options: BackendOptions, others: Sequence[LocalOptions]) -> LocalOptions:
        cores, share = (_cores(), allocation(os.environ)) if self._is_own else (None, None)
        return local_options(options, cores, self._gpus, share, others)

    def _config(self, tree: Mapping[Any, Any]) -> ConfigTree:
        return ConfigTree(tree, self.origin)

    def _gpus(self) -> gpus.VisibleGPUs | None:
        """Return this machine's GPUs as far as the environment tells."""
        return gpus.selected_gpus(os.environ) if self._is_own else None

    def _depends_on_machine(self, error: DaskBackendError) -> bool:
        """Return whether another machine, which has other variables, may accept the value."""
        found = None if self._is_own or not error.key else self.resolution.value(error.key)
        return found is not None and isinstance(found.value, str) and bool(references(found.value))


def _job(kind: str, options: BackendOptions, group: str) -> WorkerJob:
    own = scheduler_values(options, SCHEDULERS[kind])
    job = job_queue_options(options, SCHEDULERS[kind], own, group)[-1]
    job.script()
    return job


def is_configured(resolution: Resolution, kind: str) -> bool:
    """Return whether ``backends.default`` is a kind of backend, or a user sets keys of it."""
    default = resolution.value(f"{ROOT}.default")
    sections = [(ROOT, kind), *([("jobqueue", kind)] if kind in SCHEDULERS else [])]
    is_default = default is not None and default.value == kind
    return is_default or any(is_set_by_user(resolution.tree, path) for path in sections)


def _cores() -> int:
    """Return the CPUs of this process; dask, which may count fewer, is not imported."""
    count = os.cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else count


def _remove(tree: MutableMapping[Any, Any], key: str) -> bool:
    """Remove a key; return whether it was there."""
    *sections, name = key.split(".")
    for section in sections:
        inner = tree.get(canonical_name(section, tree))
        if not isinstance(inner, MutableMapping):
            return False
        tree = inner
    return tree.pop(canonical_name(name, tree), None) is not None
