"""Dictionaries for ``logging.config.dictConfig``: what makes it fail, without applying them."""

from __future__ import annotations

import inspect
import logging
import logging.handlers
import os
from collections.abc import Mapping
from typing import Any

from ...core.fuzzy import nearest
from ..merge import Branch, Leaf, Node, plain
from .files import is_path
from .modules import is_importable
from .problem import UNCHANGED, Path, Problems, StartupProblem

_FAILS = "'import distributed' fails"
_NO_SECTION = ("is not a section", "Write a section with keys of its own")
_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "NOTSET", "FATAL", "WARN")
#: What dictConfig does not pass to the class of a handler.
_OF_HANDLERS = ("class", "()", "level", "formatter", "filters", ".")
_MODULES = {"logging": logging, "logging.handlers": logging.handlers}
Names = Mapping[str, Branch]


def dictionary_problems(path: Path, config: Branch) -> Problems:
    """Yield what makes ``logging.config.dictConfig`` fail, and folders of logs that are missing."""
    yield from _version((*path, "version"), config["version"])
    if plain(config).get("incremental"):
        return  # depends on the handlers that exist already
    names: Names = {kind: node for kind, node in config.items() if isinstance(node, Branch)}
    for kind in ("formatters", "filters", "handlers", "loggers"):
        section = config.get(kind)
        if isinstance(section, Leaf) and section.value not in ([], ()):
            yield _problem((*path, kind), section, *_NO_SECTION)
    for judge, kind in ((_formatter, "formatters"), (_handler, "handlers"), (_logger, "loggers")):
        for name, entry in names.get(kind, {}).items():
            yield from judge((*path, kind, name), entry, names)
    if (root := config.get("root")) is not None and plain(root):
        yield from _logger((*path, "root"), root, names)


def _version(path: Path, node: Node) -> Problems:
    try:
        is_one = int(plain(node)) == 1
    except (TypeError, ValueError):
        is_one = False
    if not is_one:
        yield _problem(path, node, "is not a version of this format", "Set it to 1", 1)


def _formatter(path: Path, entry: Node, _: Names) -> Problems:
    if not isinstance(entry, Branch):
        yield _problem(path, entry, *_NO_SECTION)
        return
    values = plain(entry)
    if "()" in values or values.get("class", "logging.Formatter") != "logging.Formatter":
        yield from _class(path, entry)
        return
    try:
        logging.Formatter(values.get("format"), values.get("datefmt"), values.get("style", "%"))
    except (ValueError, TypeError):
        key = next(key for key in ("format", "style", "datefmt") if key in entry)
        hint = f"Write it in the style of {values.get('style', '%')}, or set style to %, {{ or $"
        yield _problem((*path, key), entry[key], "is not a format of log messages", hint)


def _handler(path: Path, entry: Node, names: Names) -> Problems:
    if not isinstance(entry, Branch):
        yield _problem(path, entry, *_NO_SECTION)
        return
    yield from _class(path, entry)
    yield from _level(path, entry)
    formatter = plain(entry).get("formatter")
    if formatter and formatter not in names.get("formatters", ()):
        yield _unknown((*path, "formatter"), entry["formatter"], formatter, names, "formatters")
    yield from _references(path, entry, names, "filters")
    yield from _folder(path, entry)


def _class(path: Path, entry: Branch) -> Problems:
    """Yield a class that cannot be imported, and arguments that do not fit it."""
    key = "()" if "()" in entry else "class"
    name = plain(entry).get(key)
    if not isinstance(name, str):
        yield _problem(path, entry, "has no class", "Add a class, such as logging.StreamHandler")
        return
    module, _, last = name.rpartition(".")
    if module in ("", *_MODULES):
        found = getattr(_MODULES.get(module), last, None)
        if found is None:
            yield _unknown_class((*path, key), entry[key], last)
        elif "handlers" in path:
            yield from _arguments(path, entry, found, name)
    elif not is_importable(name.partition(".")[0]):
        wrong = f"needs a module that is not installed in this Python: {_FAILS}"
        hint = "Install it, or choose another class"
        yield StartupProblem("missing-module", "warning", (*path, key), entry[key], wrong, hint)


