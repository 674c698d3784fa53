"""The check of keys that are set twice."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import duplicate_key
from tests.doctor.checks.conftest import Examine


@pytest.mark.parametrize(
    ("text", "severity", "key", "line", "column"),
    [
        pytest.param("a_b: 1\na_b: 2\n", "error", "a-b", 1, 1, id="value"),
        pytest.param("x:\n  a: 1\n  b: 1\n  a: 2\n", "error", "x.a", 2, 3, id="nested"),
        pytest.param("x: {a: 1}\nx: {b: 1}\n", "error", "x", 1, 1, id="section"),
        pytest.param("x: {a: 1}\nx:\n", "error", "x", 1, 1, id="null over a section"),
        pytest.param("a: 1\na: 1\n", "warning", "a", 1, 1, id="the same again"),
        pytest.param("x:\nx: {a: 1}\n", "warning", "x", 1, 1, id="section over null"),
    ],
)
def test_the_occurrence_that_is_ignored_is_found(
    examine: Examine, text: str, severity: str, key: str, line: int, column: int
) -> None:
    (finding,) = examine(duplicate_key, text)
    assert (finding.severity, finding.key) == (severity, key)
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (line, column)


def test_each_occurrence_but_the_last_is_found(examine: Examine) -> None:
    findings = examine(duplicate_key, "a: 1\nb: 1\na: 2\na: 3\n")
    assert [finding.origin and finding.origin.line for finding in findings] == [1, 3]


def test_keys_that_are_set_once_in_a_mapping_are_accepted(examine: Examine) -> None:
    cases = {
        "in two sections": "x: {a: 1}\ny: {a: 2}\n",
        "two spellings are both-spellings'": "a-b: 1\na_b: 2\n",
        "over a merged key": "x: &x {a: 1}\ny:\n  <<: *x\n  a: 2\n",
        "two cases": "a: 1\nA: 2\n",
        "one in a comment": "# a: 1\na: 2\n",
    }
    found = {name: examine(duplicate_key, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_the_same_key_in_two_files_is_accepted(examine: Examine) -> None:
    assert examine(duplicate_key, {"a.yaml": "a: 1\n", "b.yaml": "a: 2\n"}) == []
