"""The check of jobs that ask for more than their queue allows."""

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
    ("resources", "queue", "message", "hint"),
    [
        pytest.param(
            'wallclock-time-limit: "03:00"', "main",
            "wallclock-time-limit: a job asks for 3 h, but queue main allows 2 h",
            'write wallclock-time-limit: "02:00" or less, or choose queue gpu_queue', id="walltime",
        ),
        pytest.param(
            'wallclock-time-limit: "1-01:00:30"', "null",
            "wallclock-time-limit: a job asks for 1 d 1 h 30 s, but the default queue main allows 2 h",
            'write wallclock-time-limit: "02:00" or less, or choose queue gpu_queue',
            id="default queue",
        ),
        pytest.param(
            "per-thread-memory-limit: 5 GB, number-of-threads: 4", "main",
            "per-thread-memory-limit: a job asks for 20 GB for its 4 threads, but queue main allows "
            "16.78 GB",
            "write per-thread-memory-limit: 4194 MB or less, or choose queue gpu_queue", id="memory",
        ),
        pytest.param(
            "per-thread-memory-limit: 16778 MB", "main",
            "per-thread-memory-limit: a job asks for 16778000000 bytes, but queue main allows "
            "16777216000 bytes",
            "write per-thread-memory-limit: 16 GB or less, or choose queue gpu_queue",
            id="memory that looks alike",
        ),
        pytest.param(
            "number-of-threads: 9", "short,main",
            "number-of-threads: a job asks for 9 threads, but queue main or short allows 8 threads",
            "write number-of-threads: 8 or less, or choose queue gpu_queue", id="one of two",
        ),
        pytest.param(
            "number-of-threads: 65", "null",
            "number-of-threads: a job asks for 65 threads, but the default queue main allows 8 threads",
            "write number-of-threads: 8 or less", id="fits nowhere",
        ),
        pytest.param(
            "number-of-gpus: 1", "main",
            "number-of-gpus: a job asks for 1 GPU, but queue main has none",
            "write number-of-gpus: 0, or choose queue gpu_queue", id="no GPU",
        ),
        pytest.param(
            "number-of-gpus: 5", "gpu_queue",
            "number-of-gpus: a job asks for 5 GPUs, but queue gpu_queue allows 4 GPUs",
            "write number-of-gpus: 4 or less", id="too many GPUs",
        ),
    ],
)  # fmt: skip
def test_finds_what_is_over_the_limit(
    examine_site: Examine, resources: str, queue: str, message: str, hint: str
) -> None:
    (finding,) = examine_site(over_queue_limit, _slurm(resources, queue))
    assert (finding.severity, finding.message, finding.hint) == ("error", message, hint)
    name = message.partition(":")[0]
    assert finding.key == f"backends.slurm.resources-per-worker.{name}"
    assert finding.origin
    assert finding.origin.line == 5


def test_blames_the_default_walltime_where_nobody_said_one(examine_site: Examine) -> None:
    (finding,) = examine_site(over_queue_limit, _slurm("", "short"))
    assert finding.message == (
        "walltime: a job asks for 30 min, dask_jobqueue's default, but queue short allows 10 min"
    )
    assert finding.hint.startswith(
        'write backends.slurm.resources-per-worker.wallclock-time-limit: "00:10" or less'
    )
    assert finding.key == "jobqueue.slurm.walltime"
    assert finding.origin
    assert (finding.origin.kind, finding.origin.name) == ("default", "dask_jobqueue")


@pytest.mark.parametrize(
    ("own", "key", "words", "hint"),
    [
        pytest.param("walltime: '3:00:00'", "walltime", "3 h", 'walltime: "02:00:00"', id="time"),
        pytest.param("memory: 20GB, cores: 4", "memory", "20 GB,", "memory: 16 GB", id="memory"),
        pytest.param("cores: 16", "cores", "16 threads", "cores: 8", id="cores"),
    ],
)
def test_reads_dask_jobqueues_own_keys(
    examine_site: Examine, own: str, key: str, words: str, hint: str
) -> None:
    text = f"backends: {{default: slurm}}\njobqueue:\n  slurm: {{{own}}}\n"
    (finding,) = examine_site(over_queue_limit, text)
    assert finding.key == f"jobqueue.slurm.{key}"
    assert finding.message.startswith(f"{key}: a job asks for {words}")
    assert finding.hint.startswith(f"write {hint} or less")


