"""Why a single value cannot be what was meant: one cause for each, so that no two checks report it.

The checks of single values ask here for the settings that are theirs, and find the words for them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from ..catalogue import backend_schema
from ..catalogue.catalogue import Catalogue
from ..catalogue.dask_types import kind_of
from ..catalogue.value_types import Kind, is_duration
from ..core.keys import hyphenated, join_path
from ..core.origins import Origin
from ..core.secrets import MASK, is_secret
from ..core.strings import has_line_break, is_base_60, printable, references, shown, truth
from .facts import Facts
from .occurrences import Setting

Cause = Literal[
    "base-60-number", "line-break-in-script", "list-expected", "unexpanded-variable",
    "word-in-variable", "wrong-type",
]  # fmt: skip

#: What happens to a wrong value of ``backends.*``.
REFUSED = "is refused when the backend is made"
_WORD = Kind("word")
_TEXT = Kind("text")
#: Texts of ``backends.*`` that end up in a command line or directive, where $ may mean something.
_IN_SCRIPT = ("gpu-directive", "python", "resource-spec")


def settings_with(facts: Facts, cause: Cause) -> Iterator[Setting]:
    """The values that a user said which are wrong for one cause, in the order of `facts.settings`.

    Parameters
    ----------
    facts : Facts
        What was said. What makes ``import dask`` fail is left out: it is another check's.
    cause : str
        The id of the check that asks.
    """
    unmerged = _unmerged(facts)
    for setting in facts.settings:
        if unmerged and setting.origin in unmerged:
            continue
        for inner in _opened(setting):
            if cause_of(facts.catalogue, inner) == cause:
                yield inner


def cause_of(known: Catalogue, setting: Setting) -> Cause | None:
    """Why the value of a known key is wrong; None where it is right or nobody can tell."""
    if setting.path[0] == backend_schema.ROOT:
        return _cause_in_backends(setting)
    kind = kind_of(known, setting.path)
    return _cause(known, kind, setting) if kind else None


def spoken(setting: Setting) -> str:
    """A setting as a message quotes it, ``walltime: 12:00:00``; a secret's value is masked."""
    value = shown(setting.value, setting.text, setting.plain)
    return f"{name_of(setting)}: {unless_secret(setting, value)}"


def name_of(setting: Setting) -> str:
    """The last part of the key as a message quotes it: as written in a file."""
    name = setting.path[-1] if setting.file else hyphenated(setting.path[-1])
    return printable(name)


def unless_secret(setting: Setting, text: object) -> str:
    """What may be shown of a setting: `text`, or the mask where its key names a secret."""
    return MASK if is_secret(setting.key) else str(text)


def wanted(known: Catalogue, setting: Setting) -> str:
    """What would be right at the key of a wrong value, to follow "write"."""
    kind = kind_of(known, setting.path)
    if kind:
        return kind.words
    problems = (
        backend_schema.problem(setting.key, value) for value in (setting.value, setting.text)
    )
    return next(filter(None, problems), "another value").removeprefix("must be ")


def takes_text(known: Catalogue, setting: Setting) -> bool:
    """Whether any text would be right at the key."""
    kind = kind_of(known, setting.path)
    node = backend_schema.node(setting.key) or {}
    if kind is None:
        return "string" in node.get("type", ()) and node.get("unit") in (None, "HH:MM:SS")
    return kind.name in ("text", "word", "anything")


def takes_duration(known: Catalogue, setting: Setting) -> bool:
    """Whether the key holds a duration."""
    kind = kind_of(known, setting.path)
    node = backend_schema.node(setting.key) or {}
    return kind.name == "duration" if kind else node.get("unit") == "seconds"


def entries_of(value: Any) -> list[tuple[int, Any]]:
    """The entries of a list with their numbers from 1; none for what is no list."""
    return list(enumerate(value, 1)) if isinstance(value, (list, tuple)) else []


def wrong_entry(kind: Kind, value: Any) -> int | None:
    """The number of the first entry of a job script's list that cannot be a line of it."""
    item = _TEXT if kind.strict else _WORD
    for number, entry in entries_of(value):
        harmless = entry is None and kind.strict and kind.script  # it is left out
        if not harmless and not item.fits(entry):
            return number
    return None


def _unmerged(facts: Facts) -> set[Origin]:
    """What dask cannot merge, and variables that stand in the way of others."""
    keys = {hyphenated(variable.key) for variable in facts.variables}
    above = {key[: dot.start()] for key in keys for dot in re.finditer(r"\.", key)}
    in_the_way = {
        variable.origin for variable in facts.variables if hyphenated(variable.key) in above
    }
    return in_the_way | {error.origin for error in facts.resolution.conflicts}


