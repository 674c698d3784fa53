"""The check of tabs."""

from __future__ import annotations

from pathlib import Path

import dask.config
import pytest

from dask_backend_config.doctor.checks import tab_character
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        pytest.param("a:\n\tb: 1\n", 2, 1, id="indentation"),
        pytest.param("a:\n  b:\n  \tc: 1\n", 3, 3, id="after spaces"),
        pytest.param("a:\n\tb: 1\n\tc: 2\n", 2, 1, id="several lines"),
        pytest.param("a:\tb\n", 1, 3, id="after a colon"),
        pytest.param("a: b\t# c\n", 1, 5, id="before a comment"),
        pytest.param("a: 1\r\n\tb: 1\r\n", 2, 1, id="CRLF"),
        pytest.param("a: |\n\tx\n", 2, 1, id="in a block scalar"),
        pytest.param('{\n\t"a": 1\n}\n', 2, 1, id="JSON"),
    ],
)
def test_a_tab_that_breaks_import_dask_is_an_error_at_its_place(
    examine: Examine, user_folder: Path, text: str, line: int, column: int
) -> None:
    (finding,) = examine(tab_character, text)
    assert finding.severity == "error"
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (line, column)
    with pytest.raises(ValueError, match="malformed"):
        dask.config.collect(paths=[str(user_folder)], env={})


def test_tabs_that_break_nothing_are_accepted(examine: Examine) -> None:
    cases = {
        "in quotes": "a: 'b\tc'\n",
        "in a comment": "# a\tb\na: 1\n",
        "inside a block scalar": "a: |\n  b\tc\n",
        "broken for another reason": "a: b: c\n# \t\n",
        "spaces": "a:\n    b: 1\n",
    }
    found = {name: examine(tab_character, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
