"""Options of job-queue backends, and what they become in the job script."""

from __future__ import annotations

import copy
from operator import attrgetter
from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config import (
    BaseDaskJobQueueBackend,
    ComputeResources,
    DaskLSFBackend,
    DaskMoabBackend,
    DaskPBSBackend,
    DaskSGEBackend,
    DaskSLURMBackend,
    GPUToolkit,
    QueueWorkerResources,
    get_backend,
)
from dask_backend_config.backends.config_tree import ConfigTree
from dask_backend_config.backends.jobqueue.options import cluster_options
from dask_backend_config.backends.options import BackendOptions
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.core.errors import ConfigValueError, DaskBackendError
from dask_backend_config.core.origins import Origin
from dask_backend_config.schedulers import SCHEDULERS

QUEUES = [kind for kind in BACKENDS if kind != "local"]
PER_WORKER = "resources-per-worker"


def test_arguments_reach_the_job_script() -> None:
    resources = QueueWorkerResources(
        number_of_threads=1,
        number_of_gpus=1,
        preferred_gpu_toolkit=QueueWorkerResources.GPUToolkit.CUDA,
        per_thread_memory_limit="4 GB",
        wallclock_time_limit="05:59",
    )
    backend = DaskLSFBackend(
        minimum_number_of_workers=1,
        maximum_number_of_workers=8,
        resources_per_worker=resources,
        queue_name="gpuqueue",
        setup_script_commands=["conda activate evaluator", "module load cuda/10.1"],
    )
    script = backend.job_script()
    for line in ("-q gpuqueue", "-n 1", "-W 05:59", '-gpu "num=1:j_exclusive=yes"', "-M 3906250"):
        assert f"\n#BSUB {line}\n" in script
    assert "\nconda activate evaluator\nmodule load cuda/10.1\n" in script
    assert backend.resources_per_worker.preferred_gpu_toolkit is GPUToolkit.CUDA


@pytest.mark.parametrize("kind", QUEUES)
def test_every_queue_backend_works_without_arguments(kind: str) -> None:
    backend = backend_class(kind)()
    assert isinstance(backend, BaseDaskJobQueueBackend)
    assert get_backend(kind).job_script() == backend.job_script()
    assert " -m distributed.cli.dask_worker <scheduler-address> " in backend.job_script()
    backend.stop()


#: Option, key of jobqueue.slurm, five values from the highest to the lowest layer, and their form
#: in the script.
CHAIN: list[Any] = [
    pytest.param("queue-name", "queue", list("abcde"), "\n#SBATCH --partition={}\n", id="queue"),
    pytest.param("account", "account", list("abcde"), "\n#SBATCH --account={}\n", id="account"),
    pytest.param("job-name", "name", list("abcde"), "\n#SBATCH --job-name={}\n", id="name"),
    pytest.param("shebang", "shebang", ["#!/a", "#!/b", "#!/c", "#!/d", "#!/e"], "{}\n\n", id="shebang"),
    pytest.param("python", "python", ["/a", "/b", "/c", "/d", "/e"], "\n{} -m distributed", id="python"),
    pytest.param(
        "setup-script-commands", "job-script-prologue", [["a", "A"], ["b", "B"], ["c"], ["d"], ["e"]],
        "\n{}\n", id="prologue",
    ),
    pytest.param(
        "extra-script-options", "job-extra-directives", [["-a"], ["-b"], ["-c"], ["-d"], ["-e"]],
        "\n#SBATCH {}\n\n", id="directives",
    ),
    pytest.param(
        "worker-extra-arguments", "worker-extra-args", [["-a"], ["-b"], ["-c"], ["-d"], ["-e"]],
        " {}\n", id="worker-extra-args",
    ),
    pytest.param("death-timeout", "death-timeout", [1, 2, 3, 4, 5], " --death-timeout {} ", id="death"),
    pytest.param("interface", "interface", list("abcde"), " --interface {} ", id="interface"),
    pytest.param(
        "local-directory", "local-directory", ["/a", "/b", "/c", "/d", "/e"],
        " --local-directory {} ", id="local-directory",
    ),
    pytest.param(
        "log-directory", "log-directory", ["/a", "/b", "/c", "/d", "/e"],
        "\n#SBATCH --output={}/dask-worker-%j.out\n", id="log-directory",
    ),
    pytest.param(
        f"{PER_WORKER}.number-of-threads", "cores", [2, 3, 4, 5, 6], "\n#SBATCH --cpus-per-task={}\n",
        id="cores",
    ),
]  # fmt: skip


