"""Dictionaries for ``logging.config.dictConfig``: what makes it fail, without applying them."""

from __future__ import annotations

import inspect
import logging
import logging.handlers
import os
from collections.abc import Collection, Iterator
from typing import Any

from ...core.fuzzy import nearest
from ..merge import Branch, Leaf, Node, plain
from .files import is_path
from .modules import is_importable
from .problem import UNCHANGED, Path, Problems, StartupProblem

_FAILS = "'import distributed' fails"
_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "NOTSET", "FATAL", "WARN")
_OF_HANDLERS = ("class", "()", "level", "formatter", "filters", ".")


def dictionary_problems(path: Path, config: Branch) -> Problems:
    """Yield what makes ``logging.config.dictConfig`` fail, and folders of logs that are missing."""
    yield from _version((*path, "version"), config["version"])
    if plain(config).get("incremental"):
        return  # depends on the handlers that exist already
    sections = dict(_sections(config))
    for name in ("formatters", "filters", "handlers", "loggers", "root"):
        if (
            name in config
            and name not in sections
            and not (name == "root" and not plain(config[name]))
        ):
            yield _problem(
                (*path, name),
                config[name],
                "is not a section",
                "Write a section with keys of its own",
            )
    names = {name: tuple(section) for name, section in sections.items()}
    for name, entry in sections.get("formatters", {}).items():
        yield from _formatter((*path, "formatters", name), entry)
    for name, entry in sections.get("handlers", {}).items():
        yield from _handler((*path, "handlers", name), entry, names)
    for name, entry in sections.get("loggers", {}).items():
        yield from _logger((*path, "loggers", name), entry, names)
    if "root" in sections:
        yield from _logger((*path, "root"), sections["root"], names)


def _sections(config: Branch) -> Iterator[tuple[str, Branch]]:
    for name, node in config.items():
        if isinstance(node, Branch):
            yield name, node


def _version(path: Path, node: Node) -> Problems:
    try:
        is_one = int(plain(node)) == 1
    except (TypeError, ValueError):
        is_one = False
    if not is_one:
        yield _problem(path, node, "is not a version of this format", "Set it to 1", 1)


def _formatter(path: Path, entry: Node) -> Problems:
    if not isinstance(entry, Branch):
        yield _problem(path, entry, "is not a section", "Write a section with keys of its own")
        return
    values = plain(entry)
    if "()" in values or "class" in values:
        yield from _class(path, entry)
        return
    try:
        logging.Formatter(values.get("format"), values.get("datefmt"), values.get("style", "%"))
    except (ValueError, TypeError):
        key = "format" if "format" in entry else next(iter(entry), None)
        where, node = (path, entry) if key is None else ((*path, key), entry[key])
        style = values.get("style", "%")
        hint = f"Write it in the style of {style}, or set style to %, {{ or $"
        yield _problem(where, node, "is not a format of log messages", hint)


def _handler(path: Path, entry: Node, names: dict[str, Any]) -> Problems:
    if not isinstance(entry, Branch):
        yield _problem(path, entry, "is not a section", "Write a section with keys of its own")
        return
    yield from _class(path, entry)
    yield from _level(path, entry)
    yield from _reference(path, entry, "formatter", names.get("formatters", ()))
    yield from _references(path, entry, "filters", names.get("filters", ()))
    yield from _folder(path, entry)


def _class(path: Path, entry: Branch) -> Problems:
    """Yield a class that does not exist, or arguments that it does not have."""
    name = plain(entry).get("()", plain(entry).get("class"))
    if not isinstance(name, str):
        yield _problem(
            path, entry, "has no class", "Add a class, such as class: logging.StreamHandler"
        )
        return
    where = next((*path, key) for key in ("()", "class") if key in entry)
    module, _, last = name.rpartition(".")
    if module in ("logging", "logging.handlers"):
        cls = getattr(logging if module == "logging" else logging.handlers, last, None)
        if cls is None:
            hint = (
                f"Did you mean {module}.{guess}?"
                if (guess := nearest(last, dir(logging) + dir(logging.handlers)))
                else "Set it to a class of logging or logging.handlers"
            )
            yield _problem(where, entry[where[-1]], f"is not in Python's {module}", hint)
        elif "handlers" in path and (unknown := _unknown_argument(cls, entry)):
            yield _problem(
                (*path, unknown),
                entry[unknown],
                f"is not an argument of {name}",
                "Remove it, or correct its name",
            )
    elif not module or not is_importable(name.split(".")[0]):
        wrong = f"cannot be imported: {_FAILS}"
        hint = "Write the class with its module, and install the module"
        yield StartupProblem("missing-module", "warning", where, entry[where[-1]], wrong, hint)


