"""Job requests become exactly these options."""

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


def options_for(kind: str, request: JobRequest, **changes: Any) -> list[str]:
    return SCHEDULERS[kind].options(dataclasses.replace(request, **changes))


def added_options(kind: str, **changes: Any) -> list[str]:
    """Return the options that `changes` add to a minimal request."""
    plain = options_for(kind, PLAIN)
    return [option for option in options_for(kind, PLAIN, **changes) if option not in plain]


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
def test_options_of_a_minimal_request(kind: str, options: list[str]) -> None:
    assert options_for(kind, PLAIN) == options


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
                "request_memory = 16384M",
                "request_disk = 2097152K",
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
def test_options_of_a_full_request(kind: str, changes: dict[str, Any], options: list[str]) -> None:
    assert options_for(kind, FULL, **changes) == options


def fields(kind: str, **changes: Any) -> set[str]:
    """Return the fields of the request that options express."""
    options = options_for(kind, FULL, **changes)
    found = {name for option in options for name in getattr(option, "fields", ())}
    return found - {"name", "account"}


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_options_name_the_fields_that_a_queue_can_limit(kind: str) -> None:
    own = {**SMP, "memory-per-core-property-name": "mem_core"}
    without = {"htcondor": {"queue", "walltime"}}.get(kind, set())
    changes: dict[str, Any] = {"queue": None} if kind == "htcondor" else {}
    found = fields(kind, scheduler_specific=own, gpu_directive="-l gpu=2", **changes)
    assert found == {"queue", "threads", "memory", "walltime", "gpus"} - without


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        pytest.param("slurm", {"job-cpu": 2, "job-mem": "1G"}, id="slurm"),
        pytest.param("lsf", {"ncpus": 2, "mem": "1 GB"}, id="lsf"),
        pytest.param("pbs", {"resource-spec": "select=1:ncpus=4"}, id="pbs"),
        pytest.param("moab", {"resource-spec": "procs=4"}, id="moab"),
        pytest.param("oar", {"resource-spec": "/nodes=1"}, id="oar"),
    ],
)
def test_options_of_the_site_do_not_name_threads_and_memory(kind: str, own: dict[str, Any]) -> None:
    found = fields(kind, scheduler_specific=own, gpu_directive="-l gpu=2")
    assert not found & {"threads", "memory"}


