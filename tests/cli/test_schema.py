"""``schema`` prints or writes a JSON Schema that validates a user's files."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.cli.conftest import Run


def test_a_schema_is_printed_or_written_for_all_to_read(run: Run, home: Path) -> None:
    printed = run("schema")
    assert (printed.exit_code, printed.stderr) == (0, "")
    validator = Draft202012Validator(json.loads(printed.stdout))
    assert validator.is_valid({"distributed": {"worker": {"daemon": False}}})
    assert not validator.is_valid({"distributed": {"worker": {"daemn": False}}})
    assert len(printed.stdout) < 500 * 1024, "the limit of pre-commit for large files"
    path = home / "dask-schema.json"
    result = run("schema", "--output", path)
    assert (result.exit_code, result.stderr) == (0, "wrote ~/dask-schema.json\n")
    assert path.read_text() == printed.stdout
    os.umask(umask := os.umask(0))
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


def test_a_schema_does_not_become_configuration(run: Run, user_folder: Path) -> None:
    result = run("schema", "--output", user_folder / "schema.json")
    assert result.exit_code == 1
    assert "not written: dask reads this file" in result.stderr
    assert list(user_folder.iterdir()) == []
