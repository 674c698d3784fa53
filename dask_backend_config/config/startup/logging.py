"""The configuration of logging, which distributed applies when it is imported."""

from __future__ import annotations

import logging
from typing import Any

from ...core.fuzzy import nearest
from ..merge import Branch, Leaf, Node, find, plain
from .logging_dictionary import dictionary_problems
from .problem import UNCHANGED, Path, Problems, StartupProblem

_FAILS = "'import distributed' fails"
_LEVELS = ("critical", "error", "warning", "info", "debug", "notset", "fatal", "warn")
#: Names that only a dictionary for logging.config.dictConfig has.
_OF_DICTIONARIES = ("formatters", "filters", "handlers", "loggers", "root")
_LOGGING, _FILE = "logging", "logging-file-config"


def problems(tree: Branch) -> Problems:
    """Yield what makes ``import distributed`` fail, and what distributed ignores."""
    section = find(tree, ("distributed",))
    own = isinstance(section, Branch) and (_LOGGING in section or _FILE in section)
    prefix = ("distributed",) if own else ()
    base = section if own and isinstance(section, Branch) else tree
    if own:
        yield from _ignored_above(tree)
    yield from _misspelled(tree, section)
    if _LOGGING in base and _FILE in base:
        yield _problem(
            (*prefix, _FILE), base[_FILE], f"and {_LOGGING} are set: {_FAILS}", "Remove one of them"
        )
    elif _LOGGING in base:
        yield from _logging((*prefix, _LOGGING), base[_LOGGING])
    if not isinstance(base.get(_LOGGING), Branch) or "version" not in base[_LOGGING]:  # type: ignore[operator]
        yield from _log_format(tree)


def _logging(path: Path, node: Node) -> Problems:
    if isinstance(node, Branch):
        yield from dictionary_problems(path, node) if "version" in node else _levels(path, node)
    elif node.value not in ([], (), ""):
        yield _problem(
            path,
            node,
            f"is not a section of loggers and levels: {_FAILS}",
            "Write a logger and its level, such as logging: {distributed: info}",
        )


def _levels(path: Path, section: Branch) -> Problems:
    """Yield the entries of ``{logger: level}`` that are not levels."""
    if lost := next(
        (name for name in _OF_DICTIONARIES if isinstance(section.get(name), Branch)), None
    ):
        node = Branch(section[lost].origin)
        wrong = f"has {lost}, but no version: {_FAILS}"
        yield StartupProblem("invalid-logging", "error", path, node, wrong, "Add version: 1 to it")
        return
    for name, node in section.items():
        yield from _level((*path, name), node)


def _level(path: Path, node: Node) -> Problems:
    if isinstance(node, Branch):
        level = plain(node).get("level") if len(node) == 1 else None
        meant = _meant(level)
        hint = f"Write {path[-1]}: {meant or 'info'}"
        wrong = f"is a section; a level is expected: {_FAILS}"
        yield _problem(path, node, wrong, hint, UNCHANGED if meant is None else meant)
    elif isinstance(node.value, bool):
        wrong = f"counts as the level {int(node.value)}, so that nothing is switched off"
        yield _problem(
            path,
            node,
            wrong,
            "Set it to critical to see critical errors only",
            "critical" if not node.value else UNCHANGED,
        )
    elif isinstance(node.value, str):
        if node.value.lower() not in _LEVELS:
            guess = _meant(node.value)
            hint = (
                f"Did you mean {guess}?" if guess else f"Set it to one of {', '.join(_LEVELS[:6])}"
            )
            yield _problem(path, node, f"is not a log level: {_FAILS}", hint, guess or UNCHANGED)
    elif not isinstance(node.value, int):
        yield _problem(
            path,
            node,
            f"is not a log level: {_FAILS}",
            f"Set it to one of {', '.join(_LEVELS[:6])}",
        )


def _meant(level: Any) -> str | None:
    return nearest(level.lower(), _LEVELS) if isinstance(level, str) else None


def _ignored_above(tree: Branch) -> Problems:
    for name in (_LOGGING, _FILE):
        if name in tree:
            wrong = f"is ignored, because the section distributed has {_LOGGING} of its own"
            yield _problem(
                (name,), tree[name], wrong, f"Move it to distributed.{_LOGGING}, or remove it"
            )


def _misspelled(tree: Branch, section: Node | None) -> Problems:
    """Yield ``logging_file_config``, which distributed does not find."""
    name = _FILE.replace("-", "_")
    for prefix, branch in (((), tree), (("distributed",), section)):
        if isinstance(branch, Branch) and name in branch:
            node = branch[name]
            wrong = f"is ignored: distributed reads only {_FILE}, with hyphens"
            in_variable = f"Set it in a file: a variable cannot set {_FILE}"
            hint = in_variable if node.origin.kind == "variable" else f"Rename it to {_FILE}"
            yield StartupProblem(
                "invalid-logging", "error", (*prefix, name), node, wrong, hint, new_name=_FILE
            )


def _log_format(tree: Branch) -> Problems:
    """Yield a format of messages that Python refuses."""
    path = ("distributed", "admin", "log-format")
    node = find(tree, path)
    if isinstance(node, Leaf) and isinstance(node.value, str) and not node.origin.is_default:
        try:
            logging.Formatter(node.value)
        except ValueError:
            yield _problem(
                path,
                node,
                f"is not a format of log messages: {_FAILS}",
                "Write it in the style of %, such as '%(asctime)s - %(message)s'",
            )


def _problem(
    path: Path, node: Node, wrong: str, hint: str, better: Any = UNCHANGED
) -> StartupProblem:
    return StartupProblem("invalid-logging", "error", path, node, wrong, hint, better)
