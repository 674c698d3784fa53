"""Keys of older releases."""

from __future__ import annotations

import pytest

from dask_backend_config.catalogue import dask_keys
from dask_backend_config.catalogue.dask_releases import installed_version
from dask_backend_config.catalogue.known_keys import Catalogue, catalogue
from dask_backend_config.catalogue.old_keys import (
    is_old,
    may_hold_old_keys,
    new_name,
    removed,
)


def path_of(key: str) -> tuple[str, ...]:
    return tuple(key.replace("*", "slurm").split("."))


def test_every_key_that_dask_renames_has_a_known_successor_or_was_removed() -> None:
    wrong = []
    for old in catalogue().renamed:
        new = new_name(path_of(old), catalogue())
        gone = removed(path_of(old), catalogue()) is not None
        if (
            not new
            or catalogue().knows(path_of(new)) is gone
            or not is_old(path_of(old), catalogue())
        ):
            wrong.append(old)
    assert wrong == []


def test_every_removed_key_is_unknown_today_and_its_replacement_is_known() -> None:
    removed_later = {*dask_keys.keys_read_by(installed_version())}
    keys = [key for key in dask_keys.keys_with("removed-after") if key not in removed_later]
    assert len(keys) > 8
    assert [key for key in keys if catalogue().knows(path_of(key))] == []
    assert [key for key in keys if not removed(path_of(key), catalogue())] == []
    replacements = [
        dask_keys.entry(path_of(key))["replaced-by"] for key in dask_keys.keys_with("replaced-by")
    ]
    assert [key for key in replacements if not catalogue().knows(path_of(key))] == []


def test_a_removed_key_has_its_last_release_and_a_hint() -> None:
    renamed = removed(("array", "rechunk", "algorithm"), catalogue())
    assert renamed
    assert (renamed.last_release, renamed.hint) == ("dask 2023.3.0", "Use array.rechunk.method")
    gone = removed(("jobqueue", "mine", "threads"), catalogue())
    assert gone
    assert (gone.last_release, gone.hint[:9]) == ("dask-jobqueue 0.2.0", "Remove it")


@pytest.mark.parametrize(
    ("key", "new"),
    [
        pytest.param("fuse_ave_width", "optimization.fuse.ave-width", id="by-dask"),
        pytest.param("shuffle", "dataframe.shuffle.method", id="twice"),
        pytest.param("jobqueue.slurm.project", "jobqueue.slurm.account", id="one-scheduler"),
        pytest.param("jobqueue.lsf.project", None, id="not-on-another-scheduler"),
        pytest.param("jobqueue.mine.env_extra", "jobqueue.mine.job-script-prologue", id="any-section"),
        pytest.param("extra", None, id="outside-of-jobqueue"),
        pytest.param("distributed.worker.daemon", None, id="current-key"),
    ],
)  # fmt: skip
def test_the_new_name_of_a_key(key: str, new: str | None) -> None:
    assert new_name(path_of(key), catalogue()) == new


@pytest.mark.parametrize(
    ("key", "version", "last"),
    [
        pytest.param("dataframe.dtype-backend", "2024.12.0", None, id="before"),
        pytest.param("dataframe.dtype-backend", "2024.12.1", None, id="in the last release"),
        pytest.param("dataframe.dtype_backend", "2025.1.0", "dask 2024.12.1", id="after"),
        pytest.param("dataframe.dtype-backend", "0+unknown", "dask 2024.12.1", id="unknown release"),
        pytest.param("hdfs-driver", "2024.12.0", "dask 2.1.0", id="long ago"),
    ],
)  # fmt: skip
def test_a_key_is_known_to_the_releases_that_read_it(
    key: str, version: str, last: str | None
) -> None:
    known = Catalogue(
        {"dask": {"dataframe": {"backend": None}}, "j": {"jobqueue": {}}}, {}, version
    )
    found = removed(path_of(key), known)
    assert (found and found.last_release) == last
    assert known.knows(path_of(key)) == (last is None)


def test_a_key_that_the_installed_release_has_was_not_removed() -> None:
    older = Catalogue(
        {"dask": {"array": {"rechunk": {"algorithm": None}}}, "j": {"jobqueue": {}}}, {}
    )
    assert removed(("array", "rechunk", "algorithm"), older) is None


def test_a_key_that_dask_lists_as_removed_is_removed() -> None:
    newer = Catalogue({"dask": {"array": {}}, "dask_jobqueue": {"jobqueue": {}}}, {"a.b": None})
    found = removed(("a", "b"), newer)
    assert found
    assert found.hint == "Remove it"


def test_renames_that_form_a_circle_end() -> None:
    circle = Catalogue({"dask": {"c": 1}, "j": {"jobqueue": {}}}, {"a": "b", "b": "a"})
    assert new_name(("a",), circle) in ("a", "b")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        pytest.param(("array", "shuffle"), True, id="renamed-keys"),
        pytest.param(("distributed", "comm"), True, id="a-removed-key"),
        pytest.param(("jobqueue", "mysite"), True, id="any-cluster"),
        pytest.param(("distributed", "worker", "memory"), False, id="only-current-keys"),
        pytest.param(("kubernetes",), False, id="another-package"),
    ],
)
def test_sections_that_may_hold_old_keys(section: tuple[str, ...], expected: bool) -> None:
    assert may_hold_old_keys(section, catalogue()) is expected
