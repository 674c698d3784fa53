"""The check of files that dask opens; certificates are in test_tls_role.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import missing_file
from dask_backend_config.doctor.facts import gather_facts
from tests.doctor.checks.conftest import Examine

TEXT = "distributed: {worker: {preload: [json, NAME]}}\n"


@pytest.mark.parametrize("section", ["worker", "nanny", "scheduler", "client"])
def test_finds_a_file_to_preload(examine: Examine, section: str) -> None:
    text = TEXT.replace("worker", section).replace("NAME", "/nonexist/setup.py")
    (finding,) = examine(missing_file, text)
    assert (finding.severity, finding.key) == ("error", f"distributed.{section}.preload")
    assert "/nonexist/setup.py is a file that does not exist" in finding.message


def test_silent_on_files_that_exist_and_on_what_is_not_a_path(
    examine: Examine, tmp_path: Path
) -> None:
    (tmp_path / "setup.py").touch()
    names = [str(tmp_path / "setup.py"), "$HOME/setup.py", "https://a.b/setup.py", "'import a'"]
    assert [name for name in names if examine(missing_file, TEXT.replace("NAME", name))] == []


def test_a_file_of_another_machine_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "dask.yaml").write_text(TEXT.replace("NAME", "/nonexist/setup.py"))
    facts = gather_facts(paths=[str(tmp_path / "dask.yaml")])
    assert [finding.severity for finding in missing_file.check(facts)] == ["warning"]
