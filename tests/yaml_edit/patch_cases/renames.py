"""Renamed keys, whose values and comments stay."""

from __future__ import annotations

import pytest

from dask_backend_config.yaml_edit.patch import Rename

A, AB = ("a",), ("a", "b")
CASES = (
    pytest.param("a: 1  # c\n", [Rename(A, "b")], "b: 1  # c\n", id="the_comment_stays"),
    pytest.param("# x\na:\n  b: 1\n  c: 2\n", [Rename(A, "d")], "# x\nd:\n  b: 1\n  c: 2\n", id="a_section"),
    pytest.param("a: {b: 1, c: 2}\n", [Rename(AB, "d")], "a: {d: 1, c: 2}\n", id="in_braces"),
    pytest.param("'a': |\n  text\n", [Rename(A, "b")], "b: |\n  text\n", id="a_quoted_key"),
    pytest.param("\ufeffa: 1\r\n", [Rename(A, "b")], "\ufeffb: 1\r\n", id="after_a_byte_order_mark"),
    pytest.param("a: 1", [Rename(A, "no")], "'no': 1", id="a_name_that_needs_quotes"),
    pytest.param("a_b: 1\n", [Rename(("a-b",), "c")], "c: 1\n", id="either_spelling"),
    pytest.param("b: 1\n", [Rename(A, "c")], "b: 1\n", id="a_missing_key"),
)  # fmt: skip
REFUSED = (
    pytest.param("a: 1\nb: 2\n", Rename(A, "b"), (1, 1), "b exists already", id="a_name_that_is_taken"),
    pytest.param("a-b: 1\nc: 2\n", Rename(("c",), "a_b"), (2, 1), "a_b exists already", id="taken_in_the_other_spelling"),
    pytest.param("x: &x {b: 1}\na: *x\n", Rename(AB, "c"), (2, 1), "a is an alias", id="through_an_alias"),
    pytest.param("a: 1\na: 2\n", Rename(A, "c"), (2, 1), "a is set twice", id="a_duplicate_renamed"),
    pytest.param("a: 1\n", Rename(A, ""), None, "the new name is empty", id="an_empty_name_for_a_key"),
)  # fmt: skip