def _unknown_class(path: Path, node: Node, last: str) -> StartupProblem:
    known = {name: module for module in _MODULES for name in dir(_MODULES[module])}
    similar = nearest(last, [name for name in known if name.endswith(("Handler", "Formatter"))])
    if similar is None:
        return _problem(path, node, "is not a class of logging", "Write it with its module")
    better = f"{known[similar]}.{similar}"
    return _problem(path, node, "is not a class of logging", f"Did you mean {better}?", better)


def _arguments(path: Path, entry: Branch, found: Any, name: str) -> Problems:
    given = {key: node for key, node in entry.items() if str(key).isidentifier()}
    signature = inspect.signature(found)
    unknown = [key for key in given if key not in (*_OF_HANDLERS, *signature.parameters)]
    takes_any = any(one.kind is one.VAR_KEYWORD for one in signature.parameters.values())
    if unknown and not takes_any:
        key = unknown[0]
        similar = nearest(key, list(signature.parameters))
        hint = f"Did you mean {similar}?" if similar else "Remove it"
        yield _problem((*path, key), entry[key], f"is not an argument of {name}", hint)
        return
    for key, one in signature.parameters.items():
        if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD and key not in given:
            yield _problem(path, entry, f"has no {key}, which {name} needs", f"Add {key}")


def _logger(path: Path, entry: Node, names: Names) -> Problems:
    if not isinstance(entry, Branch):
        meant = nearest(str(entry.value).upper(), _LEVELS) or "INFO"
        hint = f"Write {path[-1]}: {{level: {meant}}}"
        yield _problem(path, entry, "is not a section", hint, {"level": meant})
        return
    yield from _level(path, entry)
    yield from _references(path, entry, names, "handlers")
    yield from _references(path, entry, names, "filters")


def _level(path: Path, entry: Branch) -> Problems:
    level = plain(entry).get("level")
    if level is None or isinstance(level, int) or level in _LEVELS:
        return
    meant = nearest(level.upper(), _LEVELS) if isinstance(level, str) else None
    hint = f"Did you mean {meant}?" if meant else f"Set it to one of {', '.join(_LEVELS[:6])}"
    wrong = "is not a log level" + (", which has capital letters here" if meant else "")
    yield _problem((*path, "level"), entry["level"], wrong, hint, meant or UNCHANGED)


def _references(path: Path, entry: Branch, names: Names, kind: str) -> Problems:
    """Yield names in a list that are not defined in the section `kind`."""
    value = plain(entry).get(kind)
    if not isinstance(value, (list, tuple, str)):
        return
    unknown = [name for name in value if name not in names.get(kind, ())]
    where = (*path, kind)
    if unknown and isinstance(value, str) and value in names.get(kind, ()):
        wrong = "is a string; a list is expected"
        yield _problem(where, entry[kind], wrong, f"Write [{value}]", [value])
    elif unknown:
        name = value if isinstance(value, str) else unknown[0]
        yield _unknown(where, entry[kind], name, names, kind)


def _unknown(path: Path, node: Node, name: Any, names: Names, kind: str) -> StartupProblem:
    known = list(map(str, names.get(kind, ())))
    there = f"Use one of {', '.join(known)}, or add {name}" if known else f"Add {name}"
    wrong = f"is not among the {kind}"
    return _problem(path, node, wrong, f"{there} to {kind}", entry=str(name))


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
    path: Path, node: Node, wrong: str, hint: str, better: Any = UNCHANGED, entry: str = ""
) -> StartupProblem:
    wrong = f"{wrong}: {_FAILS}"
    return StartupProblem("invalid-logging", "error", path, node, wrong, hint, better, entry=entry)
