"""Edits that are refused, with the position and the main words of the message."""

from __future__ import annotations

import datetime as dt

import pytest

from dask_backend_config.yaml_edit.patch import Remove, Set

A, AB = ("a",), ("a", "b")
CASES = (
    pytest.param("a: &x 1\nb: *x\n", Set(A, 2), (1, 4), "a has an anchor", id="an_anchor"),
    pytest.param("a: &x\n  b: 1\nc: *x\n", Set(AB, 2), (1, 4), "a has an anchor", id="an_anchor_on_the_way"),
    pytest.param("x: &x {b: 1}\na: *x\n", Set(AB, 2), (2, 1), "a is an alias", id="an_alias_on_the_way"),
    pytest.param("x: &x 1\na: *x\n", Set(A, 2), (2, 1), "a is an alias", id="an_alias"),
    pytest.param("x: &x {b: 1}\na:\n  <<: *x\n  c: 1\n", Set(AB, 2), (1, 8), "a.b comes from a merge", id="a_merged_key"),
    pytest.param("x: &x {b: 1}\na:\n  <<: *x\n  c: 1\n", Remove(AB), (1, 8), "a.b comes from a merge", id="a_merged_key_removed"),
    pytest.param("a: [&x 1]\nb: *x\n", Set(A, 2), (1, 1), "would change more than requested", id="an_anchor_inside_of_the_value"),
    pytest.param("a:\n  b: &x 1\nb: *x\n", Remove(A), (1, 1), "would change more than requested", id="an_anchor_inside_of_what_goes"),
    pytest.param("a: !!str 1\n", Set(A, 2), (1, 4), "a has a tag", id="a_tag"),
    pytest.param("!!map\na:\n  b: 1\n", Set(AB, 2), (1, 1), "the document has a tag", id="a_tag_of_the_document"),
    pytest.param("b: 1\n&x a: 1\n", Set(A, 2), (2, 1), "the key a has an anchor", id="an_anchor_of_the_key"),
    pytest.param("? a\n: 1\n", Set(A, 2), (1, 3), "the key a has", id="a_key_with_a_question_mark"),
    pytest.param("a: 1\nb: 2\na: 3\n", Set(A, 2), (3, 1), "a is set twice, on lines 1 and 3", id="a_duplicate"),
    pytest.param("a: {b: 1}\na: {b: 2}\n", Remove(AB), (2, 1), "a is set twice", id="a_duplicate_on_the_way"),
    pytest.param("a-b: 1\na_b: 2\n", Set(("a-b",), 3), (1, 1), "a-b is set with - and with _", id="both_spellings"),
    pytest.param("a: 1\n---\nb: 1\n", Set(A, 2), (2, 1), "single document", id="two_documents"),
    pytest.param("a: 1\n", Set(AB, 2), (1, 4), "a is a single value", id="a_value_in_the_way"),
    pytest.param("a: [1]\n", Set(AB, 2), (1, 4), "a is a list", id="a_list_in_the_way"),
    pytest.param("- 1\n", Set(A, 2), (1, 1), "the document is a list", id="a_list_at_the_top"),
    pytest.param("text\n", Set(A, 2), (1, 1), "the document is a single value", id="a_value_at_the_top"),
    pytest.param("a:\n  b: 1\n", Set(A, 2), (1, 1), "a is a section; remove it", id="a_value_over_a_section"),
    pytest.param("a:\n  1: 1\n", Set(A, {"b": 2}), (1, 1), "the key 1 is not a string", id="a_section_with_keys_that_are_no_text"),
    pytest.param("a: 'x\n", Set(A, 2), (2, 1), "the file cannot be read", id="a_broken_text"),
    pytest.param("a:\n\tb: 1\n", Set(AB, 2), (2, 1), "the file cannot be read", id="a_tab"),
    pytest.param("a: 2001-99-99\n", Set(A, 2), (1, 4), "the file cannot be read", id="what_dask_cannot_load"),
    pytest.param("a: |\n  x", Set(("b",), 2), None, "would change more than requested", id="a_text_that_would_get_a_line_break"),
    pytest.param("a: 1\n", Set(A, object()), None, "YAML cannot represent object", id="an_object"),
    pytest.param("a: 1\n", Set(A, (1, 2)), None, "YAML cannot represent tuple", id="a_tuple"),
    pytest.param("a: 1\n", Set(A, dt.datetime(2020, 1, 1)), None, "YAML cannot represent datetime", id="a_time"),
    pytest.param("a: 1\n", Set((), 2), None, "is not a path", id="no_path"),
    pytest.param("a: 1\n", Set(("b",) * 101, 2), None, "the path has 101 names", id="a_path_too_deep"),
    pytest.param("a: 1\n", Set((1,), 2), None, "is not a path", id="a_number_as_name"),
    pytest.param("a: 1\n", Set(("",), 2), None, "is not a path", id="an_empty_name"),
    pytest.param("a: 1\n", Set(("b" * 2000,), 2), None, "cannot be a key", id="a_name_too_long"),
    pytest.param("a: 1\n", Set(("b",), 2, "\x07"), None, "is not allowed", id="a_comment_with_control_characters"),
)  # fmt: skip
