"""What jobs would ask for by a configuration, with the key that says each; nobody is asked.

It reads tunables as the backends do, with their own code, so that both agree on what counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from ..backends.jobqueue.job_script import WorkerJob, expanded
from ..backends.jobqueue.options import own_tunables, private_parent, worker_job, worker_resources
from ..backends.options import BackendOptions, ConfigTree
from ..backends.resources import GPUS, MEMORY, THREADS, WALLTIME
from ..catalogue import backend_schema, shipped
from ..config.merge import plain
from ..config.resolve import Resolution
from ..core.errors import ConfigValueError
from ..core.keys import hyphenated
from ..core.origins import Origin
from ..schedulers import BatchScheduler, JobRequest
from .site import QUEUE, Folder, RequestedResource

Result = TypeVar("Result")
#: Tunable -> its part of a request, and how to take it out of one.
_PARTS: dict[str, tuple[str, Callable[[JobRequest], JobRequest]]] = {
    QUEUE: ("queue", lambda request: replace(request, queue=None)),
    WALLTIME: ("walltime", lambda request: replace(request, walltime=None)),
    MEMORY: ("memory", lambda request: replace(request, memory=None)),
    THREADS: ("threads", lambda request: replace(request, threads=request.threads + 1)),
    GPUS: ("gpus", lambda request: replace(request, gpus=0)),
}
#: Where all of these are said, no temporary certificates are made.
_TLS = tuple(
    f"distributed.comm.tls.{name}"
    for name in ("ca-file", "client.cert", "scheduler.cert", "worker.cert")
)
#: Short forms of Slurm's options.
_LONG = {"-p": "--partition", "-t": "--time", "-c": "--cpus-per-task"}


class ConfiguredJob:
    """The jobs of one backend.

    Parameters
    ----------
    resolution : Resolution
        What a new process would see.
    scheduler : BatchScheduler
    profile : str, optional
        A name below ``backends.profiles``.

    Notes
    -----
    What a backend would refuse counts as not said: other checks judge single values.
    """

    def __init__(
        self, resolution: Resolution, scheduler: BatchScheduler, profile: str | None = None
    ) -> None:
        self._resolution = resolution
        self._scheduler = scheduler
        configuration = ConfigTree(plain(resolution.tree), self._origin)
        self._settings = BackendOptions(scheduler.kind, scheduler.title, {}, profile, configuration)
        self._job = _unless_refused(self._made)

    def asked(self) -> dict[str, RequestedResource]:
        """Tunable -> what a line of the job script asks for because of it."""
        if self._job is None:
            queue = self._said(QUEUE)
            return {QUEUE: queue} if queue and isinstance(queue.value, str) else {}
        request, found = self._job.request, {}
        for tunable, (part, without) in _PARTS.items():
            amount = getattr(request, part)
            lines = _lines_for(self._job, without)
            said = self._said(tunable)
            if amount and lines and said and not self._is_said_again(lines):
                found[tunable] = replace(said, amount=amount)
        return found

    def names_queue_itself(self) -> bool:
        """Whether an extra option says the queue, and not a tunable for it."""
        if self._job is None:
            return False
        named = replace(self._job, request=replace(self._job.request, queue="x"), skip=())
        lines = _unless_refused(lambda: _lines_for(named, _PARTS[QUEUE][1]))
        return self._is_said_again(lines or ())

    def interface(self) -> RequestedResource | None:
        """The interface on which the cluster's scheduler listens, where one is said."""
        options = _unless_refused(lambda: self._settings.of_jobqueue("scheduler-options"))
        options = options if isinstance(options, Mapping) else {}
        if "host" in options:
            return None
        if "interface" in options:
            key = f"jobqueue.{self._scheduler.kind}.scheduler-options.interface"
            value = options["interface"]
            found: RequestedResource | None = RequestedResource(
                key, value, value, self._origin_or_ours(key)
            )
        else:
            found = self._said("interface")
        return found if found and isinstance(found.value, str) else None

    def folders(self) -> Iterator[Folder]:
        """The folders that are written from this machine, or from the nodes that share them."""
        if logs := self._said("log-directory"):
            yield _folder(logs)
        if not self._needs_certificates():
            return
        if shared := self._said("shared-temp-directory"):
            yield _folder(shared)
        elif path := _unless_refused(lambda: private_parent(self._settings)):
            key = f"{backend_schema.ROOT}.{self._scheduler.kind}.shared-temp-directory"
            asked = RequestedResource(key, None, path, Origin("default", name=shipped.OURS))
            yield Folder(asked, _why_not_writable(path))

    def missing_python(self) -> RequestedResource | None:
        """The Python of the jobs, where it is a whole path that this machine does not have."""
        python = self._said("python")
        if python is None or not isinstance(python.value, str):
            return None
        path = os.path.expanduser(python.value)
        is_whole = os.path.isabs(path) and "$" not in path
        return python if is_whole and not os.path.exists(path) else None

    def _made(self) -> WorkerJob:
        own = own_tunables(self._settings, self._scheduler)
        resources = worker_resources(self._settings, self._scheduler)
        return worker_job(self._settings, self._scheduler, resources, own)

    def _needs_certificates(self) -> bool:
        """Whether temporary certificates are written: encrypted, and none are configured."""
        said = [_unless_refused(lambda key=key: self._settings.elsewhere(key)) for key in _TLS]  # type: ignore[misc]
        return bool(_unless_refused(lambda: self._settings.value("security"))) and not all(said)

    def _said(self, tunable: str) -> RequestedResource | None:
        """What counts for a tunable, None where it is refused or nobody says anything."""
        said = _unless_refused(lambda: self._settings.said(tunable))
        if said is None or said.value is None or said.key is None:
            return None
        return RequestedResource(
            hyphenated(said.key), said.value, said.value, self._origin_or_ours(said.key)
        )

    def _is_said_again(self, lines: Sequence[str]) -> bool:
        """Whether an extra option behind `lines` takes their place."""
        extra = self._job.extra_options if self._job else ()
        return bool({*map(_option, lines)} & {*map(_option, extra)})

    def _origin(self, key: str) -> Origin | None:
        found = self._resolution.value(key)
        return found.origin if found else None

    def _origin_or_ours(self, key: str) -> Origin:
        return self._origin(key) or Origin("default", name=shipped.OURS)


