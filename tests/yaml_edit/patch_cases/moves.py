"""Moved keys, with their values as written and their comments."""

from __future__ import annotations

import pytest

from dask_backend_config.yaml_edit.patch import Move

WORKER = Move(("worker",), ("distributed", "worker"))
DAEMON = Move(("daemon",), ("distributed", "worker", "daemon"))
FAILURES = Move(
    ("distributed", "worker", "allowed-failures"), ("distributed", "scheduler", "allowed-failures")
)
CASES = (
    pytest.param("# f\nworker:  # w\n  # why\n  daemon: no  # d\n\n", [WORKER], "# f\ndistributed:\n  worker:  # w\n    # why\n    daemon: no  # d\n\n", id="a_section_below_a_new_one_keeps_its_place"),
    pytest.param("a: 1\nworker:\n  x: 1\nz: 1\n", [WORKER], "a: 1\ndistributed:\n  worker:\n    x: 1\nz: 1\n", id="between_other_keys"),
    pytest.param("distributed:\n    comm: {}\n\n# mine\nworker:\n  x:\n  - a  # b\n\n  - c\n  # y: 1\n# next\nz: 1\n", [WORKER], "distributed:\n    comm: {}\n    # mine\n    worker:\n      x:\n      - a  # b\n\n      - c\n      # y: 1\n\n# next\nz: 1\n", id="into_a_section_with_another_indentation"),
    pytest.param("distributed:\nworker:\n  x: 1\n", [WORKER], "distributed:\n  worker:\n    x: 1\n", id="into_an_empty_section"),
    pytest.param("worker: {x: 1}  # c\n# distributed:\n#   version: 2\n#   comm: {}\n", [WORKER], "distributed:\n#   version: 2\n#   comm: {}\n  worker: {x: 1}  # c\n", id="into_a_commented_section"),
    pytest.param("# distributed:\n#   worker:\n#     preload: []\n    daemon: no  # c\n#   comm: {}\n", [DAEMON], "distributed:\n  worker:\n#     preload: []\n    daemon: no  # c\n#   comm: {}\n", id="the_sections_above_are_uncommented"),
    pytest.param("#distributed:\n#  worker:\n    daemon: no\n", [DAEMON], "distributed:\n  worker:\n    daemon: no\n", id="the_sections_above_had_no_blank"),
    pytest.param("distributed:\n  worker:  # only\n    # c\n    allowed-failures: 5  # d\n  comm: {}\n", [FAILURES], "distributed:\n  comm: {}\n  scheduler:\n    # only\n    # c\n    allowed-failures: 5  # d\n", id="the_comment_of_an_emptied_section"),
    pytest.param("distributed:\n  worker:\n    # preload: []\n    # why\n    allowed_failures: 5\n    x: 1\n", [FAILURES], "distributed:\n  worker:\n    # preload: []\n    x: 1\n  scheduler:\n    # why\n    allowed-failures: 5\n", id="a_commented_key_above_stays"),
    pytest.param("a.b: 1  # c\nz: 1\n", [Move(("a.b",), ("a", "b"))], "a:\n  b: 1  # c\nz: 1\n", id="a_name_with_dots"),
    pytest.param("x:\n  a: |\n    two\n\n      lines\n  b: 'q\n   uoted'\n", [Move(("x",), ("k", "x"))], "k:\n  x:\n    a: |\n      two\n\n        lines\n    b: 'q\n     uoted'\n", id="values_on_several_lines"),
    pytest.param("k:\n    x:\n        a: |\n            two\n        b: [1,\n  2]\nz: 1\n", [Move(("k", "x"), ("x",))], "z: 1\nx:\n    a: |\n        two\n    b: [1,\n2]\n", id="to_the_top_level"),
    pytest.param("k: {a: {b: 1, c: 2}}  # c\n", [Move(("k", "a", "b"), ("m", "b"))], "k: {a: {c: 2}}  # c\nm:\n  b: 1\n", id="out_of_braces"),
    pytest.param("k: {b: 1}  # c\nl: 1\n", [Move(("k", "b"), ("m", "b"))], "l: 1\nm:\n  # c\n  b: 1\n", id="the_last_out_of_braces"),
    pytest.param("distributed: {comm: {}}\nworker:\n  x: no\n", [WORKER], "distributed: {comm: {}, worker: {x: false}}\n", id="into_braces"),
    pytest.param("\ufeffc: 1\r\ne:\r\n  f: 1\r\n", [Move(("c",), ("e", "c"))], "\ufeffe:\r\n  f: 1\r\n  c: 1\r\n", id="CRLF_and_a_byte_order_mark"),
    pytest.param("distributed:\n  x: 1\n", [WORKER], "distributed:\n  x: 1\n", id="a_missing_key"),
)  # fmt: skip
REFUSED = (
    pytest.param("worker:\n  x: 1\ndistributed:\n  worker: {}\n", WORKER, (4, 3), "distributed.worker exists already", id="a_key_that_exists"),
    pytest.param("distributed: {comm: {}}\nworker:\n  x: 1  # c\n", WORKER, (1, 1), "comments cannot be moved into the braces", id="comments_into_braces"),
    pytest.param("distributed: 5\nworker:\n  x: 1\n", WORKER, (1, 14), "distributed is a single value", id="below_a_value"),
    pytest.param("c:\n  d: 1\n", Move(("c",), ("c", "e")), (1, 1), "below itself", id="below_itself"),
    pytest.param("k: {a: {b: [1,\n  2]}}\n", Move(("k", "a", "b"), ("b",)), (1, 9), "several lines in braces", id="lines_out_of_braces"),
    pytest.param("worker:\n  x: &a 1\ny: *a\nz: 1\ndistributed:\n  q: 1\n", WORKER, (1, 1), "would change more", id="an_anchor_behind_its_alias"),
)  # fmt: skip
