"""Job scripts, and how a real shell runs them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask.config
import pytest
from dask.utils import parse_timedelta
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dask_backend_config import (
    BaseDaskJobQueueBackend,
    DaskHTCondorBackend,
    DaskSLURMBackend,
    QueueWorkerResources,
)
from dask_backend_config.backends import worker_environment
from dask_backend_config.backends.jobqueue.arguments import JobQueueArguments
from dask_backend_config.backends.jobqueue.job_script import WorkerJob, quoted_for_node
from dask_backend_config.backends.jobqueue.setup_commands import watched
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.catalogue import backend_schema
from dask_backend_config.core.errors import ConfigValueError, DaskBackendError

QUEUES = [kind for kind in BACKENDS if kind != "local"]
ADDRESS = "tls://10.0.0.1:8786"
RECOMMENDED = '{"distributed":{"worker":{"daemon":false},"comm":{"timeouts":{"connect":"10s"}}}}'

SETUP = ["conda activate evaluator", "module load cuda/10.1"]
WHOLE = f"""\
#!/bin/bash -l

#SBATCH --job-name=evaluator
#SBATCH --partition=gpuqueue
#SBATCH --account=lab
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=7630M
#SBATCH --time=05:59:00
#SBATCH --gres=gpu:1
#SBATCH --output=/logs/evaluator-%j.out
#SBATCH --error=/logs/evaluator-%j.err
#SBATCH --exclusive

export _dask_backend_began=$(date +%s)
exec >&2
echo "# host ${{HOSTNAME:-$(hostname)}}, job ${{SLURM_JOB_ID:-${{SLURM_JOBID:-}}}}"
export DASK_INTERNAL_INHERIT_CONFIG={base64.urlsafe_b64encode(RECOMMENDED.encode()).decode()}
export _DASK_BACKEND_RESOURCES='["QueueWorkerResources", {{"number_of_threads": 1, "number_of_gpus": 1, \
"preferred_gpu_toolkit": "CUDA", "preferred_gpu_precision": "mixed", \
"per_thread_memory_limit": 4000000000, "wallclock_time_limit": "05:59:00"}}]'
[ "${{OMP_NUM_THREADS:-2}}" != 2 ] || export OMP_NUM_THREADS=1
[ "${{MKL_NUM_THREADS:-2}}" != 2 ] || export MKL_NUM_THREADS=1
[ "${{OPENBLAS_NUM_THREADS:-2}}" != 2 ] || export OPENBLAS_NUM_THREADS=1
[ "${{NUMBA_NUM_THREADS:-2}}" != 2 ] || export NUMBA_NUM_THREADS=1
[ "${{OPENMM_CPU_THREADS:-2}}" != 2 ] || export OPENMM_CPU_THREADS=1
[ "${{VECLIB_MAXIMUM_THREADS:-2}}" != 2 ] || export VECLIB_MAXIMUM_THREADS=1
{chr(10).join(watched(SETUP, False, "#!/bin/bash -l"))}
"/opt/my python/bin/python" -m distributed.cli.dask_worker <scheduler-address> --name <worker-name> \
--nthreads 2 --memory-limit 8000000000 --nanny --dashboard-address 127.0.0.1:0 --death-timeout 90 \
--local-directory "$TMPDIR/dask" --interface ib0 \
--lifetime "$((21420 - $(date +%s) + _dask_backend_began)) seconds" --lifetime-stagger "30 seconds" \
--protocol tls:// --tls-ca-file <private-folder>/certificate.pem \
--tls-cert <private-folder>/certificate.pem --tls-key <private-folder>/key.pem \
--resources license=1
"""


def test_the_complete_script() -> None:
    resources = QueueWorkerResources(
        number_of_threads=2,
        number_of_gpus=1,
        preferred_gpu_toolkit=QueueWorkerResources.GPUToolkit.CUDA,
        per_thread_memory_limit="4 GB",
        wallclock_time_limit="05:59",
    )
    backend = DaskSLURMBackend(
        resources_per_worker=resources,
        queue_name="gpuqueue",
        account="lab",
        job_name="evaluator",
        setup_script_commands=SETUP,
        extra_script_options=["--exclusive"],
        shebang="#!/bin/bash -l",
        python="/opt/my python/bin/python",
        worker_extra_arguments=["--resources", "license=1"],
        death_timeout="90s",
        interface="ib0",
        log_directory="/logs",
        local_directory="$TMPDIR/dask",
    )
    assert backend.job_script() == WHOLE


def job_of(kind: type[BaseDaskJobQueueBackend] = DaskSLURMBackend, **tunables: Any) -> WorkerJob:
    return kind(**tunables)._with_configuration()[""].job


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., tuple[list[str], dict[str, str]]]:
    """Runs a job's script in bash, with a stand-in for python that keeps its arguments."""
    folder = tmp_path / "its python"
    folder.mkdir()
    python = folder / "python"
    python.write_text(
        f"#!/bin/sh\nprintf '%s\\0' \"$@\" > '{tmp_path}/words'\nenv -0 > '{tmp_path}/env'\n"
    )
    python.chmod(0o755)

    def words_and_environment(
        job: WorkerJob,
        environ: Mapping[str, str] = {},
        name: str = "worker-0",
    ) -> tuple[list[str], dict[str, str]]:
        script = replace(job, python=quoted_for_node(str(python))).script(ADDRESS, name)
        done = subprocess.run(
            ["bash"],
            input=script.encode(),
            cwd=tmp_path,
            env={"PATH": os.defpath, "HOME": "/home/me and you", **environ},
            capture_output=True,
            check=True,
        )
        assert done.stderr == done.stdout == b""
        assert not (tmp_path / "gone").exists(), "a command in a value was run"
        words = (tmp_path / "words").read_text().split("\0")[:-1]
        entries = (tmp_path / "env").read_text().split("\0")[:-1]
        return words, dict(entry.split("=", 1) for entry in entries)

    return words_and_environment