def _unless_refused(read: Callable[[], Result]) -> Result | None:
    try:
        return read()
    except ConfigValueError:
        return None


def _lines_for(job: WorkerJob, without: Callable[[JobRequest], JobRequest]) -> list[str]:
    """The lines of a job script's head that are there, or so, only because of one part."""
    other = replace(job, request=without(job.request))
    rest = _unless_refused(other.head)
    return [] if rest is None else [line for line in job.head() if line not in rest]


def _option(line: str) -> tuple[str, ...]:
    """What an option is about.

    Examples
    --------
    >>> _option("--partition=main"), _option("-p main"), _option("-l h_rt=01:00:00")
    (('--partition',), ('--partition',), ('-l', 'h_rt'))
    """
    name, equals, _ = line.replace('"', "").partition("=")
    words = name.split() or [""]
    return (_LONG.get(words[0], words[0]), *(words[1:2] if equals else ()))


def _folder(asked: RequestedResource) -> Folder:
    try:
        path = expanded(str(asked.value))
    except ValueError as error:
        return Folder(replace(asked, amount=None), str(error))
    return Folder(replace(asked, amount=path), _why_not_writable(path))


def _why_not_writable(path: str) -> str:
    """Why a folder cannot be written or made, empty where it can; nothing is tried."""
    above = path
    while not os.path.lexists(above) and above != os.path.dirname(above):
        above = os.path.dirname(above)
    if not os.path.isdir(above):
        return f"{above} is no folder"
    if os.access(above, os.W_OK | os.X_OK):
        return ""
    return "you may not write there" if above == path else f"you may not write to {above}"
