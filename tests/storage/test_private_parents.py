"""The folders above a private folder: what was made for it goes with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dask_backend_config.storage import private_folder
from dask_backend_config.storage.private_folder import PrivateFolder


def test_folders_that_were_made_go_with_it(tmp_path: Path) -> None:
    folder = PrivateFolder(str(tmp_path / "a" / "b"))
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_folders_that_were_there_stay(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    PrivateFolder(str(tmp_path / "a" / "b")).remove()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert list((tmp_path / "a").iterdir()) == []


def test_folders_that_others_use_by_then_stay(tmp_path: Path) -> None:
    parent = str(tmp_path / "a" / "b")
    first, second = PrivateFolder(parent), PrivateFolder(parent)
    first.remove()
    assert Path(second.path).is_dir()
    second.remove()
    assert Path(parent).is_dir(), "the second did not make it"


def test_a_folder_that_vanishes_meanwhile_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, sweep = tmp_path / "a", private_folder._delete_abandoned
    times: list[str] = []

    def vanish(path: str) -> None:
        times.append(path)
        if len(times) == 1:
            os.rmdir(path)
        sweep(path)

    monkeypatch.setattr(private_folder, "_delete_abandoned", vanish)
    folder = PrivateFolder(str(parent))
    assert Path(folder.path).parent == parent
    assert len(times) == 2
