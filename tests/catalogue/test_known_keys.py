"""The known names, section by section."""

from __future__ import annotations

import pytest

from dask_backend_config.catalogue.known_keys import catalogue, holds_keys, keys_below, names_below
from dask_backend_config.core.keys import join_path


def test_all_keys_of_the_defaults_are_listed() -> None:
    below = {join_path(path) for path in keys_below(())}
    keys = list(catalogue().keys())
    free = {key for key in keys if catalogue().is_free(tuple(key.split("."))[:-1])}
    assert set(keys) - free <= below


def test_all_listed_keys_are_known() -> None:
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
        pytest.param(("backends", "pbs", "worker-groups", "gpu"), "queue-name", id="a group's"),
        pytest.param(
            ("backends", "pbs", "worker-groups", "gpu"), "resource-spec", id="of the scheduler"
        ),
        pytest.param(
            ("backends", "profiles", "p", "worker-groups", "gpu", "resources-per-worker"),
            "number-of-gpus",
            id="deeper in a group",
        ),
    ],
)
def test_the_names_in_a_section(section: tuple[str, ...], name: str) -> None:
    assert name in names_below(section)
    assert len(names_below(section)) == len(set(names_below(section)))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(("distributed", "worker", "daemon"), id="a value"),
        pytest.param(("distributed", "nanny", "environ"), id="a map with own names"),
        pytest.param(("logging",), id="loggers"),
        pytest.param(("distributed", "wroker"), id="an unknown section"),
        pytest.param(("gateway",), id="another package's"),
        pytest.param(("backends", "default"), id="a value of ours"),
        pytest.param(("backends", "nothing"), id="an unknown one of ours"),
    ],
)
def test_values_maps_with_own_names_and_unknown_sections_have_no_known_names(
    path: tuple[str, ...],
) -> None:
    assert names_below(path) == ()
    assert not holds_keys(path)


@pytest.mark.parametrize(
    "section",
    [
        pytest.param(("backends", "profiles"), id="profiles"),
        pytest.param(("backends", "local", "worker_groups"), id="groups"),
        pytest.param(("backends", "profiles", "p", "worker-groups"), id="groups of a profile"),
    ],
)
def test_profiles_and_groups_hold_known_keys_although_their_names_are_the_users(
    section: tuple[str, ...],
) -> None:
    assert names_below(section) == ()
    assert holds_keys(section)
    assert not catalogue().knows((*section, "mine", "nonsense"))


def test_both_spellings_of_a_section_hold_keys() -> None:
    assert holds_keys(("distributed", "active_memory_manager")) is False
    assert holds_keys(("distributed", "scheduler", "active_memory_manager"))