def test_finds_each_of_several(examine_site: Examine) -> None:
    resources = 'number-of-gpus: 1, number-of-threads: 9, wallclock-time-limit: "03:00"'
    findings = examine_site(over_queue_limit, _slurm(resources))
    assert [finding.message.partition(":")[0] for finding in findings] == [
        "wallclock-time-limit",
        "number-of-threads",
        "number-of-gpus",
    ]


def test_the_variable_that_says_it_is_the_place(examine_site: Examine) -> None:
    name = "DASK_BACKENDS__SLURM__RESOURCES_PER_WORKER__NUMBER_OF_GPUS"
    variables = {"DASK_BACKENDS__DEFAULT": "slurm", name: "1"}
    (finding,) = examine_site(over_queue_limit, variables=variables)
    assert str(finding.origin) == name


@pytest.mark.parametrize(
    ("resources", "queue", "more"),
    [
        pytest.param('wallclock-time-limit: "02:00"', "main", "", id="just fits"),
        pytest.param("per-thread-memory-limit: 16000 MiB", "main", "", id="memory just fits"),
        pytest.param('wallclock-time-limit: "900:00"', "gpu_queue", "", id="no limit"),
        pytest.param('wallclock-time-limit: "03:00"', "none", "", id="unknown queue"),
        pytest.param('wallclock-time-limit: "03:00"', "main,gpu_queue", "", id="one of two"),
        pytest.param("number-of-gpus: 1", "gpu_queue", "", id="has a GPU"),
        pytest.param("number-of-gpus: 0", "main", "", id="no GPU"),
        pytest.param("number-of-gpus: many", "main", "", id="refused"),
        pytest.param(
            'wallclock-time-limit: "03:00"', "main", "    extra-script-options: ['-t 10']\n",
            id="said again",
        ),
        pytest.param(
            'wallclock-time-limit: "03:00"', "main", "    skip-script-options: ['--time']\n",
            id="left out",
        ),
        pytest.param(
            'wallclock-time-limit: "03:00"', "null", "    extra-script-options: ['-p gpu_queue']\n",
            id="queue of an extra option",
        ),
        pytest.param(
            "number-of-threads: 9", "main", "jobqueue: {slurm: {job-cpu: 2}}\n", id="own cpus",
        ),
        pytest.param(
            "per-thread-memory-limit: 99 GB", "main", "jobqueue: {slurm: {job-mem: 1G}}\n",
            id="own memory",
        ),
    ],
)  # fmt: skip
def test_silent_on_what_fits_or_cannot_be_known(
    examine_site: Examine, resources: str, queue: str, more: str
) -> None:
    assert examine_site(over_queue_limit, _slurm(resources, queue, more)) == []


def test_silent_where_the_scheduler_tells_no_limits(examine_site: Examine) -> None:
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
            "resource-spec: 'select=1:ncpus=1'", [], id="a text of the site's own",
        ),
        pytest.param("resources-per-worker: {wallclock-time-limit: '02:00'}",
                     ["wallclock-time-limit"], id="walltime"),
        pytest.param("resources-per-worker: {wallclock-time-limit: '02:00'}, "
                     "extra-script-options: ['-l walltime=00:10:00']", [], id="said again"),
        pytest.param("resources-per-worker: {number-of-gpus: 1}", [], id="unlimited"),
    ],
)  # fmt: skip
def test_asks_other_schedulers_in_their_words(
    examine_site: Examine, tunables: str, found: list[str]
) -> None:
    text = f"backends:\n  default: pbs\n  pbs: {{{tunables}}}\n"
    findings = examine_site(over_queue_limit, text, console=PBS)
    assert [finding.message.partition(":")[0] for finding in findings] == found
