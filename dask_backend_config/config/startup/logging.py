"""The configuration of logging, which distributed applies when it is imported."""

from __future__ import annotations

from typing import Any

from ...core.fuzzy import nearest
from ..merge import Branch, Leaf, Node, find, plain
from .files import is_path, unreadable
from .problem import UNCHANGED, Path, Problems, StartupProblem

_FAILS = "'import distributed' fails"
_LEVELS = ("critical", "error", "warning", "info", "debug", "notset", "fatal", "warn")
#: Names that only a dictionary for logging.config.dictConfig has.
_OF_DICTIONARIES = ("formatters", "filters", "handlers", "loggers", "root")
_LOGGING, _FILE = "logging", "logging-file-config"


def problems(tree: Branch) -> Problems:
    """Yield what makes ``import distributed`` fail, and what distributed ignores."""
    section = find(tree, ("distributed",))
    yield from _misspelled(tree, section)
    prefix: Path = ()
    base = tree
    if isinstance(section, Branch) and (_LOGGING in section or _FILE in section):
        prefix, base = ("distributed",), section
        yield from _ignored_above(tree)
    node, file = base.get(_LOGGING), base.get(_FILE)
    if file is not None and node is not None:
        wrong = f"and {_LOGGING} are both set: {_FAILS}"
        yield _problem((*prefix, _FILE), file, wrong, "Remove one of them")
    elif file is not None:
        yield from _file_config((*prefix, _FILE), file)
    elif isinstance(node, Branch) and "version" in node:
        from .logging_dictionary import dictionary_problems

        yield from dictionary_problems((*prefix, _LOGGING), node)
        return  # distributed's own format is not used
    elif node is not None:
        yield from _levels((*prefix, _LOGGING), node)
    yield from _log_format(tree)


def _file_config(path: Path, node: Node) -> Problems:
    if isinstance(node, Leaf) and is_path(node.value) and (wrong := unreadable(node.value)):
        hint = "Correct the path, or create the file"
        yield StartupProblem("missing-file", "error", path, node, f"{wrong}: {_FAILS}", hint)


def _levels(path: Path, section: Node) -> Problems:
    """Yield the entries of ``{logger: level}`` that are not levels."""
    if isinstance(section, Leaf):
        if section.value not in ([], (), ""):  # these are as good as nothing
            hint = "Write loggers and their levels, such as logging: {distributed: info}"
            yield _problem(path, section, f"is not a section of loggers: {_FAILS}", hint)
    elif name := next((name for name in _OF_DICTIONARIES if name in section), None):
        yield _problem(
            path, section, f"has {name}, but no version: {_FAILS}", "Add version: 1 to it"
        )
    else:
        for name, node in section.items():
            yield from _level((*path, name), node)


def _level(path: Path, node: Node) -> Problems:
    value = plain(node)
    if isinstance(node, Branch):
        meant = _meant(value.get("level")) if len(node) == 1 else None
        wrong = f"is a section; a level is expected: {_FAILS}"
        yield _problem(path, node, wrong, f"Write {path[-1]}: {meant or 'info'}", meant)
    elif isinstance(value, bool):
        wrong = f"counts as the level {int(value)}: nothing is switched off"
        meant = None if value else "critical"
        yield _problem(path, node, wrong, "Set it to critical to see critical errors only", meant)
    elif not isinstance(value, int) and str(value).lower() not in _LEVELS:
        meant = _meant(value)
        hint = f"Did you mean {meant}?" if meant else f"Set it to one of {', '.join(_LEVELS[:6])}"
        yield _problem(path, node, f"is not a log level: {_FAILS}", hint, meant)


def _meant(level: Any) -> str | None:
    return nearest(level.lower(), _LEVELS) if isinstance(level, str) else None


def _ignored_above(tree: Branch) -> Problems:
    for name in (_LOGGING, _FILE):
        if name in tree:
            wrong = "is ignored, because the section distributed has one of its own"
            hint = f"Move it to distributed.{_LOGGING}, or remove it"
            yield _problem((name,), tree[name], wrong, hint)


def _misspelled(tree: Branch, section: Node | None) -> Problems:
    """Yield ``logging_file_config``, which distributed does not find."""
    name = _FILE.replace("-", "_")
    for prefix, branch in (((), tree), (("distributed",), section)):
        if isinstance(branch, Branch) and name in branch:
            path, node = (*prefix, name), branch[name]
            wrong = f"is ignored: distributed reads only {_FILE}, with hyphens"
            hint = f"Rename it to {_FILE}"
            if node.origin.kind == "variable":
                hint = f"Set {_FILE} in a file: a variable cannot set it"
            yield StartupProblem(
                "invalid-logging", "error", path, node, wrong, hint, new_name=_FILE
            )


def _log_format(tree: Branch) -> Problems:
    """Yield a format of messages that Python refuses."""
    path = ("distributed", "admin", "log-format")
    node = find(tree, path)
    if isinstance(node, Leaf) and isinstance(node.value, str) and not node.origin.is_default:
        from logging import Formatter

        try:
            Formatter(node.value)
        except ValueError:
            hint = "Write it in the style of %, such as '%(asctime)s - %(message)s'"
            yield _problem(path, node, f"is not a format of log messages: {_FAILS}", hint)


def _problem(
    path: Path, node: Node, wrong: str, hint: str, better: str | None = None
) -> StartupProblem:
    meant = UNCHANGED if better is None else better
    return StartupProblem("invalid-logging", "error", path, node, wrong, hint, meant)