def layers(name: str, theirs: str, values: list[Any]) -> list[dict[str, Any]]:
    """Return the value of each layer below the argument, the highest first."""
    places = [
        f"backends.profiles.mine.{name}",
        f"backends.slurm.{name}",
        f"backends.jobqueue.{name}",
    ]
    keys = [*places, f"jobqueue.slurm.{theirs}"]
    return [{key: value} for key, value in zip(keys, values[1:], strict=True)]


def made(name: str, value: Any) -> BaseDaskJobQueueBackend:
    """Return the backend with an argument, or the one of the profile if the value is None."""
    if value is None:
        backend = get_backend("mine")
        assert isinstance(backend, BaseDaskJobQueueBackend)
        return backend
    if name.startswith(PER_WORKER):
        field = name.rpartition(".")[2].replace("-", "_")
        return DaskSLURMBackend(resources_per_worker=QueueWorkerResources(**{field: value}))
    return DaskSLURMBackend(**{name.replace("-", "_"): value})


@pytest.mark.parametrize(("name", "theirs", "values", "text"), CHAIN)
def test_each_option_is_read_from_the_highest_layer_that_sets_it(
    name: str, theirs: str, values: list[Any], text: str
) -> None:
    expected = [
        text.format("\n".join(value) if isinstance(value, list) else value) for value in values
    ]
    below = layers(name, theirs, values)
    for number, fragment in enumerate(expected):
        said = {key: value for layer in below[max(0, number - 1) :] for key, value in layer.items()}
        with dask.config.set({"backends.profiles.mine.backend": "slurm", **said}):
            script = made(name, values[0] if number == 0 else None).job_script()
        assert [other for other in expected if other in script] == [fragment]


@pytest.mark.parametrize(
    ("name", "newer", "older", "text"),
    [
        pytest.param(
            "setup-script-commands", "job-script-prologue", "env-extra", "{}\n", id="env-extra"
        ),
        pytest.param(
            "extra-script-options", "job-extra-directives", "job-extra", "#SBATCH {}\n", id="extra"
        ),
        pytest.param("worker-extra-arguments", "worker-extra-args", "extra", " {}\n", id="worker"),
    ],
)
def test_an_old_name_of_dask_jobqueue_counts_if_the_new_one_is_empty(
    name: str, newer: str, older: str, text: str
) -> None:
    for empty in (None, []):
        said = {f"jobqueue.slurm.{newer}": empty, f"jobqueue.slurm.{older}": ["-replaced"]}
        with dask.config.set(said):
            assert text.format("-replaced") in DaskSLURMBackend().job_script()
    with dask.config.set(
        {f"jobqueue.slurm.{newer}": ["-new"], f"jobqueue.slurm.{older}": ["-replaced"]}
    ):
        script = DaskSLURMBackend().job_script()
    assert text.format("-new") in script and "-replaced" not in script
    said = {f"backends.slurm.{name}": [], f"jobqueue.slurm.{older}": ["-replaced"]}
    with dask.config.set(said):  # of ours, an empty list says that there is nothing
        assert "-replaced" not in DaskSLURMBackend().job_script()


@pytest.mark.parametrize("key", ["job-directives-skip", "header-skip"])
def test_dask_jobqueue_keys_that_skip_options_count(key: str) -> None:
    with dask.config.set({f"jobqueue.slurm.{key}": ["--ntasks"]}):
        assert "--ntasks" not in DaskSLURMBackend().job_script()
        assert "--ntasks" in DaskSLURMBackend(skip_script_options=["--none"]).job_script()


def test_the_folder_for_certificates_is_read_from_each_layer(tmp_path: Path) -> None:
    def parent(**arguments: Any) -> str:
        return DaskSLURMBackend(**arguments)._options.private_parent

    assert parent().startswith(str(Path.home()))
    with dask.config.set({"jobqueue.slurm.shared-temp-directory": "~/a"}):
        assert parent() == str(Path.home() / "a")
        with dask.config.set({"backends.jobqueue.shared-temp-directory": "/b"}):
            assert parent() == "/b"
            assert parent(shared_temp_directory="/c") == "/c"


SCHEDULER_OPTIONS = "jobqueue.slurm.scheduler-options"
DASHBOARD = "connections.dashboard_address"
STAGGER = "distributed.worker.lifetime.stagger"


