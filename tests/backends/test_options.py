"""Layers of one option: argument, profile, backends.<type>, backends.jobqueue, jobqueue.<type>."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config import ComputeResources, GPUToolkit, QueueWorkerResources
from dask_backend_config.backends.options import BackendOptions
from dask_backend_config.core.errors import ConfigValueError

from .conftest import Run

QUEUE = {
    "backends.profiles.gpu.queue-name": "of-profile",
    "backends.pbs.queue-name": "of-pbs",
    "backends.jobqueue.queue-name": "of-jobqueue",
    "jobqueue.pbs.queue": "of-dask-jobqueue",
}


def pbs(**arguments: Any) -> BackendOptions:
    named = {name.replace("_", "-"): value for name, value in arguments.items()}
    return BackendOptions("pbs", "DaskPBSBackend", named, "gpu")


@pytest.mark.parametrize("said", range(len(QUEUE)), ids=list(QUEUE))
def test_the_highest_layer_that_sets_a_value_counts(said: int) -> None:
    for lowest_only in (False, True):
        keys = list(QUEUE)[said : said + 1] if lowest_only else list(QUEUE)[said:]
        with dask.config.set({key: QUEUE[key] for key in keys}):
            assert pbs(queue_name=None).value("queue-name") == QUEUE[keys[0]]


def test_an_argument_overrides_all_keys() -> None:
    with dask.config.set(QUEUE):
        assert pbs(queue_name="mine").value("queue-name") == "mine"


def test_null_means_not_set() -> None:
    with dask.config.set({**QUEUE, "backends.profiles.gpu.queue-name": None}):
        assert pbs().value("queue-name") == "of-pbs"


def test_null_in_a_scheduler_section_falls_back_to_the_shared_key() -> None:
    with dask.config.set({"backends.pbs.security": None, "backends.jobqueue.security": False}):
        assert pbs().value("security") is False


def test_an_option_that_is_not_set_has_the_shipped_default() -> None:
    assert pbs().value("queue-name") is None
    with dask.config.set({"backends": {"local": None}}):
        assert BackendOptions("local", "DaskLocalCluster", {}).value("start-timeout") == "2 minutes"


def test_an_underscored_key_counts() -> None:
    with dask.config.set({"backends": {"pbs": {"queue_name": "a"}}}):
        assert pbs().value("queue-name") == "a"


def test_each_field_of_the_resources_is_resolved_independently() -> None:
    resources = QueueWorkerResources(number_of_gpus=1, preferred_gpu_toolkit=GPUToolkit.CUDA)
    values = {
        "backends.profiles.gpu.resources-per-worker.number-of-gpus": 7,
        "backends.profiles.gpu.resources-per-worker.wallclock-time-limit": "01:00",
        "backends.pbs.resources-per-worker.per-thread-memory-limit": "1 GB",
        "jobqueue.pbs.cores": 8,
    }
    with dask.config.set(values):
        made = pbs(resources_per_worker=resources).resources(QueueWorkerResources)
    assert made == QueueWorkerResources(
        8,
        1,
        GPUToolkit.CUDA,
        "mixed",
        "1 GB",
        "01:00",  # type: ignore[arg-type]
    )


def test_values_of_the_configuration_are_copied() -> None:
    with dask.config.set({"backends.pbs.setup-script-commands": ["a"]}):
        before = copy.deepcopy(dask.config.config)
        pbs().value("setup-script-commands").append("b")
        assert pbs().value("setup-script-commands") == ["a"]
        assert dask.config.config == before


def test_lists_of_arguments_are_copied() -> None:
    mine = ["a"]
    settings = pbs(setup_script_commands=mine)
    settings.value("setup-script-commands").append("b")
    assert mine == ["a"]


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        pytest.param("backends.profiles.gpu.job-name", "", "job-name", id="profile"),
        pytest.param("backends.pbs.job-name", 1, "job-name", id="type"),
        pytest.param("backends.jobqueue.job-name", "a\nb", "job-name", id="shared"),
        pytest.param("jobqueue.pbs.name", ["a"], "job-name", id="dask-jobqueue"),
        pytest.param("backends.jobqueue.security", None, "security", id="null"),
    ],
)
def test_an_invalid_value_is_refused_with_its_key(key: str, value: Any, name: str) -> None:
    with dask.config.set({key: value}), pytest.raises(ConfigValueError) as caught:
        pbs().value(name)
    assert f"{key} is {value!r}: must " in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.origin is not None


def test_an_invalid_value_is_refused_with_its_line(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "b.yaml").write_text("backends:\n  pbs:\n    job-name: 12\n")
    monkeypatch.setattr(dask.config, "paths", [str(user_folder)])
    with dask.config.set({"backends.pbs.job-name": 12}), pytest.raises(ConfigValueError) as caught:
        pbs().value("job-name")
    words = "~/.config/dask/b.yaml:3:15: backends.pbs.job-name is 12: must be "
    assert str(caught.value).startswith(words)


def test_an_invalid_argument_and_key_have_the_same_message() -> None:
    with pytest.raises(ConfigValueError) as argument:
        pbs(job_name=12).value("job-name")
    with dask.config.set({"backends.pbs.job-name": 12}), pytest.raises(ConfigValueError) as key:
        pbs().value("job-name")
    assert argument.value.message.startswith("argument job_name of DaskPBSBackend is 12: must be ")
    assert argument.value.message.partition(" is ")[2] == key.value.message.partition(" is ")[2]


@pytest.mark.parametrize(
    ("tree", "key"),
    [
        pytest.param({"backends": 5}, "backends", id="root"),
        pytest.param({"backends": {"pbs": "x"}}, "backends.pbs", id="section"),
        pytest.param({"backends": {"profiles": {"gpu": [1]}}}, "backends.profiles.gpu", id="list"),
    ],
)
def test_a_value_in_place_of_a_section_is_refused(tree: dict[str, Any], key: str) -> None:
    with dask.config.set(tree), pytest.raises(ConfigValueError, match="must be a section") as found:
        pbs().value("queue-name")
    assert f"{key} is " in found.value.message


def test_resources_of_another_type_are_refused() -> None:
    with pytest.raises(
        ConfigValueError, match=r"resources_per_worker of DaskPBSBackend is 3: must"
    ):
        pbs(resources_per_worker=3)


def test_a_local_backend_refuses_resources_of_job_queues() -> None:
    resources = QueueWorkerResources(wallclock_time_limit="01:00")
    with pytest.raises(ConfigValueError, match=r"wallclock_time_limit .* is for job queues only"):
        BackendOptions("local", "DaskLocalCluster", {"resources-per-worker": resources})
    plain = {"resources-per-worker": QueueWorkerResources(number_of_threads=2)}
    made = BackendOptions("local", "DaskLocalCluster", plain).resources(ComputeResources)
    assert made.number_of_threads == 2


@pytest.mark.parametrize(
    ("file", "variables", "code", "start"),
    [
        pytest.param(
            "backends:\n  jobqueue:\n    queue-name: a b\n", {}, "", "~/.config/dask/b.yaml:3:17: "
            "backends.jobqueue.queue-name is 'a b': must be one word", id="file",
        ),
        pytest.param(
            "jobqueue:\n  slurm: {walltime: '1 day'}\n", {}, "", "~/.config/dask/b.yaml:2:21: "
            "jobqueue.slurm.walltime is '1 day': must be a walltime", id="file of dask-jobqueue",
        ),
        pytest.param(
            "", {"DASK_BACKENDS__SLURM__JOB_NAME": "a/b"}, "", "DASK_BACKENDS__SLURM__JOB_NAME: "
            "backends.slurm.job-name is 'a/b': must be letters", id="variable",
        ),
        pytest.param(
            "", {}, "dask.config.set({'jobqueue.slurm.job-mem': '2 GB'})",
            "code: jobqueue.slurm.job-mem is '2 GB': must be one word", id="code",
        ),
    ],
)  # fmt: skip
def test_the_error_of_a_constructor_begins_with_the_place_of_the_value(
    run_script: Run, user_folder: Path, file: str, variables: dict[str, str], code: str, start: str
) -> None:
    (user_folder / "b.yaml").write_text(file)
    script = f"""
        import dask.config
        from dask_backend_config import ConfigValueError, DaskSLURMBackend

        {code}
        try:
            DaskSLURMBackend()
        except ConfigValueError as error:
            print(error)
    """
    done = run_script(script, **variables)
    assert done.stdout.startswith(start), done.stdout + done.stderr
