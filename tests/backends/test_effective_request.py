"""Workers follow what holds in the job script, whoever sets it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config import DaskSLURMBackend, QueueWorkerResources
from dask_backend_config.backends.jobqueue.backend import BaseDaskJobQueueBackend
from dask_backend_config.backends.registry import backend_class
from dask_backend_config.core.errors import ConfigValueError
from dask_backend_config.schedulers import SCHEDULERS

from .stand_in import StandIn

MIB, GIB = 2**20, 2**30


def made(kind: str, **keys: Any) -> BaseDaskJobQueueBackend:
    """Return a backend that is configured by keys of dask-jobqueue."""
    said = {f"jobqueue.{kind}.{name.replace('_', '-')}": value for name, value in keys.items()}
    with dask.config.set(said):
        backend = backend_class(kind)()
    assert isinstance(backend, BaseDaskJobQueueBackend)
    return backend


@pytest.mark.parametrize(
    ("kind", "keys", "threads", "memory", "walltime"),
    [
        pytest.param("slurm", {"job_extra_directives": ["--mem=400M", "--time=00:02:00"]},
                     8, 400 * MIB, "00:02:00", id="slurm: extra"),
        pytest.param("slurm", {"job_extra": ["-t5 --mem-per-cpu 1G -c 3"]},
                     3, 3 * GIB, "00:05:00", id="slurm: several on a line"),
        pytest.param("slurm", {"job_extra_directives": ["--mem=4G -c 16"]},
                     8, 4 * GIB, "01:00:00", id="slurm: more"),
        pytest.param("slurm", {"job_extra_directives": ["--mem=0"]},
                     8, 2 * 10**9, "01:00:00", id="slurm: whole node"),
        pytest.param("slurm", {"job_mem": "400M", "job_cpu": 2},
                     2, 400 * MIB, "01:00:00", id="slurm: keys of the site"),
        pytest.param("pbs", {"resource_spec": "select=1:ncpus=4:mem=1gb",
                             "job_extra_directives": ["-l walltime=600"]},
                     4, GIB, "00:10:00", id="pbs"),
        pytest.param("sge", {"job_extra_directives": ["-pe smp 4"], "resource_spec": "m_mem_free=2G"},
                     4, 8 * GIB, "01:00:00", id="sge"),
        pytest.param("oar", {"job_extra_directives": ["-l /core=2,walltime=0:10"]},
                     2, 2 * 10**9, "00:10:00", id="oar"),
    ],
)  # fmt: skip
def test_worker_and_tasks_follow_the_options_of_the_script(
    kind: str, keys: dict[str, Any], threads: int, memory: int, walltime: str
) -> None:
    own = {"cores": 8, "memory": "2 GB", "walltime": "01:00:00"}
    backend = made(kind, **{**own, **keys})
    resources, script = backend.resources_per_worker, backend.job_script()
    assert f" --nthreads {threads} --memory-limit {memory} " in script
    assert resources.number_of_threads == threads
    assert resources.per_thread_memory_limit == memory // threads  # type: ignore[attr-defined]
    assert resources.wallclock_time_limit == walltime  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("walltime", "arguments", "lifetime"),
    [
        pytest.param("00:02:00", {}, (90, 7.5), id="short: a shorter margin"),
        pytest.param("00:08", {}, (360, 30), id="just long enough"),
        pytest.param("00:05", {"lifetime_margin": 100}, (200, 30), id="the margin is set"),
        pytest.param("00:02", {"lifetime_stagger": 20}, (90, 20), id="the stagger is set"),
    ],
)
def test_a_short_walltime_shortens_the_default_margin(
    walltime: str, arguments: dict[str, Any], lifetime: tuple[int, float]
) -> None:
    resources = QueueWorkerResources(wallclock_time_limit=walltime)
    backend = DaskSLURMBackend(resources_per_worker=resources, **arguments)
    assert backend._groups[""].job.lifetime == lifetime


def test_grid_engine_takes_the_parallel_environment_of_an_extra_option() -> None:
    for slots in ("4", "4-8"):
        script = made("sge", cores=4, job_extra_directives=[f"-pe smp {slots}"]).job_script()
        assert script.count("-pe ") == 1 and " --nthreads 4 " in script
    with pytest.raises(ConfigValueError, match="parallel-environment"):
        made("sge", cores=4, job_extra_directives=["-l fast"])


def test_htcondor_takes_the_mapping_and_the_arguments_of_dask_jobqueue() -> None:
    extra = {"RequestMemory": "1GB", "+Owner": "undefined", "getenv": True}
    backend = made(
        "htcondor", cores=1, memory="2GB", disk="1GB", job_extra_directives=extra,
        job_directives_skip=["RequestDisk"], submit_command_extra=["-name", "x"],
        cancel_command_extra=["-addr", "y"],
    )  # fmt: skip
    header = backend._groups[""].job.header()
    assert header[-3:] == ["RequestMemory = 1GB", "+Owner = undefined", "getenv = True"]
    assert not any(line.startswith(("request_memory", "request_disk")) for line in header)
    assert f" --memory-limit {GIB} " in backend.job_script()
    scheduler, request = backend.scheduler, backend._groups[""].job.request
    assert scheduler.submission("", request)[0] == ["condor_submit", "-name", "x"]
    assert scheduler.cancel_command(["1.0"], request) == ["condor_rm", "-addr", "y", "1.0"]
    ours = made("htcondor", job_extra_directives={"a": "b"}, job_extra={"c": "d"})
    assert "a = b" in ours._groups[""].job.header() and "c = d" not in ours._groups[""].job.header()


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param({"job_extra_directives": ["a = b"]}, "must be a mapping", id="list"),
        pytest.param({"job_extra_directives": {"a": "b\nqueue 5"}}, "line break", id="lines"),
        pytest.param({"submit_command_extra": "-name x"}, "must be a list", id="string"),
    ],
)
def test_invalid_options_of_htcondor_are_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigValueError, match=words):
        made("htcondor", **keys)


@pytest.mark.parametrize(
    ("kind", "environ", "limit"),
    [
        pytest.param("slurm", {"SLURM_MEM_PER_NODE": "400"}, "400MiB", id="of the node"),
        pytest.param("slurm", {"SLURM_MEM_PER_CPU": "256", "SLURM_CPUS_ON_NODE": "3"}, "768MiB",
                     id="of CPUs"),
        pytest.param("slurm", {}, "auto", id="slurm: unlimited"),
        pytest.param("htcondor", {"_CONDOR_MACHINE_AD": "ad"}, "128MiB", id="htcondor"),
        pytest.param("htcondor", {}, "auto", id="htcondor: no description"),
    ],
)  # fmt: skip
def test_a_job_asks_for_its_memory_where_only_the_scheduler_knows_it(
    kind: str, environ: dict[str, str], limit: str, tmp_path: Path
) -> None:
    (tmp_path / "ad").write_text("Cpus = 1\nMemory = 128\nTotalMemory = 9\n")
    skipped = {"job_directives_skip": ["request_memory"]} if kind == "htcondor" else {}
    backend = made(kind, **skipped)
    body = backend._groups[""].job._body("a", "b")
    shell = SCHEDULERS[kind].memory_in_job.replace("{share}", '"$m"')
    assert f'--memory-limit "$({shell})"' in body[-1]
    done = subprocess.run(
        ["bash", "-c", f'printf %s "$({shell})"'],
        cwd=tmp_path, env={"PATH": os.defpath, **environ}, capture_output=True, check=True,
    )  # fmt: skip
    assert (done.stdout.decode(), done.stderr) == (limit, b"")


def test_a_script_that_sets_nothing_follows_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SBATCH_MEM_PER_CPU", "100")
    monkeypatch.setenv("SBATCH_TIMELIMIT", "5")
    backend = made("slurm", cores=2, walltime="00:20:00")
    assert " --memory-limit 209715200 " in backend.job_script()
    assert backend.resources_per_worker.wallclock_time_limit == "00:20:00"  # type: ignore[attr-defined]


def test_variables_that_would_override_the_script_do_not_reach_sbatch(
    slurm: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    backend = DaskSLURMBackend(
        queue_name="a", extra_script_options=["-q long"], minimum_number_of_workers=1
    )
    for name in ("TIMELIMIT", "PARTITION", "ACCOUNT", "QOS", "JOB_NAME", "EXPORT"):
        monkeypatch.setenv(f"SBATCH_{name}", "x")
    slurm.answer("sbatch", f"env > {tmp_path}/env; exit 1")
    with pytest.raises(Exception, match="exit code 1"):
        backend.start()
    seen = (tmp_path / "env").read_text().splitlines()
    kept = {line.partition("=")[0] for line in seen if line.startswith("SBATCH_")}
    assert kept == {"SBATCH_ACCOUNT", "SBATCH_EXPORT"}
