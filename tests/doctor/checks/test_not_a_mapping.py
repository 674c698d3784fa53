"""The check of files whose top level is not a mapping."""

from __future__ import annotations

from pathlib import Path

import dask.config
import pytest

from dask_backend_config.doctor.checks import not_a_mapping
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        pytest.param("- a: 1\n", 1, "a: without the '- '", id="list of mappings"),
        pytest.param("# x\n- a\n- b\n", 2, "key: value", id="list of strings"),
        pytest.param("[]\n", 1, "key: value", id="empty list"),
        pytest.param("daemon:false\n", 1, "daemon: false", id="no space after the colon"),
        pytest.param("\ndistributed\n", 2, "key: value", id="no colon"),
        pytest.param("5\n", 1, "key: value", id="number"),
        pytest.param("false\n", 1, "key: value", id="false"),
        pytest.param("''\n", 1, "key: value", id="empty string"),
        pytest.param("password:hunter2\n", 1, "password: ...", id="a secret is not shown"),
    ],
)
def test_another_top_level_than_a_mapping_is_an_error(
    examine: Examine, user_folder: Path, text: str, line: int, hint: str
) -> None:
    (finding,) = examine(not_a_mapping, text)
    assert finding.severity == "error"
    assert hint in finding.hint
    assert "hunter2" not in finding.hint
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (line, 1)
    with pytest.raises(ValueError, match="malformed"):
        dask.config.collect(paths=[str(user_folder)], env={})


def test_mappings_and_files_that_hold_nothing_are_accepted(examine: Examine) -> None:
    cases = [
        "",
        "# a\n",
        "---\n",
        "null\n",
        "~\n",
        "{}\n",
        "a:\n",
        "a: b: c\n",
    ]
    found = {text: examine(not_a_mapping, text) for text in cases}
    assert {name: findings for name, findings in found.items() if findings} == {}
