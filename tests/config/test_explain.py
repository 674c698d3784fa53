"""The Python API: values of a running process with their origins."""

from __future__ import annotations

from pathlib import Path

import dask.config
import pytest

import dask_backend_config
from dask_backend_config.core.errors import UnknownKeyError


def test_a_value_set_in_code_is_said_to_be() -> None:
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


def test_show_gives_the_section_that_was_asked_for() -> None:
    shown = dask_backend_config.show("backends.local")
    assert "backends.local.number-of-workers" in shown
    assert all(key.startswith("backends.local.") for key in shown)


def test_the_values_shown_are_those_of_dask_config() -> None:
    for key, resolved in dask_backend_config.show("distributed.comm").items():
        assert dask.config.get(key) == resolved.value


def test_a_description_has_meaning_type_variable_and_reader() -> None:
    explained = dask_backend_config.explain("distributed.worker.daemon")
    assert "daemon process" in (explained.description.text or "")
    assert explained.description.type == "boolean"
    assert explained.variable == "DASK_DISTRIBUTED__WORKER__DAEMON"
    assert "nanny" in (explained.description.read_by or "")


def test_the_chain_of_a_queue_tunable_ends_in_dask_jobqueues_own_key(
    monkeypatch: pytest.MonkeyPatch, user_folder: Path
) -> None:
    with dask.config.set({"jobqueue.pbs.queue": "long"}):
        explained = dask_backend_config.explain("backends.pbs.queue-name")
    chain = [(key, found and found.value) for key, found in explained.fallbacks]
    assert chain == [("backends.jobqueue.queue-name", None), ("jobqueue.pbs.queue", "long")]
    assert explained.used is not None
    assert explained.used.key == "jobqueue.pbs.queue"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("distributed.worker", "is a section", id="section"),
        pytest.param("distributed.wroker", "nearest", id="misspelt"),
        pytest.param("nothing.like.it", "show lists all", id="nothing"),
    ],
)
def test_what_cannot_be_explained_is_an_error_that_helps(key: str, words: str) -> None:
    with pytest.raises(UnknownKeyError) as caught:
        dask_backend_config.explain(key)
    assert words in str(caught.value)


def test_every_public_name_can_be_had() -> None:
    for name in dask_backend_config.__all__:
        assert getattr(dask_backend_config, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        dask_backend_config.nothing  # noqa: B018