def _opened(setting: Setting) -> Iterator[Setting]:
    """The setting, and what a mapping in a variable holds; a file's are settings already."""
    yield setting
    if isinstance(setting.value, Mapping) and setting.variable:
        for name, value in setting.value.items():
            if isinstance(name, str):
                inner = dataclasses.replace(
                    setting, path=(*setting.path, name), value=value, text=None
                )
                yield from _opened(inner)


def _cause(known: Catalogue, kind: Kind, setting: Setting) -> Cause | None:
    value = setting.value
    if kind.name in ("list", "modules"):
        return _cause_of_list(known, kind, setting)
    if is_base_60(value, setting.text, setting.plain) and kind.name != "fraction":
        return "base-60-number"
    if isinstance(value, str):
        if kind.script and has_line_break(value):
            return "line-break-in-script"
        if references(value):
            return None if kind.expands else "unexpanded-variable"
        if _is_word_for_boolean(kind, value):
            return "word-in-variable"
    return None if kind.fits(value) and not _is_bad_walltime(setting) else "wrong-type"


def _cause_of_list(known: Catalogue, kind: Kind, setting: Setting) -> Cause | None:
    value = setting.value
    if isinstance(value, Mapping) and _holds_old_names(known, setting):
        return None  # dask moves what they hold to the key itself
    if not kind.fits(value):
        text_in_variable = setting.variable and isinstance(value, str)
        return None if text_in_variable else "list-expected"
    if kind.name == "modules":
        names = [value] if isinstance(value, str) else [entry for _, entry in entries_of(value)]
        return "unexpanded-variable" if _any_reference(names) else None
    if kind.script and any_line_break(value):
        return "line-break-in-script"
    judged = kind.script or kind.strict
    return "wrong-type" if judged and wrong_entry(kind, value) else None


def _holds_old_names(known: Catalogue, setting: Setting) -> bool:
    return any(hyphenated(f"{setting.key}.{name}") in known.renamed for name in setting.value)


def _cause_in_backends(setting: Setting) -> Cause | None:
    names = tuple(map(hyphenated, setting.path))
    node, value = backend_schema.node(join_path(names)), setting.value
    if node is None or _is_profiles_business(names, value):
        return None
    types = [node["type"]] if isinstance(node["type"], str) else node["type"]
    if value is None and "object" in types:
        return None  # the defaults are put there
    if node.get("script") and any_line_break(value) and isinstance(value, str) == _is_text(types):
        return "line-break-in-script"
    wrong = backend_schema.problem(join_path(names), value) is not None
    if "array" in types and not isinstance(value, (list, tuple)):
        text_in_variable = setting.variable and isinstance(value, str)
        return "list-expected" if wrong and not text_in_variable else None
    if is_base_60(value, setting.text, setting.plain):
        return "base-60-number"
    if isinstance(value, str) and references(value):
        expands = node.get("format") == "path" or names[-1] in _IN_SCRIPT
        return None if expands else "unexpanded-variable"
    if "boolean" in types and truth(value) is not None:
        return "word-in-variable"
    return "wrong-type" if wrong else None


def _is_profiles_business(names: tuple[str, ...], value: Any) -> bool:
    """Whether another check judges it: the name of a backend or profile, a profile's absence."""
    if names == (backend_schema.ROOT, "default"):
        return isinstance(value, str) and value != ""
    if names[:2] != (backend_schema.ROOT, "profiles"):
        return False
    return (len(names) == 3 and value is None) or (
        len(names) == 4 and names[3] == "backend" and (value is None or isinstance(value, str))
    )


def _is_text(types: Iterable[str]) -> bool:
    return "array" not in types


def any_line_break(value: Any) -> bool:
    """Whether a text, or an entry of a list, takes more than one line."""
    texts = [value] if isinstance(value, str) else [entry for _, entry in entries_of(value)]
    return any(isinstance(text, str) and has_line_break(text) for text in texts)


def _any_reference(texts: Iterable[Any]) -> bool:
    return any(isinstance(text, str) and references(text) for text in texts)


def _is_word_for_boolean(kind: Kind, value: str) -> bool:
    meant = truth(value)
    if meant is None or kind.fits(value):
        return False
    return kind.name == "boolean" or (meant in kind.takes and value.strip().isalpha())


def _is_bad_walltime(setting: Setting) -> bool:
    """Whether a job queue would be handed a unit, such as 6h, which none of them knows."""
    is_walltime = len(setting.path) == 3 and setting.path[::2] == ("jobqueue", "walltime")
    value = setting.value
    return is_walltime and isinstance(value, str) and value[-1:].isalpha() and is_duration(value)