@pytest.mark.parametrize(
    ("said", "arguments", "attribute", "expected"),
    [
        pytest.param({"distributed.adaptive.maximum": 36}, {}, "maximum", 36, id="maximum"),
        pytest.param(
            {"distributed.adaptive.maximum": 36, "backends.jobqueue.maximum-number-of-workers": 5},
            {}, "maximum", 5, id="ours-shared",
        ),
        pytest.param(
            {"distributed.adaptive.maximum": 36, "backends.slurm.maximum-number-of-workers": 5},
            {}, "maximum", 5, id="ours",
        ),
        pytest.param(
            {"distributed.adaptive.maximum": 36}, {"maximum_number_of_workers": 4}, "maximum", 4,
            id="argument",
        ),
        pytest.param({"distributed.adaptive.maximum": float("inf")}, {}, "maximum", 1, id="inf"),
        pytest.param({"distributed.adaptive.minimum": 3}, {}, "minimum", 3, id="minimum"),
        pytest.param({"distributed.adaptive.minimum": 3}, {}, "maximum", 3, id="minimum-is-maximum"),
        pytest.param({"distributed.adaptive.interval": "2s"}, {}, "adaptive_interval", 2, id="interval"),
        pytest.param({}, {}, "adaptive_interval", 10, id="defaults"),
        pytest.param({}, {}, "unknown_task_duration", 5, id="a task is worth a thread"),
        pytest.param(
            {"distributed.scheduler.unknown-task-duration": "1s"}, {}, "unknown_task_duration", None,
            id="unknown duration",
        ),
        pytest.param(
            {SCHEDULER_OPTIONS: {"dashboard_address": ":18787"}}, {}, DASHBOARD,
            "127.0.0.1:18787", id="dashboard",
        ),
        pytest.param(
            {SCHEDULER_OPTIONS: {"dashboard-address": "0.0.0.0:9"}}, {}, DASHBOARD,
            "0.0.0.0:9", id="dashboard-host",
        ),
        pytest.param(
            {SCHEDULER_OPTIONS: {"dashboard_address": 1}, "backends.slurm.dashboard-address": ":2"},
            {}, DASHBOARD, "127.0.0.1:2", id="ours-before-dashboard",
        ),
        pytest.param(
            {SCHEDULER_OPTIONS: {"dashboard_address": None}}, {}, DASHBOARD,
            "127.0.0.1:0", id="dashboard-null",
        ),
    ],
)  # fmt: skip
def test_keys_of_other_packages_replace_our_defaults_only(
    said: dict[str, Any], arguments: dict[str, Any], attribute: str, expected: Any
) -> None:
    with dask.config.set(said):
        backend = DaskSLURMBackend(**arguments)
    assert attrgetter(attribute)(backend._options) == expected


@pytest.mark.parametrize(
    ("written", "minimum"),
    [
        pytest.param((), 1, id="nothing"),
        pytest.param(("distributed.adaptive.minimum",), 0, id="theirs"),
        pytest.param(
            ("distributed.adaptive.minimum", "backends.jobqueue.minimum-number-of-workers"),
            1,
            id="both",
        ),
    ],
)
def test_a_value_that_equals_a_default_counts_if_a_user_wrote_it(
    written: tuple[str, ...], minimum: int
) -> None:
    def origin_of(key: str) -> Origin:
        return Origin("file" if key in written else "default")

    config = ConfigTree(dask.config.config, origin_of)
    options = BackendOptions("slurm", "DaskSLURMBackend", {}, None, config)
    assert cluster_options(options).minimum == minimum