Run = Callable[..., tuple[list[str], dict[str, str]]]


def after(words: list[str], option: str) -> str:
    return words[words.index(option) + 1]


def test_a_shell_passes_the_worker_its_arguments(run: Run) -> None:
    words, environ = run(job_of(), name="name with 'quotes' $(touch gone)")
    assert words[:5] == [
        "-m", "distributed.cli.dask_worker", ADDRESS, "--name", "name with 'quotes' $(touch gone)",
    ]  # fmt: skip
    assert "--nanny" in words and "--protocol" not in words
    kind, values = json.loads(environ["_DASK_BACKEND_RESOURCES"])
    assert (kind, values["number_of_threads"]) == ("QueueWorkerResources", 1)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("/my files", "/my files", id="blank"),
        pytest.param("$TMPDIR/my files", "/fast disk/7/my files", id="variable-and-blank"),
        pytest.param("${NOTHING:-/tmp}/x", "/tmp/x", id="default"),
        pytest.param("${NOTHING:-$(touch gone)}/x", "$(touch gone)/x", id="command-as-default"),
        pytest.param("~", "/home/me and you", id="home"),
        pytest.param("~/my files", "/home/me and you/my files", id="home-and-blank"),
        pytest.param("/a/~/b c", "/a/~/b c", id="tilde-inside"),
        pytest.param('/it\'s "quoted"', '/it\'s "quoted"', id="quotes"),
        pytest.param("/a$(touch gone)", "/a$(touch gone)", id="command"),
        pytest.param("/a;touch gone&|<>*?[a]{b,c}!#", "/a;touch gone&|<>*?[a]{b,c}!#", id="signs"),
        pytest.param("/a$", "/a$", id="dollar"),
        pytest.param("/a$1$@$?$'b'$\"c\"", "/a$1$@$?$'b'$\"c\"", id="special-parameters"),
        pytest.param("/\u00e4\u20ac", "/\u00e4\u20ac", id="not-ascii"),
    ],
)
def test_a_folder_on_the_node_expands_variables_and_nothing_else(
    text: str, seen: str, run: Run
) -> None:
    words, _ = run(job_of(local_directory=text), {"TMPDIR": "/fast disk/7"})
    assert after(words, "--local-directory") == seen
    plain, _ = run(job_of(local_directory="/x"), {})
    assert len(words) == len(plain)


