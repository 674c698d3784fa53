"""The check of DASK_CONFIG."""

from __future__ import annotations

from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import missing_config_path
from tests.doctor.checks.conftest import Examine


@pytest.fixture(autouse=True)
def root_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DASK_ROOT_CONFIG that exists."""
    monkeypatch.setenv("DASK_ROOT_CONFIG", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        pytest.param("/no/such/file.yaml", "unset DASK_CONFIG", id="a wrong path"),
        pytest.param("~/dask.yaml", 'DASK_CONFIG="$HOME/dask.yaml"', id="a tilde"),
        pytest.param("~jane/dask.yaml", "absolute path", id="the tilde of a user"),
        pytest.param("$HOME/dask.yaml", 'DASK_CONFIG="$HOME/dask.yaml"', id="a variable"),
        pytest.param("/no/a.yaml:/no/b.yaml", "does not split", id="two paths"),
        pytest.param("no/such.yaml", "absolute path", id="a relative path"),
    ],
)
def test_a_dask_config_that_does_not_exist_is_an_error(
    examine: Examine, path: str, hint: str
) -> None:
    (finding,) = examine(missing_config_path, variables={"DASK_CONFIG": path})
    assert finding.severity == "error"
    assert path in finding.message
    assert hint in finding.hint
    assert finding.origin
    assert (finding.origin.kind, finding.origin.name) == ("variable", "DASK_CONFIG")


def test_a_dask_root_config_that_does_not_exist_keeps_etc_dask_out(examine: Examine) -> None:
    assert examine(missing_config_path, variables={"DASK_ROOT_CONFIG": "/no/such"}) == []


def test_paths_that_exist_are_accepted(examine: Examine, root_folder: Path) -> None:
    (root_folder / "any-name.txt").write_text("a: 1\n")
    for path in (root_folder, root_folder / "any-name.txt"):
        assert examine(missing_config_path, variables={"DASK_CONFIG": str(path)}) == []


def test_no_variable_and_an_empty_one_are_accepted(examine: Examine) -> None:
    assert examine(missing_config_path) == []
    variables = {"DASK_CONFIG": "", "DASK_ROOT_CONFIG": "", "DASK_OTHER": "/no/such"}
    assert examine(missing_config_path, variables=variables) == []