@pytest.mark.parametrize(
    ("said", "walltime", "lifetime", "stagger"),
    [
        pytest.param({STAGGER: "1 minute"}, "1h", 3480, 60, id="short"),
        pytest.param({STAGGER: "5 minutes"}, "1h", 3180, 300, id="more-than-the-margin"),
        pytest.param(
            {STAGGER: "5 minutes", "distributed.worker.lifetime.duration": "30 minutes"}, "1h",
            1800, 300, id="with-a-duration",
        ),
        pytest.param(
            {STAGGER: "5 minutes", "backends.jobqueue.lifetime-stagger": "9s"}, "1h", 3480, 9, id="ours",
        ),
        pytest.param(
            {STAGGER: "5 minutes", "backends.jobqueue.lifetime-margin": 0}, "1h", 3300, 300,
            id="no-margin",
        ),
    ],
)  # fmt: skip
def test_the_stagger_of_distributed_is_in_the_script(
    said: dict[str, Any], walltime: str, lifetime: int, stagger: int
) -> None:
    with dask.config.set(
        {f"backends.jobqueue.{PER_WORKER}.wallclock-time-limit": walltime, **said}
    ):
        script = DaskSLURMBackend().job_script()
    assert f'--lifetime "$(({lifetime} - ' in script
    assert f'--lifetime-stagger "{stagger} seconds"' in script


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(
            {STAGGER: "20 minutes"}, f"{STAGGER} is '20 minutes': leaves no time to work", id="stagger"
        ),
        pytest.param(
            {"distributed.adaptive.maximum": 2, "backends.slurm.minimum-number-of-workers": 3},
            "distributed.adaptive.maximum is 2: must not be less than", id="maximum",
        ),
        pytest.param(
            {SCHEDULER_OPTIONS: {"dashboard_address": "here"}},
            f"{SCHEDULER_OPTIONS}.dashboard_address is 'here': must look like", id="dashboard",
        ),
        pytest.param(
            {f"backends.slurm.{PER_WORKER}.per-thread-memory-limit": 4}, "did you mean '4 GB'?", id="4"
        ),
        pytest.param({"jobqueue.slurm.memory": "16"}, "did you mean '16 GB'?", id="text"),
        pytest.param({"jobqueue.slurm.memory": 4000}, "did you mean '4000 MB'?", id="in-megabytes"),
        pytest.param({"jobqueue.slurm.memory": "20 MB"}, "a worker needs 32 MiB or more", id="20-MB"),
        pytest.param({"jobqueue.slurm.memory": 0}, "must be more than 0; remove it to", id="0"),
        pytest.param({"jobqueue.pbs.memory": "0GB"}, None, id="another-section"),
        pytest.param(
            {"backends.jobqueue.python": "apptainer exec img python"},
            "set worker-launcher to 'apptainer exec img' and this to 'python'", id="launcher",
        ),
        pytest.param(
            {"backends.slurm.python": "/usr/bin/env python3.12"},
            "set worker-launcher to '/usr/bin/env' and this to 'python3.12'", id="launcher-path",
        ),
        pytest.param({"backends.slurm.python": "python -u"}, "without arguments", id="arguments"),
        pytest.param({"backends.slurm.python": "/home/Jane Doe/bin/python"}, None, id="path"),
        pytest.param({"jobqueue.slurm.python": "srun python"}, None, id="as-in-dask-jobqueue"),
        pytest.param({"backends.slurm.shebang": "/bin/bash"}, "must look like #!/bin/bash", id="shebang"),
        pytest.param({"jobqueue.slurm.shebang": "bash"}, "must look like #!/bin/bash", id="word"),
        pytest.param(
            {"jobqueue.slurm.job-extra-directives": ["--qos=x", "mem=1G"]},
            "'mem=1G' must begin with -", id="no-option",
        ),
        pytest.param(
            {"backends.slurm.extra-script-options": [" -t 5", "# a comment"]}, None, id="comment"
        ),
        pytest.param(
            {SCHEDULER_OPTIONS: {"dashbord-address": ":1"}},
            "dashbord-address is ':1': dask's scheduler has no such argument; did you mean dashboard_address?", id="misspelled-argument",
        ),
        pytest.param({SCHEDULER_OPTIONS: {"x": 1}}, "no such argument", id="no-argument"),
        pytest.param({SCHEDULER_OPTIONS: {"worker-ttl": 1}}, None, id="hyphens"),
    ],
)  # fmt: skip
def test_values_that_cannot_work_are_refused_with_what_would(
    said: dict[str, Any], words: str | None
) -> None:
    with dask.config.set(said):
        try:
            DaskSLURMBackend()
        except ConfigValueError as error:
            assert words and words in error.message
        else:
            assert words is None


@pytest.mark.parametrize(
    ("modules", "arguments", "words"),
    [
        pytest.param("a.b", {}, " --preload-nanny a.b\n", id="one"),
        pytest.param(["a", "/my b.py"], {"worker_extra_arguments": ["-c"]},
                     " --preload-nanny a --preload-nanny '/my b.py' -c\n", id="two"),
        pytest.param(["a"], {"disable_nanny_process": True}, None, id="no-nanny"),
        pytest.param([], {}, None, id="none"),
    ],
)  # fmt: skip
def test_nannies_on_nodes_preload_the_modules_of_distributed_s_key(
    modules: Any, arguments: dict[str, Any], words: str | None
) -> None:
    with dask.config.set({"distributed.nanny.preload": modules}):
        script = DaskSLURMBackend(**arguments).job_script()
    assert words in script if words else "--preload-nanny" not in script


def test_a_launcher_stands_in_front_of_python() -> None:
    said = {"jobqueue.slurm.python": "python3", "backends.jobqueue.worker-launcher": "srun -n 1"}
    with dask.config.set(said):
        assert "\nsrun -n 1 python3 -m distributed" in DaskSLURMBackend().job_script()
        backend = DaskSLURMBackend(python="/my env/python", worker_launcher="podman run img")
    assert '\npodman run img "/my env/python" -m distributed' in backend.job_script()


#: Where Slurm decides, a job asks it.
IN_JOB = '"$(' + SCHEDULERS["slurm"].memory_in_job.replace("{share}", '"$m"') + ')"'


