"""The check of unreadable files. Root may read all files, so some facts are made by hand."""

from __future__ import annotations

import dataclasses
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dask_backend_config.config.sources import Problem, SourceFile
from dask_backend_config.doctor.checks import unreadable_file
from dask_backend_config.doctor.facts import Facts, gather_facts
from tests.doctor.checks.conftest import Examine


def _folder(path: Path) -> None:
    path.mkdir()
    (path / "inner.yaml").write_text("a: 1\n")


@pytest.mark.parametrize(
    ("make", "hint"),
    [
        pytest.param(_folder, "Rename the folder", id="a folder"),
        pytest.param(lambda path: path.symlink_to("gone.yaml"), "Change the link", id="a link"),
        pytest.param(os.mkfifo, "Remove it", id="a pipe"),
        pytest.param(lambda path: path.symlink_to(path.name), "its owner", id="a loop"),
    ],
)
def test_a_path_that_dask_cannot_open_is_an_error(
    examine: Examine, user_folder: Path, make: Callable[[Path], None], hint: str
) -> None:
    make(user_folder / "x.yaml")
    (finding,) = examine(unreadable_file)
    assert finding.severity == "error"
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.path == str(user_folder / "x.yaml")
    assert finding.origin.line is None


def test_a_file_without_permission_is_an_error(facts_of: Callable[..., Facts]) -> None:
    facts = facts_of()
    denied = SourceFile(
        "/etc/dask/x.yaml", "unreadable", problem=Problem(os.strerror(errno.EACCES))
    )
    sources = dataclasses.replace(facts.sources, files=[denied])
    (finding,) = unreadable_file.check(dataclasses.replace(facts, sources=sources))
    assert finding.severity == "error"
    assert os.strerror(errno.EACCES) in finding.message
    assert "chmod u+r /etc/dask/x.yaml" in finding.hint


def test_a_folder_that_cannot_be_listed_is_an_error(facts_of: Callable[..., Facts]) -> None:
    facts = dataclasses.replace(facts_of(), closed_folders=("/etc/dask",))
    (finding,) = unreadable_file.check(facts)
    assert finding.severity == "error"
    assert finding.origin
    assert finding.origin.path == "/etc/dask"
    assert "chmod u+rx /etc/dask" in finding.hint


def test_modes_without_read_permission_are_noticed(user_folder: Path) -> None:
    (user_folder / "x.yaml").write_text("a: 1\n")
    (user_folder / "x.yaml").chmod(0)
    if os.access(user_folder / "x.yaml", os.R_OK):
        pytest.skip("this user may read all files")
    assert len(list(unreadable_file.check(gather_facts()))) == 1
    user_folder.chmod(0)
    facts = gather_facts()
    user_folder.chmod(0o700)
    assert facts.closed_folders == (str(user_folder),)


def test_files_folders_and_links_that_can_be_read_are_accepted(
    examine: Examine, user_folder: Path
) -> None:
    (user_folder / "folder").mkdir()
    (user_folder / "gone.bak").symlink_to("nothing")
    (user_folder / "link.yaml").symlink_to("a.yaml")
    assert (
        examine(unreadable_file, {"a.yaml": "a: 1\n", "empty.yml": "", "broken.yaml": "a: b: c"})
        == []
    )