def _unknown_argument(cls: Any, entry: Branch) -> str | None:
    parameters = inspect.signature(cls).parameters
    if any(one.kind is one.VAR_KEYWORD for one in parameters.values()):
        return None
    names = (name for name in entry if isinstance(name, str) and name.isidentifier())
    return next((name for name in names if name not in (*_OF_HANDLERS, *parameters)), None)


def _logger(path: Path, entry: Node, names: dict[str, Any]) -> Problems:
    if not isinstance(entry, Branch):
        hint = f"Write {path[-1]}: {{level: {str(entry.value).upper()}}}"
        yield _problem(path, entry, "is not a section", hint, {"level": str(entry.value).upper()})
        return
    yield from _level(path, entry)
    yield from _references(path, entry, "handlers", names.get("handlers", ()))
    yield from _references(path, entry, "filters", names.get("filters", ()))


def _level(path: Path, entry: Branch) -> Problems:
    if "level" not in entry:
        return
    node = entry["level"]
    level = plain(node)
    if level is None or isinstance(level, int) or level in _LEVELS:
        return
    meant = nearest(level.upper(), _LEVELS) if isinstance(level, str) else None
    hint = f"Did you mean {meant}?" if meant else f"Set it to one of {', '.join(_LEVELS[:6])}"
    wrong = "is not a log level, which has capital letters here"
    yield _problem((*path, "level"), node, wrong, hint, meant or UNCHANGED)


def _reference(path: Path, entry: Branch, key: str, known: Collection[Any]) -> Problems:
    value = plain(entry).get(key)
    if value and value not in known:
        yield _unknown((*path, key), entry[key], value, known)


def _references(path: Path, entry: Branch, key: str, known: Collection[Any]) -> Problems:
    value = plain(entry).get(key)
    if isinstance(value, str) and value in known:
        yield _problem(
            (*path, key), entry[key], "is a string; a list is expected", f"Write [{value}]", [value]
        )
    elif isinstance(value, (list, tuple, str)) and value:
        unknown = next(
            (one for one in ([value] if isinstance(value, str) else value) if one not in known),
            None,
        )
        if unknown is not None:
            yield _unknown((*path, key), entry[key], unknown, known)


def _unknown(path: Path, node: Node, name: Any, known: Collection[Any]) -> StartupProblem:
    noun = path[-1] if path[-1].endswith("s") else f"{path[-1]}s"
    there = f"Set it to one of {', '.join(map(str, known))}" if known else f"Add {name} to {noun}"
    return _problem(path, node, f"names {name}, which is not among the {noun}", there)


def _folder(path: Path, entry: Branch) -> Problems:
    """Yield a log file whose folder does not exist."""
    node = entry.get("filename")
    if not isinstance(node, Leaf) or not is_path(node.value):
        return
    folder = os.path.dirname(os.path.abspath(node.value))
    if not os.path.isdir(folder):
        wrong = f"lies in a folder that does not exist on this machine: {_FAILS}"
        hint = f"Run: mkdir -p {folder}"
        yield StartupProblem("missing-file", "warning", (*path, "filename"), node, wrong, hint)


def _problem(
    path: Path, node: Node, wrong: str, hint: str, better: Any = UNCHANGED
) -> StartupProblem:
    return StartupProblem(
        "invalid-logging", "error", path, node, f"{wrong}: {_FAILS}", hint, better
    )