@pytest.mark.parametrize(
    ("said", "memory", "limit", "each"),
    [
        pytest.param({}, None, IN_JOB, None, id="nothing"),
        pytest.param({"jobqueue.slurm.memory": "8 GB"}, "7630M", "8000000000", 2 * 10**9, id="per-job"),
        pytest.param(
            {f"backends.slurm.{PER_WORKER}.per-thread-memory-limit": "2 GB"}, "7630M", "8000000000",
            2 * 10**9, id="per-thread",
        ),
        pytest.param(
            {
                f"backends.slurm.{PER_WORKER}.per-thread-memory-limit": 2**24,
                "jobqueue.slurm.memory": "8 GB",
            },
            "64M", str(4 * 2**24), 2**24, id="ours-before-theirs",
        ),
        pytest.param(
            {"jobqueue.slurm.memory": "8 GB", "jobqueue.slurm.job-mem": "16G"}, "16G", str(2**34),
            2**32, id="the-site-asks-for-more",
        ),
    ],
)  # fmt: skip
def test_memory_is_per_thread_here_and_per_job_in_dask_jobqueue(
    said: dict[str, Any], memory: str | None, limit: str, each: int | None
) -> None:
    with dask.config.set({"jobqueue.slurm.cores": 4, **said}):
        backend = DaskSLURMBackend()
        script = backend.job_script()
    assert (f"--mem={memory}" in script) if memory else ("--mem=" not in script)
    assert f" --nthreads 4 --memory-limit {limit} " in script
    assert backend.resources_per_worker.per_thread_memory_limit == each


class Quantity:
    """Quantity as in pint: ``to`` returns another one with a magnitude."""

    def __init__(self, magnitude: float, factor: int = 1) -> None:
        self.magnitude = magnitude
        self.factor = factor

    def to(self, unit: str) -> Quantity:
        assert unit == "byte"
        return Quantity(self.magnitude * self.factor)


def test_memory_may_be_a_quantity() -> None:
    resources = QueueWorkerResources(
        number_of_threads=2, per_thread_memory_limit=Quantity(4, 10**9)
    )
    backend = DaskPBSBackend(resources_per_worker=resources)
    assert "\n#PBS -l select=1:ncpus=2:mem=7812500kb\n" in backend.job_script()
    assert backend.resources_per_worker.per_thread_memory_limit == 4 * 10**9


def test_an_invalid_memory_of_dask_jobqueue_is_refused() -> None:
    refused = pytest.raises(ConfigValueError, match=r"jobqueue\.slurm\.memory is 'lots'")
    with dask.config.set({"jobqueue.slurm.memory": "lots"}), refused:
        DaskSLURMBackend()


WALLTIMES = {
    "lsf": "\n#BSUB -W {0}:{1}\n",
    "pbs": "\n#PBS -l walltime={0}:{1}:00\n",
    "slurm": "\n#SBATCH --time={0}:{1}:00\n",
    "sge": "\n#$ -l h_rt={0}:{1}:00\n",
    "oar": ",walltime={0}:{1}:00\n",
    "moab": "\n#PBS -l walltime={0}:{1}:00\n",
}


@pytest.mark.parametrize("kind", WALLTIMES)
def test_a_walltime_means_hours_and_minutes_on_every_scheduler(kind: str) -> None:
    resources = QueueWorkerResources(wallclock_time_limit="05:59")
    backend = backend_class(kind)(resources_per_worker=resources)
    assert WALLTIMES[kind].format("05", "59") in backend.job_script()
    assert backend.resources_per_worker.wallclock_time_limit == "05:59:00"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "text", "hours", "minutes"),
    [
        pytest.param("slurm", "90", "01", "30", id="slurm-minutes"),
        pytest.param("lsf", "01:30", "01", "30", id="lsf-hours-and-minutes"),
        pytest.param("pbs", "5400", "01", "30", id="pbs-seconds"),
    ],
)
def test_the_walltime_of_dask_jobqueue_has_the_scheduler_s_own_form(
    kind: str, text: str, hours: str, minutes: str
) -> None:
    with dask.config.set({f"jobqueue.{kind}.walltime": text}):
        assert WALLTIMES[kind].format(hours, minutes) in backend_class(kind)().job_script()


@pytest.mark.parametrize("text", ["soon", "0"])
def test_an_invalid_walltime_of_dask_jobqueue_is_refused(text: str) -> None:
    said = {"jobqueue.slurm.walltime": text}
    with dask.config.set(said), pytest.raises(ConfigValueError) as caught:
        DaskSLURMBackend()
    assert f"jobqueue.slurm.walltime is {text!r}" in caught.value.message