def test_python_may_have_variables_of_the_node(run: Run, tmp_path: Path) -> None:
    job = job_of(python="$ENVIRONMENT/its python/python")
    script = job.script(ADDRESS, "w")
    (tmp_path / "its python" / "python").touch()
    environ = {"PATH": os.defpath, "ENVIRONMENT": str(tmp_path)}
    subprocess.run(["bash"], input=script.encode(), env=environ, check=True)
    assert (tmp_path / "words").exists()


def test_python_of_dask_jobqueue_is_shell_code() -> None:
    with dask.config.set({"jobqueue.slurm.python": "srun python"}):
        assert "\nsrun python -m " in DaskSLURMBackend().job_script()


@pytest.mark.parametrize("interface", ["a b", "$(touch gone)"])
def test_an_interface_is_one_word(interface: str, run: Run) -> None:
    words, _ = run(job_of(interface=interface))
    assert after(words, "--interface") == interface


def test_extra_arguments_are_shell_code_at_the_end(run: Run) -> None:
    said = ["--resources", "'license=1 GPU=2'", '--preload "$WHERE"']
    words, _ = run(job_of(worker_extra_arguments=said), {"WHERE": "a b"})
    assert words[-4:] == ["--resources", "license=1 GPU=2", "--preload", "a b"]


def test_setup_commands_run_in_order_before_the_worker_and_reach_it(run: Run) -> None:
    commands = ["export A=1", 'A="$A 2"', "if true; then", '  A="$A 3"', "fi"]
    _, environ = run(job_of(setup_script_commands=commands))
    assert environ["A"] == "1 2 3"


@pytest.mark.parametrize(
    ("tunables", "expected", "absent"),
    [
        pytest.param(
            {}, ["--nanny", "--death-timeout"], ["--no-nanny", "--interface"], id="default"
        ),
        pytest.param({"disable_nanny_process": True}, ["--no-nanny"], ["--nanny"], id="no-nanny"),
    ],
)
def test_options_of_the_worker(
    tunables: dict[str, Any], expected: list[str], absent: list[str], run: Run
) -> None:
    words, _ = run(job_of(**tunables))
    assert set(expected) <= set(words) and not set(absent) & set(words)


def test_another_worker_command_gets_no_option_for_a_nanny(run: Run) -> None:
    with dask.config.set({"jobqueue.slurm.worker-command": "dask_cuda.cli worker"}):
        words, _ = run(job_of())
    assert words[:3] == ["-m", "dask_cuda.cli", "worker"]
    assert not {"--nanny", "--no-nanny"} & set(words)


CLOCK = """\
#!/bin/sh
[ "$*" = "+%s" ] || exit 64
if [ -e {0}/asked ]; then echo {1}; else touch {0}/asked; echo 1700000000; fi
"""


def with_lifetime(duration: Any, **tunables: Any) -> WorkerJob:
    with dask.config.set({"distributed.worker.lifetime.duration": duration}):
        return job_of(**tunables)


@pytest.mark.parametrize(
    ("walltime", "tunables", "duration", "setup", "left"),
    [
        pytest.param("00:30", {}, None, 0, 1680, id="walltime-less-margin"),
        pytest.param("00:30", {}, None, 100, 1580, id="setup-takes-its-time"),
        pytest.param("00:30", {"lifetime_margin": 40}, None, 0, 1760, id="margin"),
        pytest.param("00:30", {"lifetime_margin": 0}, None, 0, 1800, id="no-margin"),
        pytest.param("00:30", {}, "10 minutes", 100, 500, id="dask's-own-key-says-less"),
        pytest.param("00:30", {}, "10 hours", 0, 1680, id="dask's-own-key-says-more"),
    ],
)
def test_a_worker_ends_before_its_job(
    walltime: str,
    tunables: dict[str, Any],
    duration: Any,
    setup: int,
    left: float,
    run: Run,
    tmp_path: Path,
) -> None:
    clock = tmp_path / "bin" / "date"
    clock.parent.mkdir()
    clock.write_text(CLOCK.format(tmp_path, 1700000000 + setup))
    clock.chmod(0o755)
    resources = QueueWorkerResources(wallclock_time_limit=walltime)
    job = with_lifetime(duration, resources_per_worker=resources, **tunables)
    words, _ = run(job, {"PATH": f"{clock.parent}:{os.defpath}"})
    assert parse_timedelta(after(words, "--lifetime")) == left
    stagger = 30 if tunables.get("lifetime_margin") != 0 else 0
    assert parse_timedelta(after(words, "--lifetime-stagger")) == stagger