@pytest.mark.parametrize(
    ("kind", "memory", "own", "option"),
    [
        pytest.param("slurm", 2**20, {}, "--mem=1M", id="slurm: exact"),
        pytest.param("slurm", 2**20 + 1, {}, "--mem=2M", id="slurm: rounded up"),
        pytest.param("lsf", 1024 * 7 + 1, {}, "-M 8", id="lsf: KB by default"),
        pytest.param("lsf", GIB + 1, {"memory-unit": "mb"}, "-M 1025", id="lsf: MB"),
        pytest.param("lsf", 4 * GIB, {"memory-unit": "gb"}, "-M 4", id="lsf: GB"),
        pytest.param("lsf", GIB, {"memory-unit": "TB"}, "-M 1", id="lsf: TB, in capitals"),
        pytest.param("lsf", GIB, {"mem": 2 * GIB}, "-M 2097152", id="lsf: mem"),
        pytest.param(
            "lsf", None, {"mem": 2 * GIB}, "-M 2097152", id="lsf: mem without a memory limit"
        ),
        pytest.param("pbs", 2**20, {}, "-l select=1:ncpus=1:mem=1mb", id="pbs: MB"),
        pytest.param(
            "pbs", 4 * 10**9, {}, "-l select=1:ncpus=1:mem=3906250kb", id="pbs: exact in KB"
        ),
        pytest.param("pbs", 2**20 + 1, {}, "-l select=1:ncpus=1:mem=1025kb", id="pbs: rounded up"),
        pytest.param("sge", 2**20 + 1, SMP, "-l mem_free=2M", id="sge: rounded up"),
        pytest.param(
            "sge",
            GIB,
            {"memory-resource": "h_vmem"},
            "-l h_vmem=1024M",
            id="sge: name of the resource",
        ),
        pytest.param("htcondor", 2**20 + 1, {}, "request_memory = 2M", id="htcondor: rounded up"),
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
def test_memory_is_rounded_up_to_the_schedulers_unit(
    kind: str, memory: int | None, own: dict[str, Any], option: str
) -> None:
    assert option in options_for(kind, PLAIN, memory=memory, scheduler_specific=own)


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
def test_memory_is_not_requested_without_the_sites_resource_name(
    kind: str, own: dict[str, Any]
) -> None:
    assert options_for(kind, PLAIN, memory=GIB, scheduler_specific=own) == options_for(kind, PLAIN)


def test_grid_engine_gets_the_memory_of_each_slot() -> None:
    own = {"parallel-environment": "smp", "memory-resource": "h_vmem"}
    assert "-l h_vmem=342M" in options_for(
        "sge", PLAIN, threads=3, memory=GIB, scheduler_specific=own
    )


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
def test_walltime_in_each_schedulers_form(kind: str, seconds: int, option: str) -> None:
    assert option in options_for(kind, PLAIN, walltime=seconds)


def test_htcondor_gets_no_walltime() -> None:
    assert added_options("htcondor", walltime=600) == []


@pytest.mark.parametrize(
    ("kind", "changes", "options"),
    [
        pytest.param("slurm", {}, ["--gres=gpu:1"], id="slurm"),
        pytest.param(
            "slurm", {"gpu_directive": "--gpus=a100:1"}, ["--gpus=a100:1"], id="slurm: directive"
        ),
        pytest.param("lsf", {}, ['-gpu "num=1:j_exclusive=yes"'], id="lsf"),
        pytest.param(
            "lsf",
            {"gpu_directive": '-gpu "num=1:mode=exclusive_process"'},
            ['-gpu "num=1:mode=exclusive_process"'],
            id="lsf: directive",
        ),
        pytest.param("pbs", {}, ["-l select=1:ncpus=1:ngpus=1"], id="pbs: in select"),
        pytest.param(
            "pbs",
            {"gpu_directive": "ngpus=1:gpu_model=a100"},
            ["-l select=1:ncpus=1:ngpus=1:gpu_model=a100"],
            id="pbs: directive in select",
        ),
        pytest.param(
            "pbs",
            {"gpu_directive": "-l place=excl"},
            ["-l place=excl"],
            id="pbs: option, and no ngpus",
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
        pytest.param("sge", {}, ["-l gpu=1"], id="sge: default resource"),
        pytest.param(
            "sge",
            {"scheduler_specific": {"gpu-resource": "ngpus"}},
            ["-l ngpus=1"],
            id="sge: name of the resource",
        ),
        pytest.param(
            "sge",
            {"gpu_directive": "-l gpu=1,gpu_type=a100"},
            ["-l gpu=1,gpu_type=a100"],
            id="sge: directive",
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
            id="htcondor: directive",
        ),
        pytest.param("oar", {}, ["-l /nodes=1/gpu=1/core=1"], id="oar: above the cores"),
        pytest.param(
            "oar",
            {"gpu_directive": "gpudevice=1"},
            ["-l /nodes=1/gpudevice=1/core=1"],
            id="oar: level",
        ),
        pytest.param("oar", {"gpu_directive": "-t gpu"}, ["-t gpu"], id="oar: option"),
        pytest.param("moab", {}, ["-l nodes=1:ppn=1:gpus=1"], id="moab"),
        pytest.param(
            "moab",
            {"gpu_directive": "gpus=1:exclusive_process"},
            ["-l nodes=1:ppn=1:gpus=1:exclusive_process"],
            id="moab: directive in nodes",
        ),
        pytest.param(
            "moab",
            {"gpu_directive": "-W x=GRES:gpu@1"},
            ["-W x=GRES:gpu@1"],
            id="moab: option",
        ),
    ],
)
def test_gpus_in_each_schedulers_form(
    kind: str, changes: dict[str, Any], options: list[str]
) -> None:
    assert added_options(kind, gpus=1, **changes) == options


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_gpu_directive_is_ignored_without_gpus(kind: str) -> None:
    assert added_options(kind, gpus=0, gpu_directive="--gpus=0") == []


@pytest.mark.parametrize(
    ("threads", "gpus", "spec"),
    [
        pytest.param(4, 2, "/nodes=1/gpu=2/core=2", id="even"),
        pytest.param(5, 2, "/nodes=1/gpu=2/core=3", id="rounded up"),
        pytest.param(1, 2, "/nodes=1/gpu=2/core=1", id="fewer threads than GPUs"),
    ],
)
def test_oar_counts_cores_per_gpu(threads: int, gpus: int, spec: str) -> None:
    assert f"-l {spec}" in options_for("oar", PLAIN, threads=threads, gpus=gpus)


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
            id="sge: with a parallel environment",
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
            id="oar: walltime in resource-spec",
        ),
        pytest.param(
            "moab", {"resource-spec": "procs=8"}, ["-l procs=8", "-l walltime=01:00:00"], id="moab"
        ),
    ],
)
def test_resource_spec_replaces_cpus_and_memory(
    kind: str, own: dict[str, Any], options: list[str]
) -> None:
    assert (
        added_options(kind, threads=8, memory=GIB, walltime=3600, scheduler_specific=own) == options
    )


def test_lsf_ncpus_replaces_threads() -> None:
    assert added_options("lsf", scheduler_specific={"ncpus": 3}) == ["-n 3", '-R "span[hosts=1]"']


