"""Removed keys, and comments that stay."""

from __future__ import annotations

import pytest

from dask_backend_config.yaml_edit.patch import Remove

A, AB = ("a",), ("a", "b")
CASES = (
    pytest.param("a: 1\nb: 2\n", [Remove(A)], "b: 2\n", id="remove_a_line"),
    pytest.param("a: 1  # of a\nb: 2\n", [Remove(A)], "b: 2\n", id="its_own_comment_goes"),
    pytest.param("# note\na: 1\n# of b\nb: 2\n", [Remove(A)], "# note\n# of b\nb: 2\n", id="comments_on_lines_of_their_own_stay"),
    pytest.param("a: 1\n", [Remove(("b",))], "a: 1\n", id="a_missing_key"),
    pytest.param("a: 1\n", [Remove(AB)], "a: 1\n", id="what_is_below_a_value"),
    pytest.param("a: 1\n", [Remove(A)], "", id="the_only_key"),
    pytest.param("# note\na: 1\n", [Remove(A)], "# note\n", id="the_only_key_of_a_text_with_comments"),
    pytest.param("---\na: 1\n...\n", [Remove(A)], "---\n...\n", id="the_only_key_between_markers"),
    pytest.param("\ufeffa: 1\nb: 2\n", [Remove(A)], "\ufeffb: 2\n", id="a_byte_order_mark_stays"),
    pytest.param("a: 1\r\nb: 2\r\n", [Remove(("b",))], "a: 1\r\n", id="CRLF"),
    pytest.param("a: 1\nb: 2", [Remove(("b",))], "a: 1\n", id="the_last_line_without_a_break"),
    pytest.param("a:\n  b: 1\nc: 1\n", [Remove(AB)], "c: 1\n", id="a_section_that_becomes_empty_goes"),
    pytest.param("x:\n  a:\n    b: 1\n", [Remove(("x", "a", "b"))], "", id="up_to_the_top"),
    pytest.param("a:  # of a\n  # of b\n  b: 1\nc: 1\n", [Remove(AB)], "  # of b\nc: 1\n", id="comments_of_an_emptied_section_stay"),
    pytest.param("a:\n  b: 1\n\n  # of c\n  c: 2\n", [Remove(AB)], "a:\n\n  # of c\n  c: 2\n", id="remove_keeps_the_next_comment"),
    pytest.param("a:\n  b: 1\n  c: 2\nd: 1\n", [Remove(A)], "d: 1\n", id="a_section"),
    pytest.param("a_b: 1\nc: 1\n", [Remove(("a-b",))], "c: 1\n", id="the_other_spelling"),
    pytest.param("a: |\n  # text\n  x\n\n# note\nb: 1\n", [Remove(A)], "\n# note\nb: 1\n", id="a_block_scalar"),
    pytest.param("a: [1,\n  # inside\n  2]  # c\nb: 1\n", [Remove(A)], "b: 1\n", id="brackets_over_lines"),
    pytest.param("a:\n- x  # of x\n# note\n- y\nb: 1\n", [Remove(A)], "# note\nb: 1\n", id="a_list_on_lines"),
    pytest.param("a: 'one\n  two'\nb: 1\n", [Remove(A)], "b: 1\n", id="quotes_over_lines"),
    pytest.param("a:\nb: 1\n", [Remove(A)], "b: 1\n", id="a_key_without_a_value"),
    pytest.param("{a: 1, b: 2}\n", [Remove(A)], "{b: 2}\n", id="remove_first_flow_member"),
    pytest.param("{a: 1, b: 2, c: 3}\n", [Remove(("b",))], "{a: 1, c: 3}\n", id="remove_flow_member_in_the_middle"),
    pytest.param("{a: 1, b: 2}\n", [Remove(("b",))], "{a: 1}\n", id="remove_last_flow_member"),
    pytest.param("{a: 1, b: 2,}\n", [Remove(("b",))], "{a: 1,}\n", id="remove_last_flow_member_before_a_comma"),
    pytest.param("x: {a: {b: 1}, c: 2}\n", [Remove(("x", "a", "b"))], "x: {c: 2}\n", id="braces_that_become_empty_go"),
    pytest.param("x: {a: 1}\nc: 2\n", [Remove(("x", "a"))], "c: 2\n", id="braces_that_become_empty_go_with_their_line"),
    pytest.param("{a: 1}\n", [Remove(A)], "", id="braces_at_the_top_go"),
    pytest.param("--- {a: 1}\n", [Remove(A)], "--- \n", id="braces_after_a_marker_go"),
    pytest.param("{\n  a: 1,  # of a\n  b: 2,  # of b\n  c: 3   # of c\n}\n", [Remove(("b",))], "{\n  a: 1,  # of a\n  c: 3   # of c\n}\n", id="remove_flow_member_keeps_the_next_comment"),
    pytest.param("{\n  a: 1,  # of a\n  b: 2   # of b\n}\n", [Remove(("b",))], "{\n  a: 1,  # of a\n}\n", id="remove_last_flow_member_keeps_the_comment_before"),
    pytest.param("{a: 1, # of a\n b: 2}\n", [Remove(A)], "{\n b: 2}\n", id="remove_first_flow_member_with_its_comment"),
    pytest.param("{a: 1, # of a\n b: 2, c: 3}\n", [Remove(("b",))], "{a: 1, # of a\n c: 3}\n", id="remove_flow_member_keeps_the_comment_before"),
    pytest.param("x: {a, b}\n", [Remove(("x", "a"))], "x: {b}\n", id="remove_flow_member_without_a_value"),
    pytest.param("x: &x 1\na: 1\nb: *x\n", [Remove(A)], "x: &x 1\nb: *x\n", id="beside_an_alias"),
    pytest.param("x: &x {p: 1}\na:\n  <<: *x\n  b: 1\n", [Remove(AB)], "x: &x {p: 1}\na:\n  <<: *x\n", id="a_section_with_a_merge_is_not_empty"),
)  # fmt: skip
