"""The Python API: values of a running process with their origins."""

from __future__ import annotations

from pathlib import Path

import dask.config
import pytest

import dask_backend_config
from dask_backend_config.core.errors import UnknownKeyError


def test_a_value_set_in_code_has_the_origin_code() -> None:
    with dask.config.set({"distributed.scheduler.allowed-failures": 11}):
        explained = dask_backend_config.explain("distributed.scheduler.allowed_failures")
        assert explained.resolved is not None
        assert (explained.resolved.value, explained.resolved.origin.kind) == (11, "code")
        assert [str(layer.origin) for layer in explained.resolved.shadowed] == [
            "default of distributed"
        ]
    explained = dask_backend_config.explain("distributed.scheduler.allowed-failures")
    assert explained.resolved is not None
    assert explained.resolved.origin.kind == "default"


def test_show_returns_the_values_of_a_section() -> None:
    shown = dask_backend_config.show("backends.local")
    assert "backends.local.number-of-workers" in shown
    assert all(key.startswith("backends.local.") for key in shown)


def test_show_returns_the_values_of_dask_config() -> None:
    for key, resolved in dask_backend_config.show("distributed.comm").items():
        assert dask.config.get(key) == resolved.value


def test_an_explanation_has_description_type_variable_and_reader() -> None:
    explained = dask_backend_config.explain("distributed.worker.daemon")
    assert "daemon process" in (explained.description.text or "")
    assert explained.description.type == "boolean"
    assert explained.variable == "DASK_DISTRIBUTED__WORKER__DAEMON"
    assert "nanny" in (explained.description.read_by or "")


def test_the_fallbacks_of_a_queue_option_end_with_the_key_of_dask_jobqueue(
    monkeypatch: pytest.MonkeyPatch, user_folder: Path
) -> None:
    with dask.config.set({"jobqueue.pbs.queue": "long"}):
        explained = dask_backend_config.explain("backends.pbs.queue-name")
    chain = [(key, found and found.value) for key, found in explained.fallbacks]
    assert chain == [("backends.jobqueue.queue-name", None), ("jobqueue.pbs.queue", "long")]
    assert explained.used is not None
    assert explained.used.key == "jobqueue.pbs.queue"


def test_an_option_that_a_worker_group_does_not_set_is_that_of_its_section() -> None:
    with dask.config.set({"backends.pbs.queue-name": "long", "backends.pbs.worker-groups.a": {}}):
        explained = dask_backend_config.explain("backends.pbs.worker-groups.a.queue-name")
    assert explained.used is not None
    assert (explained.used.key, explained.used.value) == ("backends.pbs.queue-name", "long")
    assert explained.variable == "DASK_BACKENDS__PBS__WORKER_GROUPS__A__QUEUE_NAME"


def test_the_worker_groups_of_a_section_without_groups_are_explained() -> None:
    explained = dask_backend_config.explain("backends.pbs.worker_groups")
    assert explained.fallbacks[0][0] == "backends.jobqueue.worker-groups"
    assert "letters" in (explained.description.text or "")


def test_a_key_at_the_top_level_is_explained() -> None:
    assert dask_backend_config.explain("scheduler-address").fallbacks == ()


def test_a_key_of_distributed_that_replaces_a_default_is_shown_as_used() -> None:
    key, other = "backends.slurm.maximum-number-of-workers", "distributed.adaptive.maximum"
    with dask.config.set({other: 36}):
        explained = dask_backend_config.explain(key)
    assert explained.used and (explained.used.key, explained.used.value) == (other, 36)
    with dask.config.set({other: 36, "backends.jobqueue.maximum-number-of-workers": 4}):
        assert getattr(dask_backend_config.explain(key).used, "value", None) == 4
    assert other not in dict(dask_backend_config.explain(key).fallbacks)
    assert "unless backends.<type>.maximum" in (
        dask_backend_config.explain(other).description.with_backends or ""
    )


@pytest.mark.parametrize(
    ("key", "variable", "words"),
    [
        pytest.param("backends.slurm.queue-name", "SBATCH_PARTITION", "in effect", id="not set"),
        pytest.param("jobqueue.slurm.walltime", "SBATCH_TIMELIMIT", "ignored", id="set"),
        pytest.param("backends.jobqueue.resources-per-worker.per-thread-memory-limit",
                     "SBATCH_MEM_PER_CPU", "in effect", id="another unit"),
        pytest.param("backends.pbs.queue-name", "SBATCH_PARTITION", "", id="another scheduler"),
        pytest.param("backends.slurm.queue-name", "SBATCH_ACCOUNT", "", id="another key"),
        pytest.param("distributed.worker.daemon", "SBATCH_ACCOUNT", "", id="of dask"),
    ],
)  # fmt: skip
def test_the_schedulers_own_variables_are_named(
    monkeypatch: pytest.MonkeyPatch, key: str, variable: str, words: str
) -> None:
    monkeypatch.setenv(variable, "a")
    with dask.config.set({"jobqueue.slurm.walltime": "01:00:00"}):
        found = dask_backend_config.explain(key).script_variables
    assert words in found and bool(found) == bool(words)
    assert not words or found.startswith(f"{variable}=a (")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("distributed.worker", "is a section", id="section"),
        pytest.param("distributed.wroker", "Did you mean distributed.worker?", id="misspelt"),
        pytest.param("nothing.like.it", "unknown key nothing.like.it", id="unknown"),
    ],
)
def test_explaining_an_unknown_key_or_a_section_raises(key: str, words: str) -> None:
    with pytest.raises(UnknownKeyError) as caught:
        dask_backend_config.explain(key)
    assert words in str(caught.value)


def test_every_public_name_can_be_imported() -> None:
    for name in dask_backend_config.__all__:
        assert getattr(dask_backend_config, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        dask_backend_config.nothing  # noqa: B018