@pytest.mark.parametrize(
    ("own", "options"),
    [
        pytest.param({"job-cpu": 6}, ["--cpus-per-task=6"], id="CPUs"),
        pytest.param({"job-mem": "3G"}, ["--mem=3G"], id="memory"),
    ],
)
def test_slurm_job_cpu_and_job_mem_replace_threads_and_memory(
    own: dict[str, Any], options: list[str]
) -> None:
    assert (
        added_options("slurm", threads=1, memory=GIB, scheduler_specific=own)[: len(options)]
        == options
    )


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
            id="GPUs per slot or per job",
        ),
        pytest.param(
            "htcondor",
            {"queue": "long"},
            "queue-name is 'long': HTCondor has no queues",
            id="htcondor: queue",
        ),
        pytest.param(
            "htcondor",
            {"scheduler_specific": {"disk": "much"}},
            "disk is 'much': must be an amount of memory",
            id="disk is not a size",
        ),
        pytest.param(
            "lsf", {"scheduler_specific": {"mem": "much"}}, "mem is 'much'", id="mem is not a size"
        ),
        pytest.param(
            "lsf",
            {"scheduler_specific": {"ncpus": "many"}},
            "ncpus is 'many'",
            id="ncpus is not a number",
        ),
        pytest.param(
            "lsf",
            {"scheduler_specific": {"ncpus": True}},
            "ncpus is True",
            id="boolean as number",
        ),
        pytest.param(
            "lsf",
            {"memory": GIB, "scheduler_specific": {"memory-unit": "words"}},
            "memory-unit is 'words'",
            id="unknown unit",
        ),
        *(
            pytest.param(
                kind,
                {"gpus": 1, "scheduler_specific": {"resource-spec": "select=1:ncpus=4"}},
                f"backends.{kind}.resource-spec is 'select=1:ncpus=4'",
                id=f"{kind}: GPUs missing in resource-spec",
            )
            for kind in ("pbs", "sge", "oar", "moab")
        ),
    ],
)
def test_what_a_scheduler_cannot_express_is_an_error(
    kind: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigValueError) as caught:
        options_for(kind, PLAIN, **changes)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        pytest.param("slurm", {"queue": "a b"}, id="queue-name"),
        pytest.param("slurm", {"account": "a b"}, id="account"),
        pytest.param("slurm", {"log_directory": "/a b"}, id="log-directory"),
        pytest.param("slurm", {"scheduler_specific": {"job-mem": "a b"}}, id="job-mem"),
        *(
            pytest.param(kind, {"scheduler_specific": {**SMP, key: "a b"}}, id=key)
            for kind, key in (
                ("sge", "parallel-environment"),
                ("sge", "memory-resource"),
                ("sge", "gpu-resource"),
                ("oar", "memory-per-core-property-name"),
            )
        ),
    ],
)
def test_a_value_of_several_words_is_rejected(
    request: pytest.FixtureRequest, kind: str, changes: dict[str, Any]
) -> None:
    key = request.node.callspec.id
    with pytest.raises(ConfigValueError, match=f"^{key} is "):
        options_for(kind, PLAIN, memory=GIB, gpus=1, **changes)


@pytest.mark.parametrize(
    "value", ["two\nlines", "it's", 'a"b', "a;b", "a`b`", "$(reboot)", "a\\b", "a*", "a|b"]
)
def test_characters_that_the_shell_or_a_scheduler_interprets_are_rejected(value: str) -> None:
    with pytest.raises(ConfigValueError, match="queue-name"):
        options_for("slurm", PLAIN, queue=value)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("a/b", id="path"),
        pytest.param("a[1-10]", id="job array"),
        pytest.param("a%J", id="placeholder"),
        pytest.param("-a", id="option"),
        pytest.param("a,b", id="list"),
    ],
)
def test_a_job_name_with_a_meaning_to_some_scheduler_is_rejected(name: str) -> None:
    with pytest.raises(ConfigValueError, match="job-name"):
        options_for("slurm", PLAIN, name=name)


@pytest.mark.parametrize(
    "folder",
    [
        pytest.param("logs", id="relative"),
        pytest.param("~/logs", id="home"),
        pytest.param("/scratch/$USER", id="variable"),
        pytest.param("/scratch/%j", id="placeholder"),
        pytest.param("/scratch:/logs", id="host and path"),
    ],
)
def test_a_log_directory_that_a_scheduler_would_change_is_rejected(folder: str) -> None:
    with pytest.raises(ConfigValueError, match="log-directory"):
        options_for("slurm", PLAIN, log_directory=folder)


@pytest.mark.parametrize("value", ["two\nlines", "line\n", "a\rb", " "])
def test_a_directive_must_be_one_line(value: str) -> None:
    with pytest.raises(ConfigValueError, match="gpu-directive"):
        options_for("slurm", PLAIN, gpus=1, gpu_directive=value)
    with pytest.raises(ConfigValueError, match="resource-spec"):
        options_for("pbs", PLAIN, scheduler_specific={"resource-spec": value})


def test_usual_names_are_accepted() -> None:
    assert options_for(
        "sge",
        PLAIN,
        name="dask_worker-1.2+x",
        queue="gpu.q@node-1",
        account="abc_123.de",
        log_directory="/a-b/c_d.e/",
    ) == [
        "-N dask_worker-1.2+x",
        "-q gpu.q@node-1",
        "-P abc_123.de",
        "-S /bin/bash",
        "-cwd",
        "-j y",
        "-o /a-b/c_d.e/",
    ]