def test_a_lifetime_counts_from_the_current_time(run: Run) -> None:
    words, _ = run(job_of(resources_per_worker=QueueWorkerResources(wallclock_time_limit="1h")))
    assert 3450 <= parse_timedelta(after(words, "--lifetime")) <= 3480


def test_without_a_walltime_a_worker_has_no_end(run: Run) -> None:
    job = DaskHTCondorBackend()._with_configuration()[""].job
    assert "lifetime" not in job.script() and "date" not in job.script()


@pytest.mark.parametrize(
    ("environ", "said", "seen"),
    [
        pytest.param({}, {}, "2", id="follows-the-share"),
        pytest.param({"OMP_NUM_THREADS": "8"}, {}, "8", id="the-node-says"),
        pytest.param({"OMP_NUM_THREADS": "1"}, {}, "1", id="the-node-says-less"),
        pytest.param({"OMP_NUM_THREADS": ""}, {}, "2", id="the-node-says-nothing"),
        pytest.param({"OMP_NUM_THREADS": "4"}, {}, "2", id="the-scheduler-says-all-CPUs"),
        pytest.param({}, {"OMP_NUM_THREADS": 2}, None, id="the-configuration-says"),
    ],
)
def test_thread_limits_are_the_threads_of_a_task_unless_they_are_set(
    environ: dict[str, str], said: dict[str, int], seen: str | None, run: Run
) -> None:
    keys = {f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in said.items()}
    with dask.config.set(keys):
        job = job_of(resources_per_worker=QueueWorkerResources(4), tasks_per_worker=2)
        _, found = run(job, environ)
    assert found.get("OMP_NUM_THREADS") == seen


def head(kind: str, **tunables: Any) -> list[str]:
    backend = backend_class(kind)(**tunables)
    prefix = backend.scheduler.prefix  # type: ignore[attr-defined]
    lines = backend.job_script().splitlines()
    return [line.removeprefix(f"{prefix} ") for line in lines[2 : lines.index("", 2)]]


def test_extra_options_follow_in_their_order() -> None:
    assert head("slurm", extra_script_options=["--exclusive", "-m 'a b'"]) == [
        *head("slurm"), "--exclusive", "-m 'a b'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "skip", "gone"),
    [
        pytest.param("slurm", ["--ntasks"], ["--ntasks=1"], id="slurm"),
        pytest.param("slurm", ["#SBATCH --time"], ["--time=00:30:00"], id="with-its-prefix"),
        pytest.param("slurm", ["--exclusive"], [], id="not-there"),
    ],
)
def test_options_can_be_skipped(kind: str, skip: list[str], gone: list[str]) -> None:
    whole = head(kind)
    assert set(gone) <= set(whole)
    kept = head(kind, skip_script_options=skip, extra_script_options=["--exclusive"])
    assert kept == [*(line for line in whole if line not in gone), "--exclusive"]


def test_a_path_of_this_machine_is_expanded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WHERE", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert (
        worker_environment.expanded_path("$WHERE/a")
        == worker_environment.expanded_path("a")
        == str(tmp_path / "a")
    )
    assert worker_environment.expanded_path("~/a") == os.path.join(os.environ["HOME"], "a")
    for missing in ("$NO_SUCH/a", "${NO_SUCH}/a"):
        with pytest.raises(ValueError, match=r"NO_SUCH\}? is not set here"):
            worker_environment.expanded_path(missing)


