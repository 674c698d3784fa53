"""The checks, one problem per module; a module's docstring is the check's documentation.

The id of a check is the name of its module with ``-`` for ``_``. ``check(facts)`` is a pure
function that yields findings.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from ..facts import Facts
from ..findings import CheckFindings

_CONFIGURATION_IDS = (
    "malformed-file",
    "tab-character",
    "not-a-mapping",
    "unreadable-file",
    "unread-file",
    "missing-config-path",
    "unmergeable",
    "copied-file",
    "readable-secret",
    "duplicate-key",
    "null-section",
    "stray-leaf",
    "missing-wrapper",
    "scheduler-mapping",
    "unknown-scheduler",
    "unknown-key",
    "renamed-key",
    "removed-key",
    "dotted-key",
    "both-spellings",
    "wrong-type",
    "list-expected",
    "base-60-number",
    "word-in-variable",
    "unexpanded-variable",
    "unexported-variable",
    "environ-too-late",
    "line-break-in-script",
    "invalid-logging",
    "tls-role",
    "missing-file",
    "missing-module",
    "dashboard-link",
    "hyphen-in-argument",
    "prefix-in-option",
    "yaml-version",
    "tcp-timeout-too-short",
    "memory-fraction",
    "more-processes-than-cores",
    "minimum-over-maximum",
    "key-without-effect",
    "contradicting-options",
    "lifetime-over-walltime",
    "environment-overrides-script",
    "undefined-profile",
    "refused-by-backend",
    "single-underscore",
    "lower-case-prefix",
    "list-as-text",
    "lost-case",
    "recommendation-undone",
    "shadowed-value",
)
_SITE_IDS = (
    "scheduler-silent",
    "unknown-queue",
    "closed-queue",
    "over-queue-limit",
    "unknown-interface",
    "folder-not-writable",
    "missing-python",
)
_CLUSTER_IDS = ("processes-disagree",)


@dataclass(frozen=True, slots=True)
class Check:
    """A check and its documentation.

    Attributes
    ----------
    id : str
    sentence : str
        What the check finds, the first line of the module's docstring.
    explanation : str
        The rest of the docstring: Markdown with an example after ``Broken:`` and after ``Fixed:``.
    run : callable
        Facts -> findings, without their id.
    """

    id: str
    sentence: str
    explanation: str
    run: Callable[[Facts], CheckFindings]


def _load(check_id: str) -> Check:
    module = importlib.import_module(f".{check_id.replace('-', '_')}", __name__)
    sentence, _, explanation = (module.__doc__ or "").partition("\n")
    return Check(check_id, sentence, explanation.strip(), module.check)


#: The checks that need `Facts.sites`.
SITE_CHECKS = tuple(map(_load, _SITE_IDS))
#: The checks that need `Facts.cluster`.
CLUSTER_CHECKS = tuple(map(_load, _CLUSTER_IDS))
#: All checks, in the order in which they are run and documented.
CHECKS = (*map(_load, _CONFIGURATION_IDS), *SITE_CHECKS, *CLUSTER_CHECKS)
