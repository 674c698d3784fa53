"""The known names, section by section."""

from __future__ import annotations

import pytest

from dask_backend_config.catalogue.known_keys import catalogue
from dask_backend_config.catalogue.known_keys import holds_keys, keys_below, names_below
from dask_backend_config.core.keys import join_path


def test_every_key_of_the_defaults_is_below_the_top_level() -> None:
    below = {join_path(path) for path in keys_below(())}
    keys = list(catalogue().keys())
    free = {key for key in keys if catalogue().is_free(tuple(key.split("."))[:-1])}
    assert set(keys) - free <= below


def test_every_key_below_is_known() -> None:
    assert all(catalogue().knows(path) for path in keys_below(()))


@pytest.mark.parametrize(
    ("section", "name"),
    [
        pytest.param((), "distributed", id="a namespace"),
        pytest.param((), "scheduler-address", id="a key without a default"),
        pytest.param(("distributed",), "worker", id="a section"),
        pytest.param(("distributed", "scheduler"), "pickle", id="below, without a default"),
        pytest.param(("jobqueue", "slurm"), "account", id="a scheduler's"),
        pytest.param(("jobqueue", "mysite"), "account", id="a section of another name"),
        pytest.param(("backends", "slurm"), "queue-name", id="shared by job queues"),
        pytest.param(("backends", "slurm", "resources-per-worker"), "number-of-gpus", id="deeper"),
        pytest.param(("backends", "profiles", "gpu"), "backend", id="a profile's own"),
        pytest.param(("backends", "profiles", "gpu"), "queue-name", id="any backend's"),
    ],
)
def test_a_section_holds_its_names(section: tuple[str, ...], name: str) -> None:
    assert name in names_below(section)
    assert len(names_below(section)) == len(set(names_below(section)))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(("distributed", "worker", "daemon"), id="a value"),
        pytest.param(("distributed", "nanny", "environ"), id="a map of the user's names"),
        pytest.param(("logging",), id="loggers"),
        pytest.param(("distributed", "wroker"), id="an unknown section"),
        pytest.param(("gateway",), id="another package's"),
        pytest.param(("backends", "default"), id="a value of ours"),
        pytest.param(("backends", "nothing"), id="an unknown one of ours"),
    ],
)
def test_nothing_known_is_below_a_value_a_free_map_or_the_unknown(path: tuple[str, ...]) -> None:
    assert names_below(path) == ()
    assert not holds_keys(path)


def test_profiles_hold_keys_though_their_names_are_free() -> None:
    assert names_below(("backends", "profiles")) == ()
    assert holds_keys(("backends", "profiles"))
    assert holds_keys(("distributed", "active_memory_manager")) is False
    assert holds_keys(("distributed", "scheduler", "active_memory_manager"))
