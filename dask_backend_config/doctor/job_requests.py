"""Find what the jobs of a configuration request, and the key that sets each request.

Options are read with the code of the backends, so that both agree; no command runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from ..backends.connections import scheduler_place
from ..backends.jobqueue.job_script import WorkerJob
from ..backends.jobqueue.options import private_parent, scheduler_values, worker_job
from ..backends.resources import GPUS, MEMORY, THREADS, WALLTIME
from ..backends.scheduler_options import scheduler_options
from ..backends.worker_environment import expanded_path
from ..catalogue import backend_schema, shipped
from ..core.errors import ConfigValueError
from ..core.keys import hyphenated
from ..core.origins import Origin
from ..core.strings import split_command
from ..schedulers import BatchScheduler, Option
from .backend_readings import Readings
from .site import QUEUE, RequestedResource

Result = TypeVar("Result")
#: Option name -> the field of `JobRequest` with its value.
_FIELDS = {QUEUE: "queue", WALLTIME: "walltime", MEMORY: "memory", THREADS: "threads", GPUS: "gpus"}
_DEFAULT = Origin("default", name=shipped.OURS)
#: If all of these are set, no temporary certificates are made.
_TLS = tuple(
    f"distributed.comm.tls.{name}"
    for name in ("ca-file", "client.cert", "scheduler.cert", "worker.cert")
)


class ConfiguredJob:
    """The job that a job-queue backend would submit.

    An option with an invalid value counts as not set; other checks report the value.

    Parameters
    ----------
    readings : Readings
    scheduler : BatchScheduler
    profile : str, optional
        A name below ``backends.profiles``.
    group : str, optional
        The worker group of the job, empty if the backend has no groups.
    """

    def __init__(
        self,
        readings: Readings,
        scheduler: BatchScheduler,
        profile: str | None = None,
        group: str = "",
    ) -> None:
        reading = readings.by_group(scheduler.kind, profile or "")[group]
        self._origin = readings.origin
        self.scheduler = scheduler
        self._profile, self._group = profile, group
        self._options = options = reading.options
        # An error may be about an option of the cluster.
        self._job = reading.job or _unless_invalid(
            lambda: worker_job(options, scheduler, scheduler_values(options, scheduler))
        )

    @property
    def section(self) -> str:
        """The section with its options: ``backends.<kind>`` or the profile's, or a group there."""
        name = f"profiles.{self._profile}" if self._profile else self.scheduler.kind
        group = f".{backend_schema.GROUPS}.{self._group}" if self._group else ""
        return f"{backend_schema.ROOT}.{name}{group}"

    def worker_job(self, environ: Mapping[str, str]) -> WorkerJob | None:
        """Return the job if it is submitted with these environment variables, None if invalid."""
        known = self.scheduler.script_variables
        variables = {name: environ[name] for name in known if name in environ}
        return self._job and replace(self._job, variables=variables)

    def user_setting(self, name: str) -> RequestedResource | None:
        """Return the value and key of an option that a user sets, None for a default."""
        found = self._requested(name)
        return None if found is None or found.origin.is_default else found

    def requested_resources(self) -> dict[str, RequestedResource]:
        """Return the resources that the job script asks for, by the names of their options.

        Left out are those that no line of the script asks for, and those that an extra option asks
        for again.
        """
        if self._job is None:
            queue = self._requested(QUEUE)
            return {QUEUE: queue} if queue and isinstance(queue.value, str) else {}
        found, lines = {}, self._job.requested_options()
        for name, field in _FIELDS.items():
            amount, requested = getattr(self._job.request, field), self._requested(name)
            if amount and requested and _is_requested(field, lines):
                found[name] = replace(requested, amount=amount)
        return found

    def queue_in_extra_options(self) -> bool:
        """Return whether an extra option, or a variable of the scheduler, sets the queue."""
        return self._job is not None and "queue" in self._job.read_options

    def scheduler_interface(self) -> RequestedResource | None:
        """Return the network interface of dask's scheduler, None if it is not set."""
        options = self._options
        place = _unless_invalid(lambda: scheduler_place(options, scheduler_options(options)))
        if place is None or "host" in place:
            return None
        found = self._requested("interface")
        if option := place.get("interface"):
            found = self._resource(str(option.key), option.value)
        return found if found and isinstance(found.value, str) else None

    def folders(self) -> Iterator[RequestedResource]:
        """Yield the folders that this machine writes to, or that the nodes share with it."""
        if logs := self._requested("log-directory"):
            yield _folder(logs)
        if not self._needs_certificates():
            return
        shared = self._requested("shared-temp-directory")
        path = _unless_invalid(lambda: private_parent(self._options))
        if shared is None and path:
            key = f"{backend_schema.ROOT}.{self.scheduler.kind}.shared-temp-directory"
            shared = RequestedResource(key, None, path, _DEFAULT)
        if shared:
            yield _folder(shared)

    def missing_python(self) -> RequestedResource | None:
        """Return the Python of the jobs if it is an absolute path that does not exist here."""
        python = self._requested("python")
        if python is None or not isinstance(python.value, str):
            return None
        if self._requested("worker-launcher") or split_command(python.value):
            return None  # it may be in a container
        path = os.path.expanduser(python.value)
        is_absolute = os.path.isabs(path) and "$" not in path
        return python if is_absolute and not os.path.exists(path) else None

    def _needs_certificates(self) -> bool:
        """Return whether temporary certificates are made: TLS is on and none are configured."""
        if not _unless_invalid(lambda: self._options.value("security")):
            return False
        config = self._options.config
        return not all(_unless_invalid(lambda key=key: config.get(key)) for key in _TLS)  # type: ignore[misc]

    def _requested(self, name: str) -> RequestedResource | None:
        """Return an option's value and key, None if the option is not set or invalid."""
        option = _unless_invalid(lambda: self._options.resolve(name))
        if option is None or option.value is None or option.key is None:
            return None
        return self._resource(option.key, option.value)

    def _resource(self, key: str, value: object) -> RequestedResource:
        return RequestedResource(hyphenated(key), value, value, self._origin(key) or _DEFAULT)


def _unless_invalid(read: Callable[[], Result]) -> Result | None:
    try:
        return read()
    except ConfigValueError:
        return None


def _is_requested(field: str, lines: list[str]) -> bool:
    """Return whether a line of a job script asks for a field of the request."""
    return any(isinstance(line, Option) and field in line.fields for line in lines)


def _folder(requested: RequestedResource) -> RequestedResource:
    try:
        path = expanded_path(str(requested.amount))
    except ValueError as error:
        return replace(requested, amount=None, problem=str(error))
    return replace(requested, amount=path, problem=_why_not_writable(path))


def _why_not_writable(path: str) -> str:
    """Return why a folder cannot be created or written to, empty if it can; nothing is written."""
    above = path
    while not os.path.lexists(above) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    if not os.path.isdir(above):
        return f"{above} is not a folder"
    if os.access(above, os.W_OK | os.X_OK):
        return ""
    return "no permission to write there" if above == path else f"no permission to write to {above}"
