"""The checks, one problem per file, in the order in which they are run and documented.

A check is a module with ``ID`` (its slug, its file's name, its heading in docs/checks.md),
``SENTENCE`` (what it finds) and ``check(facts)``, a pure function that yields findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from ..facts import Facts, Finding
from . import (
    base_60_number,
    both_spellings,
    closed_queue,
    copied_file,
    dotted_key,
    duplicate_key,
    folder_not_writable,
    line_break_in_script,
    list_as_text,
    list_expected,
    lost_case,
    lower_case_prefix,
    malformed_file,
    memory_fraction,
    minimum_over_maximum,
    missing_config_path,
    missing_python,
    missing_wrapper,
    more_processes_than_cores,
    not_a_mapping,
    null_section,
    over_queue_limit,
    readable_secret,
    recommendation_undone,
    removed_key,
    renamed_key,
    scheduler_mapping,
    scheduler_silent,
    shadowed_value,
    single_underscore,
    stray_leaf,
    tab_character,
    tcp_timeout_too_short,
    undefined_profile,
    unexpanded_variable,
    unknown_interface,
    unknown_key,
    unknown_queue,
    unmergeable,
    unreadable_file,
    word_in_variable,
    wrong_type,
)


class Check(Protocol):
    """What a module of this folder offers."""

    ID: str
    SENTENCE: str

    def check(self, facts: Facts) -> Iterator[Finding]:
        """Yield what is wrong."""
        ...


#: The checks that need `Facts.site`.
ABOUT_SITE: tuple[Check, ...] = (
    scheduler_silent,
    unknown_queue,
    closed_queue,
    over_queue_limit,
    unknown_interface,
    folder_not_writable,
    missing_python,
)

CHECKS: tuple[Check, ...] = (
    malformed_file,
    tab_character,
    not_a_mapping,
    unreadable_file,
    missing_config_path,
    unmergeable,
    copied_file,
    readable_secret,
    duplicate_key,
    null_section,
    stray_leaf,
    missing_wrapper,
    scheduler_mapping,
    unknown_key,
    renamed_key,
    removed_key,
    dotted_key,
    both_spellings,
    wrong_type,
    list_expected,
    base_60_number,
    word_in_variable,
    unexpanded_variable,
    line_break_in_script,
    tcp_timeout_too_short,
    memory_fraction,
    more_processes_than_cores,
    minimum_over_maximum,
    undefined_profile,
    single_underscore,
    lower_case_prefix,
    list_as_text,
    lost_case,
    recommendation_undone,
    shadowed_value,
    *ABOUT_SITE,
)
