"""The cause why a value is wrong: exactly one per value, so that no two checks report it.

Each check of single values asks for the settings with its own cause, and writes the message.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Literal

from ..catalogue import backend_schema
from ..catalogue.key_types import value_type
from ..catalogue.known_keys import Catalogue, is_own_section, names_below
from ..catalogue.value_types import ValueType
from ..core.keys import hyphenated
from ..core.origins import Origin
from ..core.secrets import MASK, is_secret
from ..core.strings import has_line_break, is_base_60, printable, references, shown, truth
from .facts import Facts
from .setting import Setting

Cause = Literal[
    "base-60-number", "line-break-in-script", "list-expected", "unexpanded-variable",
    "word-in-variable", "wrong-type",
]  # fmt: skip

#: The names of the types that take any string.
TEXTS = ("string", "word", "walltime", "anything")
#: What happens to a wrong value of ``backends.*``.
REFUSED = "is refused when the backend is made"


def settings_with(facts: Facts, cause: Cause) -> Iterator[tuple[Setting, ValueType]]:
    """Yield the user's values that are wrong for one cause, and what their keys expect.

    They are in the order of `facts.settings`.

    Parameters
    ----------
    facts : Facts
        Values that make ``import dask`` fail are left out: another check reports them.
    cause : str
        The id of the check that asks.
    """
    return ((setting, expected) for found, setting, expected in _wrong(facts) if found == cause)


@functools.lru_cache(maxsize=1)
def _wrong(facts: Facts) -> list[tuple[Cause, Setting, ValueType]]:
    """Return all wrong values, which are found once for all checks that ask."""
    unmerged = _unmerged(facts)
    return [
        (cause, inner, expected)
        for setting in facts.settings
        if setting.origin not in unmerged
        # What a mapping in a file holds is a setting of its own.
        for inner in (setting.with_inner() if setting.variable else (setting,))
        for cause, expected in _causes_of(facts.catalogue, inner)
    ]


def _causes_of(known: Catalogue, setting: Setting) -> list[tuple[Cause, ValueType]]:
    """Return why a value is wrong, and what its key expects; an empty list if it is right.

    Any scheduler's rules may hold in a section of jobqueue with a name of its own.
    """
    paths, path = [setting.path], setting.path
    if is_own_section(path) and len(path) > 2:
        paths = [("jobqueue", name, *path[2:]) for name in names_below(("jobqueue",))]
    found = []
    for expected in filter(None, (value_type(known, each) for each in paths)):
        cause = _cause_of(known, expected, setting)
        if cause is None:
            return []
        found.append((cause, expected))
    return found[:1]


def _cause_of(known: Catalogue, expected: ValueType, setting: Setting) -> Cause | None:
    """Return why a value is wrong; None if it is right."""
    value = setting.value
    if _is_judged_by_undefined_profile(setting):
        return None
    if expected.name in ("list", "modules"):
        return _cause_of_list(known, expected, setting)
    if expected.name == "section" and value is None:
        return None  # the defaults are used
    if is_base_60(value, setting.text, setting.plain) and expected.name != "fraction":
        return "base-60-number"
    if isinstance(value, str):
        if expected.is_in_script and has_line_break(value):
            return "line-break-in-script"
        if references(value):
            return None if expected.expands else "unexpanded-variable"
        if _is_word_for_boolean(expected, value):
            return "word-in-variable"
    return None if expected.fits(value) else "wrong-type"


def places_of_wrong_values(facts: Facts) -> set[Origin]:
    """Return the places of all values that are wrong for any cause."""
    return {setting.origin for _, setting, _ in _wrong(facts)}


def spoken(setting: Setting) -> str:
    """Return a setting as a message quotes it, ``walltime: 12:00:00``; secrets are masked."""
    value = shown(setting.value, setting.text, setting.plain)
    return f"{name_of(setting)}: {unless_secret(setting, value)}"


def spoken_entry(setting: Setting, number: int) -> str:
    """Return an entry of a list as the subject of a message; the first has the number 1."""
    return f"{name_of(setting)}: entry {number}, {shown(setting.value[number - 1])},"


def name_of(setting: Setting) -> str:
    """Return the last part of the key as a message quotes it: as written in a file."""
    name = setting.path[-1] if setting.file else hyphenated(setting.path[-1])
    return printable(name)


def unless_secret(setting: Setting, text: object) -> str:
    """Return `text`, or the mask if the key names a secret."""
    return MASK if is_secret(setting.key) else str(text)


def _unmerged(facts: Facts) -> set[Origin]:
    """Return the origins that dask cannot merge, and variables that set a section of others."""
    keys = {hyphenated(variable.key) for variable in facts.variables}
    above = {key[: dot.start()] for key in keys for dot in re.finditer(r"\.", key)}
    in_the_way = {
        variable.origin for variable in facts.variables if hyphenated(variable.key) in above
    }
    return in_the_way | {error.origin for error in facts.resolution.conflicts}


def _cause_of_list(known: Catalogue, expected: ValueType, setting: Setting) -> Cause | None:
    value = setting.value
    if isinstance(value, Mapping) and _holds_old_names(known, setting):
        return None  # dask moves these to the key itself
    if expected.name == "modules" and isinstance(value, (str, list, tuple)):
        names = [value] if isinstance(value, str) else value
        found = any(isinstance(name, str) and references(name) for name in names)
        return "unexpanded-variable" if found else None
    if isinstance(value, (list, tuple)):
        lines_break = any(isinstance(entry, str) and has_line_break(entry) for entry in value)
        if expected.is_in_script and lines_break:
            return "line-break-in-script"
        return None if expected.fits(value) else "wrong-type"
    if expected.fits(value) or (setting.variable and isinstance(value, str)):
        return None  # list-as-text reports strings in variables
    return "list-expected"


def _holds_old_names(known: Catalogue, setting: Setting) -> bool:
    return any(hyphenated(f"{setting.key}.{name}") in known.renamed for name in setting.value)


def _is_judged_by_undefined_profile(setting: Setting) -> bool:
    """Return whether the value names a backend or profile, or is an empty profile."""
    names, value = tuple(map(hyphenated, setting.path)), setting.value
    if names == (backend_schema.ROOT, "default"):
        return isinstance(value, str) and value != ""
    if names[:2] != (backend_schema.ROOT, "profiles") or len(names) not in (3, 4):
        return False
    if len(names) == 3:
        return value is None
    return names[3] == "backend" and (value is None or isinstance(value, str))


def _is_word_for_boolean(expected: ValueType, value: str) -> bool:
    meant = truth(value)
    if meant is None or expected.fits(value) or expected.refused(meant):
        return False
    return expected.name == "boolean" or (
        value.strip().isalpha() and any(meant is one for one in expected.also)
    )
