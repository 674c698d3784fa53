"""The check of invalid YAML; tests/doctor/test_yaml_errors.py has a table of mistakes."""

from __future__ import annotations

from pathlib import Path

import dask.config
import pytest

from dask_backend_config.doctor.checks import malformed_file
from tests.doctor.checks.conftest import Examine

BROKEN = [
    pytest.param("a: b: c\n", 1, 4, 'a: "b: c"', id="two colons in a line"),
    pytest.param("a:\n  b: 1\n    c: 2\n", 3, 5, "line 2", id="deeper than its sibling"),
    pytest.param("a:\n    b: 1\n  c: 2\n", 3, 3, "4 spaces", id="less deep than its sibling"),
    pytest.param("a: 'x\nb: 1\n", 1, 4, "' at the end", id="quote not closed"),
    pytest.param("a: [1\nb: 2\n", 1, 4, "] at the end", id="bracket not closed"),
    pytest.param("a: 1\nb:2\n", 2, 1, "b: 2", id="no space after the colon"),
    pytest.param("a: %x\n", 1, 4, '"%x"', id="percent sign first"),
    pytest.param("a: @x\n", 1, 4, '"@x"', id="at sign first"),
    pytest.param("a: `x`\n", 1, 4, '"`x`"', id="backtick first"),
    pytest.param("1: x\n", 1, 1, '"1":', id="a number as a key"),
    pytest.param("a: {on: 1}\n", 1, 5, '"on":', id="a word that is true as a key"),
    pytest.param("a: 1\n---\nb: 2\n", 2, 1, "---", id="two documents"),
]


@pytest.mark.parametrize(("text", "line", "column", "hint"), BROKEN)
def test_a_file_that_breaks_import_dask_is_an_error_at_the_slip(
    examine: Examine, user_folder: Path, text: str, line: int, column: int, hint: str
) -> None:
    (finding,) = examine(malformed_file, text)
    assert finding.severity == "error"
    assert finding.message.startswith("import dask fails: ")
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.path == str(user_folder / "dask.yaml")
    assert (finding.origin.line, finding.origin.column) == (line, column)
    with pytest.raises((ValueError, TypeError)):
        dask.config.collect(paths=[str(user_folder)], env={})


def test_bytes_that_are_not_utf_8_are_found_at_their_place(
    examine: Examine, user_folder: Path
) -> None:
    (user_folder / "latin.yaml").write_bytes("a: 1\nb: é\n".encode("latin-1"))
    (finding,) = examine(malformed_file)
    assert "0xe9" in finding.message
    assert "UTF-8" in finding.hint
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (2, 4)


def test_each_broken_file_has_one_finding(examine: Examine) -> None:
    files = {"a.yaml": "a: b: c\nd: e: f\n", "b.yaml": "1: x\n2: y\n", "c.yaml": "fine: true\n"}
    findings = examine(malformed_file, files)
    assert [finding.origin and finding.origin.line for finding in findings] == [1, 1]


@pytest.mark.parametrize("line", ["*hunter2", "b: hunter2", "hunter2: b", "!hunter2", "2021-13-45"])
def test_the_value_of_a_secret_is_not_shown(examine: Examine, line: str) -> None:
    (finding,) = examine(malformed_file, f"gateway:\n  password: {line}\n")
    assert finding.origin
    assert finding.origin.line == 2
    for value in line.replace(":", "").split():
        assert value.strip("*!") not in f"{finding.message}{finding.hint}".split()
        assert "hunter2" not in finding.message + finding.hint


def test_other_files_are_accepted(examine: Examine) -> None:
    cases = {
        "empty": "",
        "only comments": "# distributed:\n#   worker: {\n",
        "colon in quotes": "a: 'b: c'\n",
        "colon without a space": "a: b:c\n",
        "an address": "a: http://x:80\n",
        "signs inside of a value": "a: x%\nb: c@d\n",
        "list at the indent of its key": "a:\n- 1\n- 2\n",
        "a block of text": "a: |\n  x: y: z\n",
        "byte order mark and CRLF": "\ufeffa: 1\r\nb: 2\r\n",
        "a number in quotes as a key": '"1": x\n',
        "a number as a key in a list, which dask does not merge": "a: [{1: 2}]\n",
        "a tab is tab-character's": "a:\n\tb: 1\n",
        "a list is not-a-mapping's": "- a\n",
    }
    found = {name: examine(malformed_file, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
