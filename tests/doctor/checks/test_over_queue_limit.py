"""The check of jobs that request more than their queue allows."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import over_queue_limit
from tests.doctor.checks.conftest import SLURM, Examine

ROW = "main*|up|2:00:00|8|16000|(null)"


def _slurm(resources: str, queue: str = "null", more: str = "") -> str:
    return (
        f"backends:\n  default: slurm\n  slurm:\n    queue-name: {queue}\n"
        f"    resources-per-worker: {{{resources}}}\n{more}"
    )


@pytest.mark.parametrize(
    ("resources", "queue", "amounts", "hint"),
    [
        pytest.param('wallclock-time-limit: "03:00"', "main", ("3 h", "2 h"),
                     'to "02:00" or less, or use queue gpu_queue', id="walltime"),
        pytest.param('wallclock-time-limit: "1-01:00:30"', "null", ("1 d 1 h 30 s", "2 h"),
                     'to "02:00" or less, or use queue gpu_queue', id="default queue"),
        pytest.param("per-thread-memory-limit: 5 GB, number-of-threads: 4", "main",
                     ("20 GB", "16.78 GB"), "to 4194 MB or less, or use queue gpu_queue",
                     id="memory"),
        pytest.param("per-thread-memory-limit: 16778 MB", "main",
                     ("16778000000 bytes", "16777216000 bytes"),
                     "to 16 GB or less, or use queue gpu_queue", id="amounts that look alike"),
        pytest.param("number-of-threads: 9", "short,main", ("9 threads", "8 threads"),
                     "to 8 or less, or use queue gpu_queue", id="one of two queues"),
        pytest.param("number-of-threads: 65", "null", ("65 threads", "8 threads"),
                     "to 8 or less", id="fits nowhere"),
        pytest.param("number-of-gpus: 1", "main", ("1 GPU", "none"),
                     "to 0, or use queue gpu_queue", id="no GPU"),
        pytest.param("number-of-gpus: 5", "gpu_queue", ("5 GPUs", "4 GPUs"), "to 4 or less",
                     id="too many GPUs"),
    ],
)  # fmt: skip
def test_finds_amounts_over_the_limit(
    examine_site: Examine, resources: str, queue: str, amounts: tuple[str, str], hint: str
) -> None:
    (finding,) = examine_site(over_queue_limit, _slurm(resources, queue))
    name = resources.partition(":")[0]
    key = f"backends.slurm.resources-per-worker.{name}"
    assert (finding.severity, finding.key, finding.hint) == ("error", key, f"Set {name} {hint}")
    assert f"requests {amounts[0]}" in finding.message
    assert finding.message.endswith(amounts[1])
    assert finding.origin
    assert finding.origin.line == 5


def test_reports_the_default_walltime_if_none_is_set(examine_site: Examine) -> None:
    (finding,) = examine_site(over_queue_limit, _slurm("", "short"))
    key = "backends.slurm.resources-per-worker.wallclock-time-limit"
    assert finding.hint.startswith(f'Set {key} to "00:10" or less')
    assert finding.key == "jobqueue.slurm.walltime"
    assert finding.origin
    assert (finding.origin.kind, finding.origin.name) == ("default", "dask_jobqueue")


@pytest.mark.parametrize(
    ("own", "key", "hint"),
    [
        pytest.param("walltime: '3:00:00'", "walltime", 'walltime to "02:00:00"', id="time"),
        pytest.param("memory: 20GB, cores: 4", "memory", "memory to 16 GB", id="memory"),
        pytest.param("cores: 16", "cores", "cores to 8", id="cores"),
    ],
)
def test_reads_dask_jobqueues_own_keys(
    examine_site: Examine, own: str, key: str, hint: str
) -> None:
    text = f"backends: {{default: slurm}}\njobqueue:\n  slurm: {{{own}}}\n"
    (finding,) = examine_site(over_queue_limit, text)
    assert finding.key == f"jobqueue.slurm.{key}"
    assert finding.hint.startswith(f"Set {hint} or less")


def test_finds_each_of_several(examine_site: Examine) -> None:
    resources = 'number-of-gpus: 1, number-of-threads: 9, wallclock-time-limit: "03:00"'
    findings = examine_site(over_queue_limit, _slurm(resources))
    assert [finding.message.partition(":")[0] for finding in findings] == [
        "wallclock-time-limit",
        "number-of-threads",
        "number-of-gpus",
    ]


def test_the_origin_is_the_variable_that_sets_it(examine_site: Examine) -> None:
    name = "DASK_BACKENDS__SLURM__RESOURCES_PER_WORKER__NUMBER_OF_GPUS"
    variables = {"DASK_BACKENDS__DEFAULT": "slurm", name: "1"}
    (finding,) = examine_site(over_queue_limit, variables=variables)
    assert str(finding.origin) == name


def test_accepts_amounts_that_fit_or_cannot_be_compared(examine_site: Examine) -> None:
    cases = {
        "just fits": ('wallclock-time-limit: "02:00"', "main", ""),
        "memory just fits": ("per-thread-memory-limit: 16000 MiB", "main", ""),
        "no limit": ('wallclock-time-limit: "900:00"', "gpu_queue", ""),
        "unknown queue": ('wallclock-time-limit: "03:00"', "none", ""),
        "one of two": ('wallclock-time-limit: "03:00"', "main,gpu_queue", ""),
        "has a GPU": ("number-of-gpus: 1", "gpu_queue", ""),
        "no GPU": ("number-of-gpus: 0", "main", ""),
        "refused": ("number-of-gpus: many", "main", ""),
        "set again by an option": (
            'wallclock-time-limit: "03:00"',
            "main",
            "    extra-script-options: ['-t 10']\n",
        ),
        "left out": (
            'wallclock-time-limit: "03:00"',
            "main",
            "    skip-script-options: ['--time']\n",
        ),
        "queue of an extra option": (
            'wallclock-time-limit: "03:00"',
            "null",
            "    extra-script-options: ['-p gpu_queue']\n",
        ),
        "own cpus": ("number-of-threads: 9", "main", "jobqueue: {slurm: {job-cpu: 2}}\n"),
        "own memory": (
            "per-thread-memory-limit: 99 GB",
            "main",
            "jobqueue: {slurm: {job-mem: 1G}}\n",
        ),
    }
    found = {
        name: examine_site(over_queue_limit, _slurm(resources, queue, more))
        for name, (resources, queue, more) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_silent_if_the_scheduler_has_no_limits(examine_site: Examine) -> None:
    text = _slurm('wallclock-time-limit: "03:00", number-of-threads: 99')
    console = SLURM.replace(ROW, "main*|up|infinite|8+|16000+|gpu:2")
    assert examine_site(over_queue_limit, text, console=console) == []
    assert examine_site(over_queue_limit, text, console="") == []


PBS = """
$ qstat -B
Server             Max   Tot   Que   Run   Hld   Wat   Trn   Ext Status
$ qstat -Qf
Queue: workq
    enabled = True
    started = True
    resources_max.walltime = 01:00:00
    resources_max.mem = 4gb
