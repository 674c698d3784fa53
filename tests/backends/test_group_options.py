"""Worker groups: which there are, and the layers of each option of a group."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config import DaskPBSBackend, DaskSLURMBackend, QueueWorkerResources, get_backend
from dask_backend_config.backends.group_options import group_options
from dask_backend_config.backends.option_errors import sources
from dask_backend_config.backends.options import BackendOptions
from dask_backend_config.backends.resources import GPUS
from dask_backend_config.core.errors import ConfigValueError, DaskBackendError, UnknownKeyError

ARGUMENT = "argument"
#: The value of queue-name in each layer, the highest first.
LAYERS = {
    f"{ARGUMENT}.worker-groups.gpu.queue-name": "group-of-argument",
    "backends.profiles.night.worker-groups.gpu.queue-name": "group-of-profile",
    "backends.pbs.worker-groups.gpu.queue-name": "group-of-pbs",
    "backends.jobqueue.worker-groups.gpu.queue-name": "group-of-jobqueue",
    f"{ARGUMENT}.queue-name": "argument",
    "backends.profiles.night.queue-name": "profile",
    "backends.pbs.queue-name": "pbs",
    "backends.jobqueue.queue-name": "jobqueue",
    "jobqueue.pbs.queue": "dask-jobqueue",
}


def pbs(profile: str | None = None, **arguments: Any) -> BackendOptions:
    return BackendOptions("pbs", "DaskPBSBackend", arguments, profile)


def options_of_layers(layers: dict[str, str]) -> BackendOptions:
    """Return the options of group gpu if each of these layers sets its value."""
    group = layers.get(f"{ARGUMENT}.worker-groups.gpu.queue-name")
    arguments: dict[str, Any] = {"worker_groups": {"gpu": {"queue_name": group}}}
    arguments["queue_name"] = layers.get(f"{ARGUMENT}.queue-name")
    keys = {key: value for key, value in layers.items() if not key.startswith(ARGUMENT)}
    with dask.config.set(keys):
        options = group_options(pbs("night", **arguments))["gpu"]
        options.value("queue-name")
    return options


@pytest.mark.parametrize("highest", range(len(LAYERS)), ids=list(LAYERS))
def test_the_highest_layer_that_sets_an_option_of_a_group_counts(highest: int) -> None:
    keys = list(LAYERS)[highest:]
    for layers in (keys, keys[:1]):
        options = options_of_layers({key: LAYERS[key] for key in layers})
        assert options.value("queue-name") == LAYERS[keys[0]]


@pytest.mark.parametrize("key", [key for key in LAYERS if not key.startswith(ARGUMENT)])
def test_messages_name_the_key_that_sets_an_option_of_a_group(key: str) -> None:
    options = options_of_layers({key: LAYERS[key]})
    assert options.resolve("queue-name").key == key
    (source,) = sources(options, "queue-name")
    assert source.startswith(f"{key} ('{LAYERS[key]}'")


@pytest.mark.parametrize(
    ("keys", "argument", "names"),
    [
        pytest.param({}, None, [], id="none"),
        pytest.param({"pbs.worker-groups": None}, None, [], id="null"),
        pytest.param({"pbs.worker-groups": {"cpu": None, "gpu": {}}}, None, ["cpu", "gpu"], id="empty groups"),
        pytest.param({"pbs.worker-groups": {"z": {}, "a": {}}}, None, ["z", "a"], id="as written"),
        pytest.param(
            {"pbs.worker-groups": {"b": {}, "a": {}}, "jobqueue.worker-groups": {"a": {}}}, None, ["a", "b"],
            id="the shared section first",
        ),
        pytest.param({"pbs.worker_groups": {"big_mem": {}}}, {"big-mem": {}, "x": None}, ["big-mem", "x"], id="spellings"),
        pytest.param({"local.worker-groups": {"a": {}}, "slurm.worker-groups": {"b": {}}}, None, [], id="others'"),
        pytest.param({"profiles.night.worker-groups": {"a": {}}}, {}, ["a"], id="profile"),
        pytest.param({"profiles.day.worker-groups": {"a": {}}}, {}, [], id="another profile"),
    ],
)  # fmt: skip
def test_the_groups_are_in_the_order_of_definition(
    keys: dict[str, Any], argument: Any, names: list[str]
) -> None:
    with dask.config.set({f"backends.{key}": value for key, value in keys.items()}):
        assert list(group_options(pbs("night", worker_groups=argument))) == names


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param({"number_of_gpus": 2}, id="mapping"),
        pytest.param(QueueWorkerResources(number_of_gpus=2), id="object"),
    ],
)
def test_each_resource_of_a_group_is_resolved_independently(resources: Any) -> None:
    groups = {"gpu": {"resources-per-worker": resources}, "cpu": {}}
    shared = {"backends.pbs.resources-per-worker": {"number-of-threads": 4, "number-of-gpus": 1}}
    with dask.config.set(shared):
        found = group_options(pbs(worker_groups=groups))
        made = {name: found[name].resources(QueueWorkerResources) for name in found}
    assert [(each.number_of_threads, each.number_of_gpus) for each in made.values()] == [
        (4, 2),
        (4, 1),
    ]


@pytest.mark.parametrize("value", [None, 0])
def test_null_in_a_group_means_not_set_and_0_does_not(value: int | None) -> None:
    keys = {"backends.pbs.worker-groups.a.resources-per-worker.number-of-gpus": value}
    with dask.config.set({**keys, f"backends.pbs.{GPUS}": 3}):
        assert group_options(pbs())["a"].value(GPUS) == (3 if value is None else 0)


@pytest.mark.parametrize(
    ("groups", "key", "words"),
    [
        pytest.param(["gpu"], "", "is ['gpu']: must be a section", id="list"),
        pytest.param("gpu", "", "is 'gpu': must be a section", id="word"),
        pytest.param({"gpu": "gpuqueue"}, ".gpu", "must be a section", id="word for a group"),
        pytest.param({"big mem": {"job-name": "a"}}, ".big mem", "invalid name 'big mem'", id="blank"),
        pytest.param({"a.b": None}, ".a.b", "invalid name 'a.b'", id="dot"),
        pytest.param({"a-b_c": {}}, ".a-b_c", "either - or _", id="both spellings in one name"),
        pytest.param({1: {}}, ".1", "invalid name 1", id="number"),
        pytest.param({"": {}}, ".", "invalid name ''", id="empty"),
        pytest.param({"-x": {}}, ".-x", "invalid name '-x'", id="like an option"),
        pytest.param({"gpü": {}}, ".gpü", "invalid name", id="not ASCII"),
        pytest.param({"gpu": {}, "GPU": {"job-name": "a"}}, ".GPU", "gpu and GPU differ only in case", id="case"),
        pytest.param({"gpu": {"quue-name": "a"}}, ".gpu.quue-name", "Did you mean queue-name?", id="misspelt"),
        pytest.param({"gpu": {"queue": "a"}}, ".gpu.queue", "Did you mean queue-name?", id="dask-jobqueue's name"),
        pytest.param({"gpu": {"zzz": 1}}, ".gpu.zzz", "run: dask-backend-config explain backends.pbs", id="unknown"),
        pytest.param({"gpu": {"memory-unit": "kb"}}, ".gpu.memory-unit", "the backend pbs does not have it", id="LSF's"),
        pytest.param({"gpu": {"backend": "slurm"}}, ".gpu.backend", "unknown key", id="backend"),
        pytest.param({"gpu": {"security": False}}, ".gpu.security", "Set backends.pbs.security instead", id="cluster"),
        pytest.param(
            {"gpu": {"worker-groups": {"b": {}}, "dashboard_address": 1}}, ".gpu.dashboard-address",
            "Set backends.pbs.dashboard-address instead", id="cluster, underscores",
        ),
        pytest.param(
            {"gpu": {"worker-groups": {"b": {"queue-name": "a"}}}}, ".gpu.worker-groups.b.queue-name",
            "Set backends.pbs.worker-groups.b.queue-name instead", id="group in a group",
        ),
    ],
)  # fmt: skip
def test_what_is_no_group_is_refused_with_its_key(groups: Any, key: str, words: str) -> None:
    with dask.config.set({"backends.pbs.worker-groups": groups}):
        with pytest.raises(DaskBackendError) as caught:
            group_options(pbs())
        assert caught.value.key == f"backends.pbs.worker-groups{key}"
        assert words in str(caught.value) and "\n" not in str(caught.value)
        with pytest.raises(type(caught.value)):
            DaskPBSBackend()


@pytest.mark.parametrize(
    ("groups", "error", "words"),
    [
        pytest.param(["gpu"], ConfigValueError, "must be a mapping of groups", id="list"),
        pytest.param({"gpu": 1}, ConfigValueError, "the options of gpu must be a mapping", id="number"),
        pytest.param({"g pu": {}}, ConfigValueError, "invalid name 'g pu'", id="name"),
        pytest.param({"gpu": {}, "Gpu": {}}, ConfigValueError, "groups gpu and Gpu differ", id="case"),
        pytest.param({"gpu": {"quue_name": 1}}, UnknownKeyError, "Did you mean queue_name?", id="misspelt"),
        pytest.param({"gpu": {"security": False}}, UnknownKeyError, "Use the argument security", id="cluster"),
        pytest.param({"gpu": {"resources_per_worker": {"gpus": 1}}}, UnknownKeyError, "gpus of group gpu", id="resource"),
        pytest.param(
            {"gpu": {"resources_per_worker": 4}}, ConfigValueError, "must be a ComputeResources", id="number for resources"
        ),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused(groups: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as caught:
        DaskSLURMBackend(worker_groups=groups)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_an_invalid_value_of_a_group_is_refused_with_its_line(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "backends:\n  pbs:\n    worker-groups:\n      gpu: {queue-name: 5}\n"
    (user_folder / "b.yaml").write_text(text)
    monkeypatch.setattr(dask.config, "paths", [str(user_folder)])
    with dask.config.set({"backends.pbs.worker-groups.gpu.queue-name": 5}):
        options = group_options(pbs())["gpu"]
        with pytest.raises(ConfigValueError, match="quote it") as caught:
            options.value("queue-name")
    words = "~/.config/dask/b.yaml:4:25: backends.pbs.worker-groups.gpu.queue-name is 5: must be "
    assert str(caught.value).startswith(words)


def test_an_error_about_a_value_for_all_groups_names_the_group() -> None:
    with dask.config.set({"backends.pbs.queue-name": 5, "backends.pbs.worker-groups.gpu": None}):
        options = group_options(pbs())["gpu"]
        with pytest.raises(ConfigValueError, match=r"^[^(]*pbs.queue-name .*\(worker group gpu\)$"):
            options.value("queue-name")


def test_a_profile_refuses_unknown_options_of_its_groups() -> None:
    profile = {"backend": "pbs", "worker-groups": {"a": {"security": True}}}
    words = "Set backends.profiles.night.security instead"
    values = {"backends.profiles.night": profile}
    with dask.config.set(values), pytest.raises(UnknownKeyError, match=words):
        get_backend("night")
