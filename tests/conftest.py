"""What every test starts from: an empty home, no dask variables, no system configuration."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

#: Beginnings of variables that change what dask reads or what a terminal shows.
_CHANGES_TESTS = ("DASK", "COLUMNS")


def _leave_the_developers_home() -> None:
    """Give this process an empty home; dask reads its files once, when it is imported."""
    assert "dask.config" not in sys.modules, "dask has already read the developer's files"
    home = tempfile.mkdtemp(prefix="home-of-tests-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    for name in [name for name in os.environ if name.upper().startswith(_CHANGES_TESTS)]:
        del os.environ[name]
    os.environ.update(HOME=home, DASK_ROOT_CONFIG=os.path.join(home, "etc-dask"))


_leave_the_developers_home()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and an environment in which dask finds no configuration."""
    folder = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.upper().startswith(_CHANGES_TESTS)]:
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
