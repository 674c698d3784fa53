"""What the jobs of a configuration request, and which keys set it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import dask.config
import pytest

from dask_backend_config import DaskPBSBackend, DaskSGEBackend, DaskSLURMBackend
from dask_backend_config.backends.jobqueue.backend import BaseDaskJobQueueBackend
from dask_backend_config.backends.resources import GPUS, MEMORY, THREADS, WALLTIME
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.job_requests import ConfiguredJob
from dask_backend_config.doctor.site import QUEUE
from dask_backend_config.schedulers import SCHEDULERS

Read = Callable[..., ConfiguredJob]


@pytest.fixture
def read(user_folder: Path) -> Read:
    """Return the job of a kind for the content of a file."""

    def of(text: str, kind: str = "slurm", profile: str | None = None) -> ConfiguredJob:
        (user_folder / "dask.yaml").write_text(text)
        return ConfiguredJob(gather_facts().readings, SCHEDULERS[kind], profile)

    return of


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        pytest.param(
            "", "slurm", {WALLTIME: ("jobqueue.slurm.walltime", 1800)}, id="defaults of slurm"
        ),
        pytest.param("", "htcondor", {}, id="defaults of HTCondor"),
        pytest.param(
            "backends:\n  jobqueue: {queue-name: a}\n  slurm: {queue_name: b}\n", "slurm",
            {QUEUE: ("backends.slurm.queue-name", "b"), WALLTIME: ("jobqueue.slurm.walltime", 1800)},
            id="section of the scheduler first",
        ),
        pytest.param(
            "jobqueue: {lsf: {queue: a, walltime: '01:30', ncpus: 4, cores: 2}}\n", "lsf",
            {QUEUE: ("jobqueue.lsf.queue", "a"), WALLTIME: ("jobqueue.lsf.walltime", 5400)},
            id="in the scheduler's own form",
        ),
        pytest.param(
            "backends: {jobqueue: {resources-per-worker: {number-of-threads: 4,"
            " per-thread-memory-limit: 1 GB, number-of-gpus: 2}}}\n", "pbs",
            {
                WALLTIME: ("jobqueue.pbs.walltime", 1800),
                MEMORY: ("backends.jobqueue.resources-per-worker.per-thread-memory-limit", 4 * 10**9),
                THREADS: ("backends.jobqueue.resources-per-worker.number-of-threads", 4),
                GPUS: ("backends.jobqueue.resources-per-worker.number-of-gpus", 2),
            },
            id="all in one line of options",
        ),
        pytest.param(
            "backends: {sge: {resources-per-worker: {per-thread-memory-limit: 1 GB}}}\n", "sge",
            {WALLTIME: ("jobqueue.sge.walltime", 1800)}, id="memory without a complex",
        ),
        pytest.param(
            "jobqueue: {slurm: {memory: 8GB, job-mem: 2G, cores: 4, job-cpu: 1, walltime: '1:00:00'}}\n",
            "slurm", {WALLTIME: ("jobqueue.slurm.walltime", 3600)}, id="replaced by other keys",
        ),
        pytest.param(
            "backends: {slurm: {skip-script-options: ['--time', '--mem']}}\n"
            "jobqueue: {slurm: {memory: 8GB}}\n", "slurm", {}, id="skipped",
        ),
        pytest.param(
            "jobqueue: {slurm: {queue: a, job-extra-directives: ['--partition b', '--time=5']}}\n",
            "slurm", {}, id="repeated",
        ),
        pytest.param(
            "jobqueue: {sge: {job-extra-directives: ['-l h_rt=1:00:00']}}\n", "sge", {},
            id="repeated after -l",
        ),
        pytest.param(
            "jobqueue: {pbs: {job-extra-directives: ['-l place=scatter']}}\n", "pbs",
            {WALLTIME: ("jobqueue.pbs.walltime", 1800)}, id="another resource after -l",
        ),
        pytest.param(
            "backends: {slurm: {queue-name: a, lifetime-margin: 1 hour}}\n", "slurm",
            {QUEUE: ("backends.slurm.queue-name", "a")}, id="invalid: only the queue",
        ),
    ],
)  # fmt: skip
def test_options_in_the_job_script_are_requested(
    read: Read, text: str, kind: str, expected: dict[str, tuple[str, object]]
) -> None:
    asked = read(text, kind).requested_resources()
    assert {name: (entry.key, entry.amount) for name, entry in asked.items()} == expected


def test_a_request_has_its_value_and_origin(read: Read) -> None:
    text = "backends:\n  profiles:\n    big: {backend: slurm, queue-name: a}\n"
    asked = read(text, profile="big").requested_resources()
    assert (asked[QUEUE].value, asked[QUEUE].name) == ("a", "queue-name")
    assert (asked[QUEUE].origin.line, asked[QUEUE].origin.column) == (3, 39)
    assert not asked[QUEUE].origin.is_default
    assert str(asked[WALLTIME].origin) == "default of dask_jobqueue"
    assert asked[WALLTIME].origin.is_default


@pytest.mark.parametrize(
    ("option", "kind", "named"),
    [
        pytest.param("--partition=a", "slurm", True, id="long"),
        pytest.param("-p a", "slurm", True, id="short"),
        pytest.param("-t5 -pa", "slurm", True, id="joined, among others"),
        pytest.param("--part=a", "slurm", True, id="abbreviated"),
        pytest.param("-q a", "slurm", False, id="quality of service"),
        pytest.param("-q a", "pbs", True, id="PBS"),
        pytest.param("-p 5", "pbs", False, id="priority"),
        pytest.param("requirements = x", "htcondor", False, id="no queues"),
    ],
)
def test_an_extra_option_may_set_the_queue(read: Read, option: str, kind: str, named: bool) -> None:
    text = f"backends: {{{kind}: {{extra-script-options: ['{option}']}}}}\n"
    assert read(text, kind).queue_in_extra_options() is named


@pytest.mark.parametrize(
    ("text", "backend"),
    [
        pytest.param("", DaskSLURMBackend, id="defaults"),
        pytest.param(
            "backends:\n  jobqueue: {queue-name: a, resources-per-worker: {number-of-threads: 3}}\n"
            "  pbs: {account: b, log-directory: ~/logs, gpu-directive: 'ngpus={number_of_gpus}'}\n"
            "jobqueue: {pbs: {walltime: '01:30:00', memory: 6GB}}\n",
            DaskPBSBackend, id="PBS",
        ),
        pytest.param(
            "jobqueue: {sge: {queue: a, project: p, cores: 1, memory: 2GB, walltime: '600'}}\n"
            "backends: {sge: {memory-resource: mem_free}}\n", DaskSGEBackend, id="Grid Engine",
        ),
    ],
)  # fmt: skip
def test_a_backend_with_the_same_configuration_requests_the_same(
    read: Read, text: str, backend: type[BaseDaskJobQueueBackend], user_folder: Path
) -> None:
    jobs = read(text, backend.kind)
    with dask.config.set(dask.config.collect([str(user_folder)], env={})):
        made = backend()
    assert jobs._job is not None
    assert jobs._job.header() == made._groups[""].job.header()
    assert jobs._job.request == made._groups[""].job.request


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param("{}", "eth0", id="shared with workers"),
        pytest.param("{interface: ib0}", "ib0", id="the scheduler's own"),
        pytest.param("{host: head}", None, id="an address instead"),
        pytest.param("[1]", "eth0", id="not a section"),
    ],
)
def test_the_interface_of_the_scheduler_is_found(
    read: Read, options: str, expected: str | None
) -> None:
    text = f"jobqueue: {{slurm: {{interface: eth0, scheduler-options: {options}}}}}\n"
    found = read(text).scheduler_interface()
    assert (found.value if found else None) == expected


def test_python_is_missing_only_if_its_path_does_not_exist(read: Read) -> None:
    assert read("").missing_python() is None
    assert read(f"jobqueue: {{slurm: {{python: {sys.executable}}}}}\n").missing_python() is None
    missing = read("jobqueue: {slurm: {python: /none/python}}\n").missing_python()
    assert missing is not None
    assert missing.key == "jobqueue.slurm.python"


ODD_VALUES = ("[]", "{a: 1}", "-1", "true", '"a\\nb"', "2020-01-01")


@pytest.mark.parametrize(
    "key",
    [
        "backends.slurm.queue-name", "backends.slurm.log-directory", "backends.slurm.python",
        "backends.slurm.interface", "backends.slurm.shared-temp-directory", "backends.slurm",
        "backends.jobqueue.resources-per-worker", "jobqueue.slurm", "jobqueue.slurm.walltime",
        "jobqueue.slurm.job-cpu", "jobqueue.slurm.scheduler-options",
        "distributed.worker.lifetime.duration", "distributed.comm.tls.ca-file",
    ],
)  # fmt: skip
def test_invalid_values_count_as_not_set(read: Read, key: str) -> None:
    opened, closed = "".join(f"{{{name}: " for name in key.split(".")), "}" * len(key.split("."))
    for value in ODD_VALUES:
        job = read(f"{opened}{value}{closed}\n")
        job.requested_resources()
        job.queue_in_extra_options()
        job.scheduler_interface()
        list(job.folders())
        job.missing_python()
