"""The check of copies that are read beside their originals."""

from __future__ import annotations

from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import copied_file
from tests.doctor.checks.conftest import Examine

TEN = "distributed:\n  scheduler:\n    allowed-failures: 10\n"
THREE = "# a comment\ndistributed:\n  scheduler:\n    allowed_failures: 3\n"


@pytest.mark.parametrize(
    "name",
    ["distributed_old.yaml", "distributed2.yaml", "distributed_v2.yaml", "distributed.yml",
     "old_distributed.yaml", "distributed_backup_2.yaml"],
)  # fmt: skip
def test_a_copy_that_wins_by_its_name_is_an_error(examine: Examine, name: str) -> None:
    (finding,) = examine(copied_file, {"distributed.yaml": TEN, name: THREE})
    assert (finding.severity, finding.key) == ("error", "distributed.scheduler.allowed-failures")
    assert "distributed.yaml:3:" in finding.message
    assert f"{name}.bak" in finding.hint
    assert finding.origin
    assert (finding.origin.path or "").endswith(f"/{name}")
    assert (finding.origin.line, finding.origin.column) == (4, 23)


@pytest.mark.parametrize(
    "name",
    ["distributed (1).yaml", "distributed-copy.yaml", "distributed.2021.yaml", "distributed.json",
     "distributed - Copy (2).yaml", "Copy of distributed.yaml", "distributed.bak.yaml",
     "distributed 2021-03-04.yaml", "Distributed.yaml"],
)  # fmt: skip
def test_a_copy_that_loses_by_its_name_is_a_warning(examine: Examine, name: str) -> None:
    (finding,) = examine(copied_file, {"distributed.yaml": TEN, name: THREE})
    assert finding.severity == "warning"
    assert f"{name}:4:" in finding.message
    assert f"{name}.bak" in finding.hint
    assert finding.origin
    assert (finding.origin.path or "").endswith("/distributed.yaml")
    assert (finding.origin.line, finding.origin.column) == (3, 23)


def test_one_finding_counts_all_keys_that_differ(examine: Examine) -> None:
    files = {"a.yaml": "x: 1\ny: 1\nz: 1\n", "a_old.yaml": "y: 2\nz: 2\nx: 1\n"}
    (finding,) = examine(copied_file, files)
    assert finding.key == "y"
    assert "(and 1 more)" in finding.message


def test_each_copy_has_its_finding(examine: Examine) -> None:
    files = {
        "a.yaml": "x: 1\n",
        "a_old.yaml": "x: 2\n",
        "a_older.yaml": "x: 3\n",
        "a2.yaml": "x: 3\n",
    }
    found = [finding.origin and finding.origin.path for finding in examine(copied_file, files)]
    assert sorted(str(path).rpartition("/")[2] for path in found) == ["a2.yaml", "a_old.yaml"]


def test_a_file_that_dask_config_names_again_wins(
    examine: Examine, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_CONFIG", str(user_folder / "a.yaml"))
    (finding,) = examine(copied_file, {"a.yaml": TEN, "a_old.yaml": THREE})
    assert finding.severity == "warning"
    assert finding.origin
    assert finding.origin.path == str(user_folder / "a.yaml")


def test_secrets_are_not_shown(examine: Examine) -> None:
    files = {"a.yaml": "x:\n  token: hunter1\n", "a_old.yaml": "x:\n  token: hunter2\n"}
    (finding,) = examine(copied_file, files)
    assert "hunter" not in finding.message


def test_files_that_do_not_contradict_their_copies_are_accepted(examine: Examine) -> None:
    cases = {
        "an equal copy": {"a.yaml": TEN, "a_old.yaml": TEN},
        "the copy is all comments": {"a.yaml": TEN, "a_old.yaml": "# " + TEN},
        "other keys": {"a.yaml": TEN, "a_old.yaml": "array: {svg: {size: 9}}\n"},
        "a name with a meaning": {"a.yaml": TEN, "a-gpu.yaml": THREE},
        "another name": {"a.yaml": TEN, "b.yaml": THREE},
        "a word that ends like a mark": {"a.yaml": TEN, "bold.yaml": THREE},
        "numbers in front": {"10-site.yaml": TEN, "20-site.yaml": THREE},
        "a numbered row": {"site-1.yaml": TEN, "site-2.yaml": THREE},
        "not read by dask": {"a.yaml": TEN, "a.yaml.bak": THREE, "a.yaml~": THREE},
        "the copy is malformed": {"a.yaml": TEN, "a_old.yaml": "a: b: c\n"},
        "the same, other style": {"a.yaml": "x: [1]\n", "a_old.yaml": "x:\n- 1\n"},
    }
    found = {name: examine(copied_file, files) for name, files in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_files_of_one_name_in_two_folders_are_accepted(
    examine: Examine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "a_old.yaml").write_text(THREE)
    assert examine(copied_file, {"a.yaml": TEN}, {"DASK_CONFIG": str(other)}) == []
