"""What each scheduler is asked for: a request, and the exact options."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from dask_backend_config.core.errors import ConfigValueError
from dask_backend_config.schedulers import SCHEDULERS, JobRequest

GIB = 2**30
PLAIN = JobRequest("dask-worker")
FULL = JobRequest(
    "dask-worker",
    queue="long",
    account="chemistry",
    threads=4,
    memory=16 * GIB,
    walltime=90 * 60,
    gpus=2,
    log_directory="/scratch/logs",
)
SMP = {"parallel-environment": "smp", "memory-resource": "mem_free", "gpu-resource": "gpu"}
GE_GPUS = "-l gpu=2"


def asked(kind: str, request: JobRequest, **changes: Any) -> list[str]:
    return SCHEDULERS[kind].options(dataclasses.replace(request, **changes))


def added(kind: str, **changes: Any) -> list[str]:
    """The options of a request that a plain one does not have."""
    plain = asked(kind, PLAIN)
    return [option for option in asked(kind, PLAIN, **changes) if option not in plain]


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        pytest.param(
            "slurm",
            ["--job-name=dask-worker", "--nodes=1", "--ntasks=1", "--cpus-per-task=1"],
            id="slurm",
        ),
        pytest.param("lsf", ["-J dask-worker", "-n 1"], id="lsf"),
        pytest.param("pbs", ["-N dask-worker", "-l select=1:ncpus=1"], id="pbs"),
        pytest.param("sge", ["-N dask-worker", "-S /bin/bash", "-cwd", "-j y"], id="sge"),
        pytest.param("htcondor", ["batch_name = dask-worker", "request_cpus = 1"], id="htcondor"),
        pytest.param("oar", ["-n dask-worker", "-l /nodes=1/core=1"], id="oar"),
        pytest.param("moab", ["-N dask-worker", "-l nodes=1:ppn=1"], id="moab"),
    ],
)
def test_nothing_is_asked_that_nobody_said(kind: str, options: list[str]) -> None:
    assert asked(kind, PLAIN) == options


@pytest.mark.parametrize(
    ("kind", "changes", "options"),
    [
        pytest.param(
            "slurm",
            {},
            [
                "--job-name=dask-worker",
                "--partition=long",
                "--account=chemistry",
                "--nodes=1",
                "--ntasks=1",
                "--cpus-per-task=4",
                "--mem=16384M",
                "--time=01:30:00",
                "--gres=gpu:2",
                "--output=/scratch/logs/dask-worker-%j.out",
                "--error=/scratch/logs/dask-worker-%j.err",
            ],
            id="slurm",
        ),
        pytest.param(
            "lsf",
            {},
            [
                "-J dask-worker",
                "-q long",
                "-P chemistry",
                "-n 4",
                '-R "span[hosts=1]"',
                "-M 16777216",
                "-W 01:30",
                '-gpu "num=2:j_exclusive=yes"',
                "-o /scratch/logs/dask-worker-%J.out",
                "-e /scratch/logs/dask-worker-%J.err",
            ],
            id="lsf",
        ),
        pytest.param(
            "pbs",
            {},
            [
                "-N dask-worker",
                "-q long",
                "-A chemistry",
                "-l select=1:ncpus=4:mem=16384mb:ngpus=2",
                "-l walltime=01:30:00",
                "-o /scratch/logs/",
                "-e /scratch/logs/",
            ],
            id="pbs",
        ),
        pytest.param(
            "sge",
            {"scheduler_specific": SMP, "gpu_directive": GE_GPUS},
            [
                "-N dask-worker",
                "-q long",
                "-P chemistry",
                "-pe smp 4",
                "-l mem_free=4096M",
                "-l gpu=2",
                "-l h_rt=01:30:00",
                "-S /bin/bash",
                "-cwd",
                "-j y",
                "-o /scratch/logs/",
            ],
            id="sge",
        ),
        pytest.param(
            "htcondor",
            {"queue": None, "scheduler_specific": {"disk": "2 GiB"}},
            [
                "batch_name = dask-worker",
                "accounting_group = chemistry",
                "request_cpus = 4",
                "request_memory = 16384",
                "request_disk = 2097152",
                "request_gpus = 2",
                "output = /scratch/logs/dask-worker-$(ClusterId).$(ProcId).out",
                "error = /scratch/logs/dask-worker-$(ClusterId).$(ProcId).err",
                "log = /scratch/logs/dask-worker-$(ClusterId).$(ProcId).log",
                "stream_output = True",
                "stream_error = True",
            ],
            id="htcondor",
        ),
        pytest.param(
            "oar",
            {"scheduler_specific": {"memory-per-core-property-name": "mem_core"}},
            [
                "-n dask-worker",
                "-q long",
                "--project chemistry",
                "-l /nodes=1/gpu=2/core=2,walltime=01:30:00",
                "-p mem_core>=4096",
                "-O /scratch/logs/dask-worker-%jobid%.out",
                "-E /scratch/logs/dask-worker-%jobid%.err",
            ],
            id="oar",
        ),
        pytest.param(
            "moab",
            {},
            [
                "-N dask-worker",
                "-q long",
                "-A chemistry",
                "-l nodes=1:ppn=4:gpus=2,mem=16384mb",
                "-l walltime=01:30:00",
                "-o /scratch/logs/",
                "-e /scratch/logs/",
            ],
            id="moab",
        ),
    ],
)
def test_all_that_was_said_is_asked_for(
    kind: str, changes: dict[str, Any], options: list[str]
) -> None:
    assert asked(kind, FULL, **changes) == options


@pytest.mark.parametrize(
    ("kind", "memory", "own", "option"),
    [
        pytest.param("slurm", 2**20, {}, "--mem=1M", id="slurm: a whole unit"),
        pytest.param("slurm", 2**20 + 1, {}, "--mem=2M", id="slurm: rounded up"),
        pytest.param("lsf", 1024 * 7 + 1, {}, "-M 8", id="lsf: KB where nothing says another unit"),
        pytest.param("lsf", GIB + 1, {"memory-unit": "mb"}, "-M 1025", id="lsf: MB"),
        pytest.param("lsf", 4 * GIB, {"memory-unit": "gb"}, "-M 4", id="lsf: GB"),
        pytest.param("lsf", GIB, {"memory-unit": "TB"}, "-M 1", id="lsf: TB, in capitals"),
        pytest.param("lsf", GIB, {"mem": 2 * GIB}, "-M 2097152", id="lsf: the site's mem"),
        pytest.param("lsf", None, {"mem": 2 * GIB}, "-M 2097152", id="lsf: the site's mem alone"),
        pytest.param("pbs", 2**20, {}, "-l select=1:ncpus=1:mem=1mb", id="pbs: whole MB"),
        pytest.param(
            "pbs", 4 * 10**9, {}, "-l select=1:ncpus=1:mem=3906250kb", id="pbs: exact in KB"
        ),
        pytest.param("pbs", 2**20 + 1, {}, "-l select=1:ncpus=1:mem=1025kb", id="pbs: rounded up"),
        pytest.param("sge", 2**20 + 1, SMP, "-l mem_free=2M", id="sge: rounded up"),
        pytest.param(
            "sge", GIB, {"memory-resource": "h_vmem"}, "-l h_vmem=1024M", id="sge: its name"
        ),
        pytest.param("htcondor", 2**20 + 1, {}, "request_memory = 2", id="htcondor: rounded up"),
        pytest.param(
            "oar",
            2**20 + 1,
            {"memory-per-core-property-name": "memcore"},
            "-p memcore>=2",
            id="oar: rounded up",
        ),
        pytest.param("moab", 2**20 + 1, {}, "-l nodes=1:ppn=1,mem=2mb", id="moab: rounded up"),
    ],
)
def test_memory_is_asked_for_in_whole_units_never_less(
    kind: str, memory: int | None, own: dict[str, Any], option: str
) -> None:
    assert option in asked(kind, PLAIN, memory=memory, scheduler_specific=own)


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        pytest.param("sge", {"memory-resource": None}, id="sge: without a complex for it"),
        pytest.param("oar", {"memory-per-core-property-name": None}, id="oar: without a property"),
        pytest.param(
            "oar", {"memory-per-core-property-name": "not_applicable"}, id="oar: none is applicable"
        ),
    ],
)
def test_memory_is_not_asked_for_where_the_site_has_no_word_for_it(
    kind: str, own: dict[str, Any]
) -> None:
    assert asked(kind, PLAIN, memory=GIB, scheduler_specific=own) == asked(kind, PLAIN)


def test_memory_of_a_job_is_divided_over_the_slots_of_grid_engine_and_rounded_up() -> None:
    own = {"parallel-environment": "smp", "memory-resource": "h_vmem"}
    assert "-l h_vmem=342M" in asked("sge", PLAIN, threads=3, memory=GIB, scheduler_specific=own)


@pytest.mark.parametrize(
    ("kind", "seconds", "option"),
    [
        pytest.param("slurm", 30, "--time=00:00:30", id="slurm: seconds"),
        pytest.param("slurm", 26 * 3600, "--time=1-02:00:00", id="slurm: days"),
        pytest.param("lsf", 21540, "-W 05:59", id="lsf"),
        pytest.param("lsf", 61, "-W 00:02", id="lsf: rounded up to minutes"),
        pytest.param("lsf", 100 * 3600, "-W 100:00", id="lsf: days are hours"),
        pytest.param("pbs", 10, "-l walltime=00:00:10", id="pbs: seconds"),
        pytest.param("pbs", 100 * 3600, "-l walltime=100:00:00", id="pbs: days are hours"),
        pytest.param("sge", 600, "-l h_rt=00:10:00", id="sge"),
        pytest.param("oar", 600, "-l /nodes=1/core=1,walltime=00:10:00", id="oar"),
        pytest.param("moab", 600, "-l walltime=00:10:00", id="moab"),
    ],
)
def test_a_walltime_has_each_schedulers_own_form(kind: str, seconds: int, option: str) -> None:
    assert option in asked(kind, PLAIN, walltime=seconds)


def test_htcondor_is_asked_for_no_walltime_since_it_has_none() -> None:
    assert added("htcondor", walltime=600) == []


@pytest.mark.parametrize(
    ("kind", "changes", "options"),
    [
        pytest.param("slurm", {}, ["--gres=gpu:1"], id="slurm"),
        pytest.param(
            "slurm", {"gpu_directive": "--gpus=a100:1"}, ["--gpus=a100:1"], id="slurm: the site's"
        ),
        pytest.param("lsf", {}, ['-gpu "num=1:j_exclusive=yes"'], id="lsf"),
        pytest.param(
            "lsf",
            {"gpu_directive": '-gpu "num=1:mode=exclusive_process"'},
            ['-gpu "num=1:mode=exclusive_process"'],
            id="lsf: the site's",
        ),
        pytest.param("pbs", {}, ["-l select=1:ncpus=1:ngpus=1"], id="pbs: inside of the select"),
        pytest.param(
            "pbs",
            {"gpu_directive": "ngpus=1:gpu_model=a100"},
            ["-l select=1:ncpus=1:ngpus=1:gpu_model=a100"],
            id="pbs: the site's inside of the select",
        ),
        pytest.param(
            "pbs",
            {"gpu_directive": "-l accelerators=1"},
            ["-l accelerators=1"],
            id="pbs: the site's option, and no ngpus",
        ),
        pytest.param(
            "pbs",
            {"scheduler_specific": {"resource-spec": "select=1:ncpus=4:ngpus=1"}},
            ["-l select=1:ncpus=4:ngpus=1"],
            id="pbs: in the site's resources",
        ),
        pytest.param(
            "pbs",
            {
                "scheduler_specific": {"resource-spec": "select=1:ncpus=4"},
                "gpu_directive": "ngpus=1",
            },
            ["-l select=1:ncpus=4:ngpus=1"],
            id="pbs: behind the site's resources",
        ),
        pytest.param(
            "sge", {"scheduler_specific": SMP}, ["-pe smp 1", "-l gpu=1"], id="sge: one slot"
        ),
        pytest.param("sge", {}, ["-l gpu=1"], id="sge: no tunables at all"),
        pytest.param(
            "sge",
            {"scheduler_specific": {"gpu-resource": "ngpus"}},
            ["-l ngpus=1"],
            id="sge: its name",
        ),
        pytest.param(
            "sge",
            {"gpu_directive": "-l gpu=1,gpu_type=a100"},
            ["-l gpu=1,gpu_type=a100"],
            id="sge: the site's",
        ),
        pytest.param(
            "sge",
            {"scheduler_specific": {"resource-spec": "gpu=1,mem=4G"}},
            ["-l gpu=1,mem=4G"],
            id="sge: in the site's resources",
        ),
        pytest.param(
            "sge",
            {"scheduler_specific": {"resource-spec": "mem=4G"}, "gpu_directive": "-l gpu=1"},
            ["-l mem=4G", "-l gpu=1"],
            id="sge: beside the site's resources",
        ),
        pytest.param("htcondor", {}, ["request_gpus = 1"], id="htcondor"),
        pytest.param(
            "htcondor",
            {"gpu_directive": "request_gpus = 1 + 0"},
            ["request_gpus = 1 + 0"],
            id="htcondor: the site's",
        ),
        pytest.param("oar", {}, ["-l /nodes=1/gpu=1/core=1"], id="oar: above the cores"),
        pytest.param(
            "oar",
            {"gpu_directive": "gpudevice=1"},
            ["-l /nodes=1/gpudevice=1/core=1"],
            id="oar: the site's level",
        ),
        pytest.param("oar", {"gpu_directive": "-t gpu"}, ["-t gpu"], id="oar: the site's option"),
        pytest.param("moab", {}, ["-l nodes=1:ppn=1:gpus=1"], id="moab"),
        pytest.param(
            "moab",
            {"gpu_directive": "gpus=1:exclusive_process"},
            ["-l nodes=1:ppn=1:gpus=1:exclusive_process"],
            id="moab: the site's inside of the nodes",
        ),
        pytest.param(
            "moab",
            {"gpu_directive": "-W x=GRES:gpu@1"},
            ["-W x=GRES:gpu@1"],
            id="moab: the site's option",
        ),
    ],
)
def test_one_gpu_has_each_schedulers_own_words(
    kind: str, changes: dict[str, Any], options: list[str]
) -> None:
    assert added(kind, gpus=1, **changes) == options


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_directive_for_gpus_is_left_out_where_none_is_asked_for(kind: str) -> None:
    assert added(kind, gpus=0, gpu_directive="--gpus=0") == []


@pytest.mark.parametrize(
    ("threads", "gpus", "spec"),
    [
        pytest.param(4, 2, "/nodes=1/gpu=2/core=2", id="even"),
        pytest.param(5, 2, "/nodes=1/gpu=2/core=3", id="rounded up"),
        pytest.param(1, 2, "/nodes=1/gpu=2/core=1", id="fewer threads than GPUs"),
    ],
)
def test_oar_counts_cores_below_each_gpu(threads: int, gpus: int, spec: str) -> None:
    assert f"-l {spec}" in asked("oar", PLAIN, threads=threads, gpus=gpus)


@pytest.mark.parametrize(
    ("kind", "own", "options"),
    [
        pytest.param(
            "pbs",
            {"resource-spec": "select=1:ncpus=24:mem=100GB"},
            ["-l select=1:ncpus=24:mem=100GB", "-l walltime=01:00:00"],
            id="pbs",
        ),
        pytest.param(
            "sge",
            {"resource-spec": "h_vmem=4G,fast"},
            ["-l h_vmem=4G,fast", "-l h_rt=01:00:00"],
            id="sge",
        ),
        pytest.param(
            "sge",
            {"resource-spec": "h_vmem=4G", "parallel-environment": "smp"},
            ["-pe smp 8", "-l h_vmem=4G", "-l h_rt=01:00:00"],
            id="sge: slots all the same",
        ),
        pytest.param(
            "oar",
            {"resource-spec": "/nodes=1/cpu=1"},
            ["-l /nodes=1/cpu=1,walltime=01:00:00"],
            id="oar",
        ),
        pytest.param(
            "oar",
            {"resource-spec": "/nodes=1,walltime=2:00:00"},
            ["-l /nodes=1,walltime=2:00:00"],
            id="oar: with a walltime of its own",
        ),
        pytest.param(
            "moab", {"resource-spec": "procs=8"}, ["-l procs=8", "-l walltime=01:00:00"], id="moab"
        ),
    ],
)
def test_a_sites_resources_stand_instead_of_cpus_and_memory(
    kind: str, own: dict[str, Any], options: list[str]
) -> None:
    assert added(kind, threads=8, memory=GIB, walltime=3600, scheduler_specific=own) == options


def test_lsf_takes_the_sites_slots_and_keeps_them_on_one_host() -> None:
    assert added("lsf", scheduler_specific={"ncpus": 3}) == ["-n 3", '-R "span[hosts=1]"']


@pytest.mark.parametrize(
    ("own", "options"),
    [
        pytest.param({"job-cpu": 6}, ["--cpus-per-task=6"], id="CPUs"),
        pytest.param({"job-mem": "3G"}, ["--mem=3G"], id="memory"),
    ],
)
def test_slurm_takes_the_sites_cpus_and_memory(own: dict[str, Any], options: list[str]) -> None:
    assert added("slurm", threads=1, memory=GIB, scheduler_specific=own)[: len(options)] == options


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        pytest.param(
            "sge",
            {"threads": 2},
            "backends.sge.parallel-environment",
            id="slots without a parallel environment",
        ),
        pytest.param(
            "sge",
            {"threads": 2, "gpus": 2, "scheduler_specific": SMP},
            "backends.sge.gpu-directive",
            id="GPUs that are counted for each slot or not",
        ),
        pytest.param(
            "htcondor",
            {"queue": "long"},
            "queue-name is 'long': HTCondor has no queues",
            id="a queue",
        ),
        pytest.param(
            "htcondor",
            {"scheduler_specific": {"disk": "much"}},
            "disk: 'much'",
            id="no amount of disk",
        ),
        pytest.param(
            "lsf", {"scheduler_specific": {"mem": "much"}}, "mem: 'much'", id="no amount of memory"
        ),
        pytest.param(
            "lsf",
            {"scheduler_specific": {"ncpus": "many"}},
            "ncpus is 'many'",
            id="no number of slots",
        ),
        pytest.param(
            "lsf",
            {"scheduler_specific": {"ncpus": True}},
            "ncpus is True",
            id="a truth for a number",
        ),
        pytest.param(
            "lsf",
            {"memory": GIB, "scheduler_specific": {"memory-unit": "words"}},
            "memory-unit is 'words'",
            id="no unit",
        ),
        *(
            pytest.param(
                kind,
                {"gpus": 1, "scheduler_specific": {"resource-spec": "select=1:ncpus=4"}},
                f"backends.{kind}.resource-spec is 'select=1:ncpus=4'",
                id=f"{kind}: GPUs that the site's resources lack",
            )
            for kind in ("pbs", "sge", "oar", "moab")
        ),
    ],
)
def test_what_a_scheduler_has_no_words_for_is_refused(
    kind: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigValueError) as caught:
        asked(kind, PLAIN, **changes)
    assert words in str(caught.value)


BREAKING = [
    pytest.param("two words", id="a blank"),
    pytest.param("two\nlines", id="a line break"),
    pytest.param("it's", id="a single quote"),
    pytest.param('a"b', id="a double quote"),
    pytest.param("a;b", id="a semicolon"),
    pytest.param("a`b`", id="a backtick"),
    pytest.param("$(reboot)", id="a command"),
    pytest.param("a\\b", id="a backslash"),
]
#: Fields of a request, and tunables of its own, that become one word each.
WORDS = [
    *(
        (kind, field)
        for kind in SCHEDULERS
        for field in ("name", "queue", "account", "log_directory")
    ),
    ("sge", "parallel-environment"),
    ("sge", "memory-resource"),
    ("sge", "gpu-resource"),
    ("oar", "memory-per-core-property-name"),
]


@pytest.mark.parametrize("value", BREAKING)
@pytest.mark.parametrize(("kind", "field"), WORDS, ids=lambda part: part)
def test_what_would_break_out_of_its_option_is_refused(kind: str, field: str, value: str) -> None:
    own = {**SMP, field: value} if "-" in field else SMP
    changes = (
        {field: f"/{value}" if field == "log_directory" else value} if "-" not in field else {}
    )
    with pytest.raises(ConfigValueError):
        asked(kind, PLAIN, memory=GIB, gpus=1, scheduler_specific=own, **changes)


@pytest.mark.parametrize("kind", SCHEDULERS)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("a/b", id="a folder"),
        pytest.param("a[1-10]", id="an array"),
        pytest.param("a%J", id="a pattern"),
        pytest.param("-a", id="an option"),
        pytest.param("a,b", id="a list"),
    ],
)
def test_a_name_that_means_something_to_a_scheduler_is_refused(kind: str, name: str) -> None:
    with pytest.raises(ConfigValueError, match="job-name"):
        asked(kind, PLAIN, name=name)


@pytest.mark.parametrize("kind", SCHEDULERS)
@pytest.mark.parametrize(
    "folder",
    [
        pytest.param("logs", id="relative"),
        pytest.param("~/logs", id="a home that nobody fills in"),
        pytest.param("/scratch/$USER", id="a variable"),
        pytest.param("/scratch/%j", id="a pattern"),
        pytest.param("host:/scratch", id="a host"),
        pytest.param("/scratch:/logs", id="a colon"),
    ],
)
def test_a_log_folder_that_a_scheduler_would_read_otherwise_is_refused(
    kind: str, folder: str
) -> None:
    with pytest.raises(ConfigValueError, match="log-directory"):
        asked(kind, PLAIN, log_directory=folder)


@pytest.mark.parametrize("value", ["two\nlines", "line\n", "a\rb", " "])
@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_sites_own_texts_must_stay_on_their_line(kind: str, value: str) -> None:
    with pytest.raises(ConfigValueError, match="gpu-directive"):
        asked(kind, PLAIN, gpus=1, gpu_directive=value)
    if kind in ("pbs", "sge", "oar", "moab"):
        with pytest.raises(ConfigValueError, match="resource-spec"):
            asked(kind, PLAIN, scheduler_specific={"resource-spec": value})


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_names_that_sites_have_are_taken(kind: str) -> None:
    queue = None if kind == "htcondor" else "gpu.q@node-1"
    assert asked(
        kind,
        PLAIN,
        name="dask_worker-1.2+x",
        queue=queue,
        account="abc_123.de",
        log_directory="/a-b/c_d.e/",
    )
