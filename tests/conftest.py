"""What every test starts from: an empty home, no dask variables, no system configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and an environment in which dask finds no configuration."""
    folder = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.upper().startswith(("DASK", "COLUMNS"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("DASK_ROOT_CONFIG", str(tmp_path_factory.mktemp("etc-dask")))
    return folder


@pytest.fixture
def user_folder(home: Path) -> Path:
    """``~/.config/dask``, made."""
    folder = home / ".config" / "dask"
    folder.mkdir(parents=True)
    return folder