$ qstat -Bf
Server: head
    default_queue = workq
"""


@pytest.mark.parametrize(
    ("tunables", "found"),
    [
        pytest.param(
            "resources-per-worker: {per-thread-memory-limit: 6 GB}", ["per-thread-memory-limit"],
            id="select",
        ),
        pytest.param(
            "resources-per-worker: {per-thread-memory-limit: 6 GB}, "
            "resource-spec: 'select=1:ncpus=1'", [], id="a string of the site's own",
        ),
        pytest.param("resources-per-worker: {wallclock-time-limit: '02:00'}",
                     ["wallclock-time-limit"], id="walltime"),
        pytest.param("resources-per-worker: {wallclock-time-limit: '02:00'}, "
                     "extra-script-options: ['-l walltime=00:10:00']", [], id="set again by an option"),
        pytest.param("resources-per-worker: {number-of-gpus: 1}", [], id="unlimited"),
    ],
)  # fmt: skip
def test_compares_with_the_limits_of_pbs(
    examine_site: Examine, tunables: str, found: list[str]
) -> None:
    text = f"backends:\n  default: pbs\n  pbs: {{{tunables}}}\n"
    findings = examine_site(over_queue_limit, text, console=PBS)
    assert [finding.message.partition(":")[0] for finding in findings] == found