@pytest.mark.parametrize(
    "key",
    [f"backends.slurm.{PER_WORKER}.wallclock-time-limit", "jobqueue.slurm.walltime"],
)
def test_an_unquoted_walltime_is_refused_with_its_line(
    key: str, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    *above, last = key.split(".")
    nested = "".join(f"{'  ' * depth}{name}:\n" for depth, name in enumerate(above))
    (user_folder / "a.yaml").write_text(f"{nested}{'  ' * len(above)}{last}: 12:00:00\n")
    monkeypatch.setattr(dask.config, "paths", [str(user_folder)])
    with dask.config.set({key: 43200}), pytest.raises(ConfigValueError) as caught:
        DaskSLURMBackend()
    words = str(caught.value)
    assert words.startswith(f"~/.config/dask/a.yaml:{len(above) + 1}:")
    assert f"{key} is 43200: must be a walltime" in words and "without quotes, YAML reads" in words


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(
            {"minimum_number_of_workers": 3, "maximum_number_of_workers": 2},
            "argument maximum_number_of_workers of DaskSLURMBackend is 2: must not be less than "
            "minimum-number-of-workers, which is 3",
            id="maximum",
        ),
        pytest.param(
            {"lifetime_stagger": "2 minutes"},
            "argument lifetime_stagger of DaskSLURMBackend is '2 minutes': must be less than "
            "lifetime-margin, which is 120 s",
            id="stagger",
        ),
        pytest.param(
            {"lifetime_margin": "30 minutes"},
            "argument lifetime_margin of DaskSLURMBackend is '30 minutes': leaves no time to work, "
            "with a walltime of 00:30:00",
            id="margin",
        ),
        pytest.param(
            {"log_directory": "$NO_SUCH/logs"},
            "argument log_directory of DaskSLURMBackend is '$NO_SUCH/logs': the variable $NO_SUCH is "
            "not set here",
            id="variable",
        ),
        pytest.param(
            {"queue_name": "a b"},
            "argument queue_name of DaskSLURMBackend is 'a b': must be one word",
            id="two-words",
        ),
        pytest.param(
            {"resources_per_worker": 1},
            "argument resources_per_worker of DaskSLURMBackend is 1: must be",
            id="resources",
        ),
    ],
)  # fmt: skip
def test_invalid_arguments_are_refused_in_one_line(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigValueError) as caught:
        DaskSLURMBackend(**arguments)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_a_stagger_that_leaves_no_walltime_is_refused() -> None:
    short = QueueWorkerResources(wallclock_time_limit="00:02:20")
    with pytest.raises(
        ConfigValueError,
        match=r"argument lifetime_margin .* leaves no time to work, with a walltime of 00:02:20",
    ):
        DaskSLURMBackend(resources_per_worker=short, lifetime_margin="2 minutes")
    DaskSLURMBackend(resources_per_worker=short, lifetime_margin="2 minutes", lifetime_stagger=19)


def test_an_invalid_lifetime_of_distributed_is_refused() -> None:
    said = {"distributed.worker.lifetime.duration": "soon"}
    with dask.config.set(said), pytest.raises(DaskBackendError) as caught:
        DaskSLURMBackend()
    assert "distributed.worker.lifetime.duration is 'soon': must be a duration" in str(caught.value)


def test_a_queue_accepts_compute_resources() -> None:
    backend = DaskSLURMBackend(resources_per_worker=ComputeResources(number_of_threads=3))
    assert "--cpus-per-task=3\n" in backend.job_script()


