"""Templates as ensure_file writes them, untouched and half edited."""

from __future__ import annotations

import pytest

from dask_backend_config.yaml_edit.patch import Remove, Set

TEMPLATE = """\
# distributed:
#   version: 2
#   # logging:
#   #   distributed: info

#   worker:
#     # Whether tasks may start processes
#     daemon: True          # of its own
#     preload: []
#     policies:
#       - class: daemon
#         daemon: 1

#   comm:
#     timeouts:
#       connect: 30s
"""
DAEMON = ("distributed", "worker", "daemon")
_LIVE = TEMPLATE.replace("# distributed:", "distributed:").replace("#   worker:", "  worker:")


def _with(*changes: tuple[str, str], text: str = TEMPLATE) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


EDITED = _LIVE.replace("#     daemon: True          #", "    daemon: False         #")
CASES = (
    pytest.param(TEMPLATE, [Set(DAEMON, False, "why")], EDITED, id="key_and_parents_are_uncommented"),
    pytest.param(_LIVE, [Set(DAEMON, False)], EDITED, id="parents_were_live"),
    pytest.param(TEMPLATE.replace("# distributed:", "distributed:"), [Set(DAEMON, False)], EDITED, id="one_parent_was_live"),
    pytest.param(TEMPLATE, [Set(DAEMON, True)], EDITED.replace("False ", "True  ").replace("True          #", "True          #").replace("True         #", "True          #"), id="a_value_that_is_right_is_only_uncommented"),
    pytest.param(TEMPLATE.replace("\n", "\r\n"), [Set(DAEMON, False)], EDITED.replace("\n", "\r\n"), id="CRLF"),
    pytest.param("\ufeff" + TEMPLATE, [Set(DAEMON, False)], "\ufeff" + EDITED, id="a_byte_order_mark"),
    pytest.param(EDITED, [Set(("distributed", "worker", "preload"), ["x"])], _with(("#     preload: []", "    preload: [x]"), text=EDITED), id="a_sibling_of_a_live_key"),
    pytest.param(TEMPLATE, [Set(("distributed", "comm", "timeouts", "connect"), "10s")], _with(("# distributed:", "distributed:"), ("#   comm:", "  comm:"), ("#     timeouts:", "    timeouts:"), ("#       connect: 30s", "      connect: 10s")), id="a_section_further_down"),
    pytest.param(TEMPLATE, [Set(("distributed", "worker", "policies", "daemon"), 2)], _with(("# distributed:", "distributed:"), ("#   worker:", "  worker:"), ("#     policies:\n", "    policies:\n"), ("#         daemon: 1\n", "#         daemon: 1\n      daemon: 2\n")), id="a_key_of_a_list_item_is_not_taken"),
    pytest.param(TEMPLATE, [Set(("distributed", "worker", "policies"), [])], _with(("# distributed:", "distributed:"), ("#   worker:", "  worker:"), ("#     policies:\n", "    policies: []\n")), id="a_list_on_lines_is_replaced_by_a_value"),
    pytest.param(TEMPLATE, [Set(("distributed", "logging", "distributed"), "debug")], _with(("# distributed:", "distributed:"), ("#       connect: 30s\n", "#       connect: 30s\n  logging:\n    distributed: debug\n")), id="a_comment_of_the_default_file_stays_one"),
    pytest.param(TEMPLATE, [Set(("distributed", "worker", "new"), 1, "why")], _with(("# distributed:", "distributed:"), ("#   worker:", "  worker:"), ("#         daemon: 1\n", "#         daemon: 1\n    # why\n    new: 1\n")), id="a_new_key_goes_to_the_end_of_its_section"),
    pytest.param(TEMPLATE, [Set(("worker", "daemon"), 1)], TEMPLATE + "worker:\n  daemon: 1\n", id="only_a_complete_path_counts"),
    pytest.param("distributed:\n  worker:\n    daemon: True\n" + TEMPLATE, [Set(DAEMON, False)], "distributed:\n  worker:\n    daemon: False\n" + TEMPLATE, id="a_live_key_elsewhere_wins"),
    pytest.param(TEMPLATE + "distributed:\n  x: 1\n", [Set(DAEMON, False)], TEMPLATE + "distributed:\n  x: 1\n  worker:\n    daemon: false\n", id="a_live_section_elsewhere_is_added_to"),
    pytest.param("# a:\n#   b: [1,\n#     2]\n#   c: 1\n", [Set(("a", "b"), [1, 3])], "a:\n  b: [1, 3]\n#   c: 1\n", id="brackets_over_lines"),
    pytest.param("# Settings: of ours\n# a:\n#   b: 1\n", [Set(("a", "b"), 2)], "# Settings: of ours\na:\n  b: 2\n", id="text_above"),
    pytest.param("# a:\n#   b: 1\n# Note: that is all\n#   c: 1\n", [Set(("a", "c"), 2)], "a:\n#   b: 1\n# Note: that is all\n  c: 2\n", id="text_within"),
    pytest.param("# a:\n#   b: 1\n#    c: 1\n", [Set(("a", "c"), 2)], "a:\n#   b: 1\n#    c: 1\n  c: 2\n", id="a_line_with_another_indentation_does_not_belong_to_the_section"),
    pytest.param("# a:\n#   b: 1\n# x y:\n#   c: 1\n", [Set(("a", "c"), 2)], "a:\n#   b: 1\n  c: 2\n# x y:\n#   c: 1\n", id="a_section_ends_at_a_key_with_a_space_in_it"),
    pytest.param("# a:\n#   x y: 1  # c\n", [Set(("a", "x y"), 2)], "a:\n  x y: 2  # c\n", id="a_key_with_a_space_in_it"),
    pytest.param("# a:\n#   b_c: 1\n", [Set(("a", "b-c"), 2)], "a:\n  b-c: 2\n", id="a_key_is_respelled_as_given"),
    pytest.param("a_b:\n#   c: 1\n", [Set(("a-b", "c"), 2)], "a_b:\n  c: 2\n", id="a_live_parent_keeps_its_spelling"),
    pytest.param("x:\n  y: 1\n# a:\n#   b: 1\n  z: 1\n", [Set(("a", "b"), 2)], "x:\n  y: 1\n# a:\n#   b: 1\n  z: 1\na:\n  b: 2\n", id="a_template_inside_of_a_live_section_is_left_alone"),
    pytest.param(EDITED, [Remove(DAEMON)], EDITED.replace("distributed:\n", "", 1).replace("  worker:\n", "").replace("    daemon: False         # of its own\n", ""), id="a_key_that_was_uncommented_is_removed"),
    pytest.param("#distributed:\n#  worker:\n#    preload: []\n#    daemon: true\n#  comm: {}\n", [Set(DAEMON, False)], "distributed:\n  worker:\n#    preload: []\n    daemon: false\n#  comm: {}\n", id="signs_without_a_blank"),
    pytest.param("#distributed:\n#  worker:\n#    preload: []\n#  comm: {}\n", [Set(DAEMON, False)], "distributed:\n  worker:\n#    preload: []\n    daemon: false\n#  comm: {}\n", id="a_new_key_between_signs_without_a_blank"),
    pytest.param("distributed:\n#  worker:\n#    daemon: true\n", [Set(DAEMON, False)], "distributed:\n  worker:\n    daemon: false\n", id="signs_without_a_blank_below_a_live_section"),
    pytest.param("a:\n    b:\n#        c: 1\n", [Set(("a", "b", "c"), 2)], "a:\n    b:\n        c: 2\n", id="a_step_of_four"),
    pytest.param("distributed:\n  # worker:\n  #   daemon: true\n  comm: {}\n", [Set(DAEMON, False)], "distributed:\n  worker:\n    daemon: false\n  comm: {}\n", id="signs_at_the_indentation_of_keys"),
    pytest.param("distributed:\n  #worker:\n  #  daemon: true  # c\n  comm: {}\n", [Set(DAEMON, False)], "distributed:\n  worker:\n    daemon: false # c\n  comm: {}\n", id="both"),
    pytest.param("distributed:\n  worker:\n  #  daemon: true\n    preload: []\n", [Set(DAEMON, False)], "distributed:\n  worker:\n    daemon: false\n    preload: []\n", id="a_sign_and_two_blanks"),
    pytest.param("distributed:\n  # worker: of a job\n  worker:\n    # daemon: a process\n    x: 1\n", [Set(DAEMON, False)], "distributed:\n  # worker: of a job\n  worker:\n    # daemon: a process\n    x: 1\n    daemon: false\n", id="remarks_in_words_stay"),
    pytest.param("# a:\n#   x: {}\n#   s: {}  # none\n#   t: null\n#   u:\n#     v: 1\n", [Set(("a", "s", "b"), 1), Set(("a", "t", "b"), 1)], "a:\n#   x: {}\n  s:  # none\n    b: 1\n  t:\n    b: 1\n#   u:\n#     v: 1\n", id="into_an_empty_commented_section"),
    pytest.param(TEMPLATE, [Remove(DAEMON)], TEMPLATE, id="a_commented_key_is_not_there_to_be_removed"),
)  # fmt: skip
