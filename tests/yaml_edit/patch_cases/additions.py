"""New keys."""

from __future__ import annotations

import pytest

from dask_backend_config.yaml_edit.patch import Set

AB = ("a", "b")
CASES = (
    pytest.param("", [Set(AB, 1)], "a:\n  b: 1\n", id="an_empty_text"),
    pytest.param("\ufeff", [Set(AB, 1)], "\ufeffa:\n  b: 1\n", id="a_byte_order_mark_alone"),
    pytest.param("\n\n", [Set(AB, 1)], "\na:\n  b: 1\n\n", id="blank_lines_alone"),
    pytest.param("# note\n", [Set(AB, 1)], "# note\na:\n  b: 1\n", id="comments_alone"),
    pytest.param("# note", [Set(AB, 1)], "# note\na:\n  b: 1", id="comments_alone_without_a_final_line_break"),
    pytest.param("---\n", [Set(AB, 1)], "---\na:\n  b: 1\n", id="a_marker_alone"),
    pytest.param("---\n...\n", [Set(AB, 1)], "---\na:\n  b: 1\n...\n", id="between_markers"),
    pytest.param("%YAML 1.1\n---\n# note\n", [Set(AB, 1)], "%YAML 1.1\n---\n# note\na:\n  b: 1\n", id="after_a_directive"),
    pytest.param("a: 1\n...\n# note\n", [Set(("b",), 1)], "a: 1\nb: 1\n...\n# note\n", id="before_the_documents_end"),
    pytest.param("# note\r\n", [Set(AB, 1)], "# note\r\na:\r\n  b: 1\r\n", id="CRLF"),
    pytest.param("a: 1\nc: 2\r\nd: 3\n", [Set(("e",), 4)], "a: 1\nc: 2\r\nd: 3\ne: 4\n", id="mixed_ends_like_the_neighbour"),
    pytest.param("a: 1", [Set(("b",), 2)], "a: 1\nb: 2", id="no_final_line_break"),
    pytest.param("c: 1\r\na: 1", [Set(("b",), 2)], "c: 1\r\na: 1\r\nb: 2", id="no_final_line_break_and_CRLF"),
    pytest.param("{}\n", [Set(AB, 1)], "{a: {b: 1}}\n", id="empty_braces"),
    pytest.param("{a: 1}\n", [Set(("b",), 2)], "{a: 1, b: 2}\n", id="braces"),
    pytest.param("a: {}  # c\n", [Set(AB, 1)], "a: {b: 1}  # c\n", id="an_empty_section_in_braces"),
    pytest.param("a: {c: 1,}\n", [Set(AB, 1)], "a: {c: 1, b: 1,}\n", id="a_comma_at_the_end_stays_there"),
    pytest.param("a: {c}\n", [Set(AB, 1)], "a: {c, b: 1}\n", id="after_a_key_alone"),
    pytest.param("a: {\n  c: 1  # of c\n}\n", [Set(AB, 1)], "a: {\n  c: 1,  # of c\n  b: 1\n}\n", id="braces_over_lines"),
    pytest.param("a: {\n  c: 1,  # of c\n}\n", [Set(AB, 1)], "a: {\n  c: 1,  # of c\n  b: 1,\n}\n", id="braces_over_lines_with_a_last_comma"),
    pytest.param("a: {c: }\n", [Set(("a", "c", "b"), 1)], "a: {c: {b: 1} }\n", id="an_empty_value_in_braces_becomes_a_section"),
    pytest.param("a:\n  c: 1\nd: 2\n", [Set(AB, 1)], "a:\n  c: 1\n  b: 1\nd: 2\n", id="after_the_sections_last_key"),
    pytest.param("a:\n  c: 1\n\n# of d\nd: 2\n", [Set(AB, 1)], "a:\n  c: 1\n  b: 1\n\n# of d\nd: 2\n", id="before_the_next_sections_comment"),
    pytest.param("a:\n  c: 1\n# of d\nd: 2\n", [Set(AB, 1)], "a:\n  c: 1\n  b: 1\n# of d\nd: 2\n", id="before_a_comment_close_by"),
    pytest.param("x:\n  a:\n    c: 1\n  # of d\n  d: 2\n", [Set(("x", "a", "b"), 1)], "x:\n  a:\n    c: 1\n    b: 1\n  # of d\n  d: 2\n", id="before_the_comment_of_a_section_on_the_same_level"),
    pytest.param("a:\n  c: 1\n\n  # far\nd: 2\n", [Set(AB, 1)], "a:\n  c: 1\n  b: 1\n\n  # far\nd: 2\n", id="before_a_comment_after_a_blank_line"),
    pytest.param("a:\n  c: 1  # one\n          # two\nd: 2\n", [Set(AB, 1)], "a:\n  c: 1  # one\n          # two\n  b: 1\nd: 2\n", id="after_a_comment_that_goes_on"),
    pytest.param("a:\n    c: 1\n", [Set(("a", "b", "d"), 1)], "a:\n    c: 1\n    b:\n        d: 1\n", id="the_sections_own_indentation"),
    pytest.param("a:\n   c: 1\n", [Set(("d", "e"), 1)], "a:\n   c: 1\nd:\n   e: 1\n", id="the_files_indentation"),
    pytest.param("a:\n  c: [x,\n    y]\nd: 1\n", [Set(AB, 1)], "a:\n  c: [x,\n    y]\n  b: 1\nd: 1\n", id="after_a_list_over_lines"),
    pytest.param("a:\n  c: |\n    # text\n    x\n\nd: 1\n", [Set(AB, 1)], "a:\n  c: |\n    # text\n    x\n  b: 1\n\nd: 1\n", id="after_a_block_scalar"),
    pytest.param("a:\n  c: |+\n    x\n\nd: 1\n", [Set(AB, 1)], "a:\n  c: |+\n    x\n\n  b: 1\nd: 1\n", id="after_a_block_scalar_that_keeps_its_blank_lines"),
    pytest.param("a:\n  c:\n  - x\n  - y: 1\n    z: 2\nd: 1\n", [Set(AB, 1)], "a:\n  c:\n  - x\n  - y: 1\n    z: 2\n  b: 1\nd: 1\n", id="after_a_list_on_lines"),
    pytest.param("x: &x 1\na:\n  c: *x\nd: 1\n", [Set(AB, 1)], "x: &x 1\na:\n  c: *x\n  b: 1\nd: 1\n", id="after_an_alias"),
    pytest.param("x: &x {y: 1}\na:\n  c: 1\n  <<: *x\nd: 1\n", [Set(AB, 1)], "x: &x {y: 1}\na:\n  c: 1\n  <<: *x\n  b: 1\nd: 1\n", id="after_a_merge"),
    pytest.param("a:\nd: 1\n", [Set(AB, 1)], "a:\n  b: 1\nd: 1\n", id="an_empty_section"),
    pytest.param("a:  # why\nd: 1\n", [Set(AB, 1)], "a:  # why\n  b: 1\nd: 1\n", id="an_empty_section_with_a_comment"),
    pytest.param("a: null\nd: 1\n", [Set(AB, 1)], "a:\n  b: 1\nd: 1\n", id="a_section_that_is_null"),
    pytest.param("a: ~   # why\n", [Set(AB, 1)], "a:     # why\n  b: 1\n", id="a_section_that_is_null_keeps_its_comments_column"),
    pytest.param("a:\n  c: 1\n", [Set(AB, 1, "why,\nreally")], "a:\n  c: 1\n  # why,\n  # really\n  b: 1\n", id="a_comment_stands_above_a_new_key"),
    pytest.param("a:\n  b: 1\n", [Set(AB, 2, "why")], "a:\n  b: 2\n", id="a_comment_is_not_written_for_another_value"),
    pytest.param("a: {c: 1}\n", [Set(AB, 1, "why")], "a: {c: 1, b: 1}\n", id="a_comment_has_no_place_in_braces"),
    pytest.param("a: 1\n", [Set(("on", "x y"), "no")], "a: 1\n'on':\n  x y: 'no'\n", id="a_key_is_quoted_where_it_must_be"),
    pytest.param("a: 1\n", [Set(("b_c",), 1)], "a: 1\nb_c: 1\n", id="a_new_key_is_spelled_as_given"),
    pytest.param("a:\n  c: 1\n\n\nd:\n  e: 1\n\n", [Set(("f",), 1)], "a:\n  c: 1\n\n\nd:\n  e: 1\nf: 1\n\n", id="after_the_last_line_that_is_not_blank"),
)  # fmt: skip