HARMLESS = "harmless"
#: What makes lines, words, commands, options and the ends of texts for shells and schedulers.
BAD = st.text(
    st.sampled_from("\n\r\v\f\x1c\x85\u2028 \t\"'`$(){};&|<>#\\%,=:~*-!ab/\0\u00e4"), min_size=1, max_size=12
) | st.sampled_from(
    ["x\n#SBATCH --uid=0", "x\n#PBS -q evil", "x\\\ny", "x' ; touch gone ; '", 'x" ; touch gone ; "',
     "$(touch gone)", "x #", "x\r\ny", "x\n", "\nx", "${IFS}x", "x -q evil", "-", "--x", "!x", "x\u2028y"]
)  # fmt: skip


def _texts(kind: str) -> list[tuple[str, bool]]:
    """The tunables of `kind` that are texts or lists of them; those of ``jobqueue`` with its name."""
    found = []
    for name in (*JobQueueArguments.__annotations__, *_own(kind)):
        node = backend_schema.node(f"backends.{kind}.{name}")
        types = node["type"] if node else ()
        free = (
            "string" in types
            and "enum" not in node
            and "unit" not in node
            and "pattern" not in node
        )
        if free or "array" in types:
            found.append((f"backends.{kind}.{name.replace('_', '-')}", "array" in types))
    theirs = ["worker-command", "job-cpu", "job-mem", "ncpus", "mem"]
    return [*found, *((f"jobqueue.{kind}.{name}", False) for name in theirs)]


def _own(kind: str) -> list[str]:
    prefix = f"backends.{kind}."
    return [key.removeprefix(prefix) for key in backend_schema.keys() if key.startswith(prefix)]  # noqa: SIM118


#: Those that become one word of an option.
WORDS = (
    "queue-name", "account", "job-name", "log-directory", "parallel-environment", "memory-resource",
    "gpu-resource", "memory-per-core-property-name", "job-mem",
)  # fmt: skip
TEXTS = [
    (kind, key, many)
    for kind in QUEUES
    for key, many in _texts(kind)
    if key != "backends.htcondor.queue-name"  # it has no queues, and always says so
]


def _script(kind: str, key: str, value: Any) -> list[str]:
    others = {
        f"backends.{kind}.resources-per-worker.number-of-gpus": 1,
        f"backends.{kind}.gpu-directive": "-l gpu=1",
        f"backends.{kind}.resources-per-worker.per-thread-memory-limit": "1 GB",
    }
    with dask.config.set({**others, key: value}):
        backend = backend_class(kind).from_config()
        return backend._groups[""].job.script(ADDRESS, "name").split("\n")  # type: ignore[attr-defined]


def _harmless(key: str, text: str) -> str:
    """A value that stands where `text` would stand."""
    if key.endswith((".ncpus", ".job-cpu")):
        return "7"
    if key.endswith(".mem"):
        return "77777777"
    if "directory" in key:
        return f"/{HARMLESS}"
    if key.endswith(".shebang"):
        return f"#!{HARMLESS}"
    if key.endswith(("extra-script-options", "job-extra-directives", "job-extra")):
        return f"-{HARMLESS}"
    # Some schedulers take a directive for GPUs for an option or for a part of one by its sign.
    return f"-{HARMLESS}" if key.endswith("gpu-directive") and text[0] == "-" else HARMLESS


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(TEXTS), BAD)
@example(("slurm", "jobqueue.slurm.worker-command", False), "x\nrm -r ~")
@example(("slurm", "jobqueue.slurm.job-cpu", False), "1\n#SBATCH --uid=0")
def test_no_value_adds_a_line_or_an_option(tunable: tuple[str, str, bool], text: str) -> None:
    kind, key, many = tunable
    harmless = _harmless(key, text)
    expected = _script(kind, key, [harmless] if many else harmless)
    try:
        lines = _script(kind, key, [text] if many else text)
    except DaskBackendError as error:
        assert isinstance(error, ConfigValueError) and "\n" not in str(error)
        return
    if key.endswith(WORDS):
        assert len(" ".join(lines).split()) <= len(" ".join(expected).split())
    changed = [line for line in lines if line not in expected]
    assert len(lines) <= len(expected)
    assert len("\n".join(lines).splitlines()) <= len("\n".join(expected).splitlines())
    assert len(changed) <= sum(harmless in line for line in expected)