@pytest.mark.parametrize("kind", [DaskPBSBackend, DaskMoabBackend])
def test_the_variable_pbs_account_is_the_default_account(
    kind: type[BaseDaskJobQueueBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PBS_ACCOUNT", "lab")
    assert "\n#PBS -A lab\n" in kind().job_script()
    assert "\n#PBS -A mine\n" in kind(account="mine").job_script()
    with dask.config.set({f"jobqueue.{kind.kind}.account": "site"}):
        assert "\n#PBS -A site\n" in kind().job_script()
    assert "lab" not in DaskSLURMBackend().job_script()


def test_an_invalid_pbs_account_is_refused_by_the_constructor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PBS_ACCOUNT", "a\n#PBS -q evil")
    with pytest.raises(ConfigValueError, match="must be one word"):
        DaskPBSBackend()


@pytest.mark.parametrize(
    ("conf", "said", "option"),
    [
        pytest.param(None, {}, "-M 1953125", id="kilobytes"),
        pytest.param("LSF_UNIT_FOR_LIMITS=MB\n", {}, "-M 1908", id="lsf.conf"),
        pytest.param("# LSF_UNIT_FOR_LIMITS=MB\n", {}, "-M 1953125", id="comment"),
        pytest.param(
            "LSF_UNIT_FOR_LIMITS=MB\n", {"jobqueue.lsf.lsf-units": "gb"}, "-M 2", id="theirs"
        ),
        pytest.param(
            "LSF_UNIT_FOR_LIMITS=MB\n",
            {"backends.lsf.memory-unit": "kb", "jobqueue.lsf.lsf-units": "gb"},
            "-M 1953125",
            id="ours",
        ),
    ],
)
def test_the_memory_unit_of_lsf_is_configured_or_read_from_lsf_conf(
    conf: str | None,
    said: dict[str, str],
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LSF_ENVDIR", str(tmp_path))
    if conf:
        (tmp_path / "lsf.conf").write_text(conf)
    resources = QueueWorkerResources(per_thread_memory_limit="2 GB")
    with dask.config.set(said):
        assert f"\n#BSUB {option}\n" in DaskLSFBackend(resources_per_worker=resources).job_script()
    resources = QueueWorkerResources(per_thread_memory_limit="2 GB")
    script = DaskLSFBackend(resources_per_worker=resources, memory_unit="tb").job_script()
    assert "\n#BSUB -M 1\n" in script


def test_a_backend_has_the_arguments_of_its_scheduler_only() -> None:
    four = QueueWorkerResources(4, per_thread_memory_limit="1 GiB")
    backend = DaskSGEBackend(
        parallel_environment="smp", memory_resource="h_vmem", resources_per_worker=four
    )
    script = backend.job_script()
    assert "\n#$ -pe smp 4\n" in script and "\n#$ -l h_vmem=1024M\n" in script
    with pytest.raises(TypeError, match="DaskSLURMBackend has no argument parallel_environment"):
        DaskSLURMBackend(parallel_environment="smp")  # type: ignore[call-arg]


def test_configuration_and_arguments_are_not_changed() -> None:
    mine = {
        "setup_script_commands": ["a"],
        "extra_script_options": ["-b"],
        "skip_script_options": ["c"],
    }
    kept = copy.deepcopy(mine)
    said = {
        "jobqueue.slurm.worker-extra-args": ["-d"],
        "jobqueue.slurm.scheduler-options": {"port": 0},
        "backends.slurm.setup-script-commands": ["e"],
    }
    with dask.config.set(said):
        before = copy.deepcopy(dask.config.config)
        scripts = {DaskSLURMBackend(**mine).job_script() for _ in range(3)}  # type: ignore[arg-type]
        assert len(scripts) == 1
        assert dask.config.config == before
    assert mine == kept


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        pytest.param("slurm", "queu_name", "; did you mean queue_name?", id="misspelt"),
        pytest.param("pbs", "zzz", "", id="unlike-all-others"),
        pytest.param("pbs", "resource_line", ": renamed resource_spec", id="old"),
        pytest.param("slurm", "job_extra_directives", ": renamed extra_script_options", id="theirs"),
        pytest.param("moab", "env_extra", ": renamed setup_script_commands", id="their-old-name"),
        pytest.param("lsf", "use_stdin", ": renamed submit_by_stdin", id="of-one-scheduler"),
        pytest.param(
            "sge", "walltime", ": use resources_per_worker=QueueWorkerResources(wallclock_time_limit=...)",
            id="of-the-resources",
        ),
        pytest.param(
            "sge", "number_of_gpus", ": use resources_per_worker=QueueWorkerResources(number_of_gpus=...)",
            id="of-the-resources-by-our-name",
        ),
        pytest.param("oar", "worker_command", ": set the key jobqueue.oar.worker-command", id="key"),
        pytest.param("slurm", "n_workers", ": use minimum_number_of_workers", id="number"),
        pytest.param("pbs", "processes", ": renamed workers_per_job", id="processes"),
        pytest.param("lsf", "adaptive_class", ": remove it; the backend itself scales", id="adaptive"),
        pytest.param("pbs", "cluster_type", ": use the class of the scheduler", id="cluster-type"),
    ],
)  # fmt: skip
def test_an_unknown_argument_names_what_to_use(kind: str, name: str, words: str) -> None:
    backend = backend_class(kind)
    with pytest.raises(TypeError) as caught:
        backend(**{name: 1})
    start = f"{backend.__name__} has no argument {name}"
    assert str(caught.value).startswith(f"{start}{words}")
    assert words or str(caught.value) == start


@pytest.mark.parametrize("kind", QUEUES)
def test_arguments_may_be_given_by_position(kind: str) -> None:
    backend: Any = backend_class(kind)
    resources = QueueWorkerResources(1, per_thread_memory_limit="1 GB")
    values = [1, 3, resources, None, ["module load cuda"], None, "5s", True, "ncpus=1"]
    names = backend.positional
    by_position = backend(*values[: len(names)])
    by_name = backend(**dict(zip(names, values, strict=False)))
    assert by_position.job_script() == by_name.job_script()
    assert "--no-nanny" in by_position.job_script()
    assert by_position._options.maximum == 3
    with pytest.raises(TypeError, match=f"takes {len(names)} arguments by position, but 10 were"):
        backend(*[None] * 10)
    with pytest.raises(TypeError, match="argument queue_name twice, by position and by name"):
        backend(1, 1, None, "short", queue_name="short")


def test_every_scheduler_has_its_backend() -> None:
    assert set(QUEUES) == set(SCHEDULERS)


def test_scheduler_options_must_be_a_section() -> None:
    said = {"jobqueue.slurm.scheduler-options": "port"}
    with (
        dask.config.set(said),
        pytest.raises(ConfigValueError, match=r"scheduler-options is 'port'"),
    ):
        DaskSLURMBackend()


def test_without_a_margin_there_is_no_stagger() -> None:
    script = DaskSLURMBackend(lifetime_margin=0).job_script()
    assert '--lifetime-stagger "0 seconds"' in script


@pytest.mark.parametrize(
    ("keys", "requested", "worker"),
    [
        pytest.param(
            {"backends.slurm.workers-per-job": 3, f"backends.slurm.{PER_WORKER}.number-of-threads": 2,
             f"backends.slurm.{PER_WORKER}.per-thread-memory-limit": "1 GiB",
             f"backends.slurm.{PER_WORKER}.number-of-gpus": 1},
            ("--cpus-per-task=6", "--mem=6144M", "--gres=gpu:3"),
            f"--nthreads 2 --memory-limit {2 * 2**30} --nworkers 3", id="ours are for each worker",
        ),
        pytest.param(
            {"jobqueue.slurm.processes": 6, "jobqueue.slurm.cores": 36, "jobqueue.slurm.memory": "12 GiB"},
            ("--cpus-per-task=36", "--mem=12288M"),
            f"--nthreads 6 --memory-limit {2 * 2**30} --nworkers 6", id="theirs are for the job",
        ),
        pytest.param(
            {"jobqueue.slurm.processes": 3, "jobqueue.slurm.cores": 10},
            ("--cpus-per-task=10",), "--nthreads 3 ", id="what remains is not used",
        ),
        pytest.param(
            {"jobqueue.slurm.processes": 3, "backends.slurm.workers-per-job": 1, "jobqueue.slurm.cores": 4},
            ("--cpus-per-task=4",), "--nthreads 4 ", id="ours comes first",
        ),
        pytest.param(
            {"backends.slurm.workers-per-job": 2, "backends.slurm.extra-script-options":
             ["--cpus-per-task=8", "--mem=8G"]},
            ("--cpus-per-task=8", "--mem=8G"), f"--nthreads 1 --memory-limit {4 * 2**30} --nworkers 2",
            id="another option",
        ),
    ],
)  # fmt: skip
def test_workers_of_a_job_share_what_it_requests(
    keys: dict[str, Any], requested: tuple[str, ...], worker: str
) -> None:
    with dask.config.set(keys):
        script = DaskSLURMBackend().job_script()
    for option in requested:
        assert f"#SBATCH {option}\n" in script
    assert f" --name <worker-name> {worker}" in script


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        pytest.param(
            {"jobqueue.slurm.processes": 8, "jobqueue.slurm.cores": 4},
            "jobqueue.slurm.processes is 8: must be at most 4, the threads of a job", id="cores",
        ),
        pytest.param(
            {"backends.slurm.workers-per-job": 4, "backends.slurm.maximum-number-of-workers": 3},
            "maximum-number-of-workers is 3: must be at least 4, the workers-per-job", id="maximum",
        ),
        pytest.param(
            {"backends.slurm.workers-per-job": 2, "backends.slurm.disable-nanny-process": True},
            "backends.slurm.workers-per-job is 2: must be 1 if disable-nanny-process is true",
            id="no nanny",
        ),
        pytest.param(
            {"jobqueue.slurm.processes": 8, "jobqueue.slurm.cores": 8, "jobqueue.slurm.memory": "160 MiB"},
            "gives the job 167772160 bytes for 8 workers, but a worker needs 32 MiB", id="memory",
        ),
    ],
)  # fmt: skip
def test_a_job_that_is_too_small_for_its_workers_is_refused(
    keys: dict[str, Any], words: str
) -> None:
    with dask.config.set(keys), pytest.raises(ConfigValueError, match=words):
        DaskSLURMBackend()
