"""Keys of older releases."""

from __future__ import annotations

import pytest

from dask_backend_config.catalogue.known_keys import Catalogue, catalogue
from dask_backend_config.catalogue.old_keys import (
    REMOVED,
    is_old,
    may_hold_old_keys,
    new_name,
    removed,
)


@pytest.mark.parametrize("old", list(catalogue().renamed))
def test_what_dask_renames_is_renamed_to_a_known_key_or_removed(old: str) -> None:
    path = tuple(old.split("."))
    new = new_name(path, catalogue())
    assert new
    assert catalogue().knows(tuple(new.split("."))) is (removed(path, catalogue()) is None)
    assert is_old(path, catalogue())


@pytest.mark.parametrize("key", list(REMOVED))
def test_what_was_removed_is_unknown_today(key: str) -> None:
    path = tuple(key.replace("*", "slurm").split("."))
    assert not catalogue().knows(path)
    assert removed(path, catalogue())
    hint = REMOVED[key].hint
    if hint.startswith("write "):
        assert catalogue().knows(tuple(hint.removeprefix("write ").split(".")))


@pytest.mark.parametrize(
    ("key", "new"),
    [
        ("fuse_ave_width", "optimization.fuse.ave-width"),
        ("shuffle", "dataframe.shuffle.method"),
        ("jobqueue.slurm.project", "jobqueue.slurm.account"),
        ("jobqueue.moab.env_extra", "jobqueue.moab.job-script-prologue"),
        ("jobqueue.mysite.extra", "jobqueue.mysite.worker-extra-args"),
        ("jobqueue.lsf.project", None),
        ("jobqueue.mysite.project", None),
        ("extra", None),
        ("distributed.worker.daemon", None),
    ],
)
def test_the_new_name_of_a_key(key: str, new: str | None) -> None:
    assert new_name(tuple(key.split(".")), catalogue()) == new


def test_a_key_that_this_release_still_has_was_not_removed() -> None:
    older = Catalogue(
        {"dask": {"array": {"rechunk": {"algorithm": None}}}, "j": {"jobqueue": {}}}, {}
    )
    path = ("array", "rechunk", "algorithm")
    assert removed(path, older) is None
    assert removed(path, catalogue()) is not None


def test_a_key_that_dask_says_it_removed_is_removed() -> None:
    newer = Catalogue({"dask": {"array": {}}, "dask_jobqueue": {"jobqueue": {}}}, {"a.b": None})
    found = removed(("a", "b"), newer)
    assert found
    assert found.hint == "remove it"


def test_renames_that_go_in_a_circle_end() -> None:
    circle = Catalogue({"dask": {"c": 1}, "j": {"jobqueue": {}}}, {"a": "b", "b": "a"})
    assert new_name(("a",), circle) in ("a", "b")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (("array", "shuffle"), True),
        (("admin",), True),
        (("jobqueue", "mysite"), True),
        (("ucx",), True),
        (("distributed", "worker"), False),
        (("kubernetes",), False),
    ],
)
def test_old_keys_stand_in_few_sections(section: tuple[str, ...], expected: bool) -> None:
    assert may_hold_old_keys(section, catalogue()) is expected
