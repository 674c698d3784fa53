"""What every test starts from: an empty home, no dask variables, no system configuration.

Nor are there commands of a batch scheduler, which ask in vain where it does not run.
"""

from __future__ import annotations

import atexit
import functools
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


@functools.cache
def _path_without_schedulers() -> str:
    """Return a ``PATH`` without the commands that find out whether a scheduler runs."""
    from dask_backend_config.schedulers import SCHEDULERS

    hidden = {entry.probe[0] for entry in SCHEDULERS.values()}
    folders = os.environ["PATH"].split(os.pathsep)
    for number, folder in enumerate(folders):
        if any(os.path.exists(os.path.join(folder, name)) for name in hidden):
            folders[number] = tempfile.mkdtemp(prefix="programs-of-tests-")
            atexit.register(shutil.rmtree, folders[number], ignore_errors=True)
            for name in {*os.listdir(folder)} - hidden:
                os.symlink(os.path.join(folder, name), os.path.join(folders[number], name))
    return os.pathsep.join(folders)


@pytest.fixture(autouse=True)
def home(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Path:
    """An empty home folder, and an environment in which dask finds no configuration."""
    folder = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.upper().startswith(_CHANGES_TESTS)]:
        monkeypatch.delenv(name)
    if "schedulers" not in request.path.parts:
        monkeypatch.setenv("PATH", _path_without_schedulers())
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("DASK_ROOT_CONFIG", str(tmp_path_factory.mktemp("etc-dask")))
    return folder


@pytest.fixture
def user_folder(home: Path) -> Path:
    """``~/.config/dask``, made."""
    folder = home / ".config" / "dask"
    folder.mkdir(parents=True)
    return folder
