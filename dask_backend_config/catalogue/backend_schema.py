"""What each ``backends.*`` key may hold, read from the shipped schema: one judge for everybody.

`problem` judges what a backend reads and what is passed to its constructor, and the doctor asks it
about what stands in files and variables.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from ..core import units
from ..core.fuzzy import nearest
from ..core.keys import hyphenated
from . import shipped

ROOT = "backends"
Node = Mapping[str, Any]

_BASE_60 = "without quotes YAML reads 12:00:00 as the number 43200"
#: unit -> how to read it, and what people write.
_AMOUNTS: dict[str, tuple[Callable[[Any], float], str]] = {
    "seconds": (units.duration, f"a duration: {units.DURATION_FORMS}"),
    "bytes": (units.memory, f"an amount of memory: {units.MEMORY_FORMS}"),
    "HH:MM:SS": (units.walltime, f"a walltime: {units.WALLTIME_FORMS}; {_BASE_60}"),
}
_WORDS_FOR_TRUTH = {
    **dict.fromkeys(("yes", "on", "true"), True),
    **dict.fromkeys(("no", "off", "false"), False),
}
_LINE_BREAK = re.compile("[\0\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def node(key: str) -> Node | None:
    """Find the schema of a ``backends.*`` key or section.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``. A scheduler's section may hold any key of
        ``backends.jobqueue``, a profile any key of any backend.

    Returns
    -------
    mapping or None
        None where there is no such key.
    """
    return _node(hyphenated(key))


def keys() -> Iterator[str]:
    """Every key of ``backends.yaml``, sections left out, in the order of the schema."""
    yield from _keys(_root(), ROOT)


def fallbacks(key: str) -> tuple[str, ...]:
    """The keys that count where `key` is null, the first to be asked first.

    Examples
    --------
    >>> fallbacks("backends.pbs.queue-name")
    ('backends.jobqueue.queue-name', 'jobqueue.pbs.queue')
    """
    found, names = node(key), hyphenated(key).split(".")
    parent = _extended(names[1]) if found and len(names) > 2 else None
    if found is None or parent is None:
        return ()
    shared = ".".join([ROOT, parent, *names[2:]])
    inherited = (shared,) if node(shared) else ()
    theirs = _jobqueue_names(found.get("jobqueue"), names[1])
    return (*inherited, *(f"jobqueue.{names[1]}.{name}" for name in theirs))


def problem(key: str, value: Any) -> str | None:
    """Judge a value.

    Parameters
    ----------
    key : str
        As for `node`.
    value : object
        As it stands in the configuration, or as it was passed to a constructor.

    Returns
    -------
    str or None
        One phrase that says what would be right, such as ``must be a whole number of at least 1``;
        None where `value` is right, and for a key that is unknown.
    """
    found = node(key)
    if found is None:
        return None
    if value is None:
        return None if "null" in _types(found) else f"must be {_expected(found)}, not null"
    return _problem(found, value)


def line_break_problem(value: Any) -> str | None:
    """The same phrase as `problem` has for a text with a line break; None where it has none."""
    if not isinstance(value, str) or not _LINE_BREAK.search(value):
        return None
    return "must not hold a line break: the rest would be another line of the job script"


@functools.cache
def _root() -> Node:
    root: Node = shipped.read(shipped.BACKENDS_SCHEMA)["properties"][ROOT]
    return root


@functools.cache
def _node(key: str) -> Node | None:
    root, *names = key.split(".")
    if root != ROOT:
        return None
    if names[:1] == ["profiles"] and len(names) > 1:
        return _in_profile(names[2:])
    return _in_section(names)


def _in_section(names: Sequence[str]) -> Node | None:
    found = _walk(_root(), names)
    parent = _extended(names[0]) if found is None else None
    return _optional(_walk(_root(), [parent, *names[1:]])) if parent else found


def _in_profile(names: Sequence[str]) -> Node | None:
    profile: Node = _root()["properties"]["profiles"]["additionalProperties"]
    own = _walk(profile, names)
    if own is not None:
        return own
    sections = ("jobqueue", *(name for name in _root()["properties"] if name != "profiles"))
    found = (_walk(_root(), [section, *names]) for section in sections)
    return _optional(next((entry for entry in found if entry is not None), None))


def _walk(start: Node, names: Sequence[str]) -> Node | None:
    here: Node | None = start
    for name in names:
        here = here.get("properties", {}).get(name) if here else None
    return here


def _extended(section: str) -> str | None:
    """The section whose keys may also stand in `section`."""
    parent: str | None = _root()["properties"].get(section, {}).get("extends")
    return parent


def _optional(found: Node | None) -> Node | None:
    if found is None or "object" in _types(found):
        return found
    return {**found, "type": [*_types(found), "null"]}


def _keys(section: Node, prefix: str) -> Iterator[str]:
    for name, below in section["properties"].items():
        if "properties" in below:
            yield from _keys(below, f"{prefix}.{name}")
        else:
            yield f"{prefix}.{name}"


def _jobqueue_names(entry: Any, scheduler: str) -> Sequence[str]:
    if isinstance(entry, Mapping):
        return [name for name, those in entry.items() if scheduler in those]
    return [entry] if isinstance(entry, str) else entry or []


def _types(found: Node) -> tuple[str, ...]:
    named = found["type"]
    return (named,) if isinstance(named, str) else tuple(named)


def _problem(found: Node, value: Any) -> str | None:
    types = _types(found)
    if "object" in types:
        return None if isinstance(value, Mapping) else "must be a section with keys of its own"
    if "array" in types:
        return _list_problem(found, value)
    if found.get("unit") in _AMOUNTS:
        return _amount_problem(found, value)
    if "boolean" in types:
        return None if isinstance(value, bool) else f"must be true or false{_truth_hint(value)}"
    if isinstance(value, Integral) and not isinstance(value, bool) and "integer" in types:
        return _range_problem(found, int(value)) or _pattern_problem(found, int(value))
    return _text_problem(found, value)


def _text_problem(found: Node, value: Any) -> str | None:
    if not isinstance(value, str) or "string" not in _types(found):
        if isinstance(value, (bool, int, float)) and _types(found)[0] == "string":
            return f"must be {_expected({**found, 'examples': ()})}; quote it"
        return f"must be {_expected(found)}"
    if len(value) < found.get("minLength", 0):
        return "must not be empty"
    if found.get("script") and (wrong := line_break_problem(value)):
        return wrong
    if "enum" in found and value not in found["enum"]:
        like = {word.lower(): word for word in found["enum"] if word is not None}
        guess = like.get(value.lower()) or like.get(nearest(value.lower(), like) or "")
        return f"must be {_expected(found)}" + (f"; the nearest is {guess}" if guess else "")
    return _pattern_problem(found, value)


def _pattern_problem(found: Node, value: str | int) -> str | None:
    try:
        if "pattern" not in found or re.fullmatch(found["pattern"], str(value)):
            return None
    except ValueError:  # Python refuses to spell numbers of thousands of digits
        pass
    return f"must look like {' or '.join(found['examples'])}"


def _range_problem(found: Node, value: int) -> str | None:
    return f"must be {_expected(found)}" if value < found.get("minimum", value) else None


def _amount_problem(found: Node, value: Any) -> str | None:
    read, _ = _AMOUNTS[found["unit"]]
    if isinstance(value, Real) and not isinstance(value, (bool, int, float)):
        value = float(value)
    try:
        amount = read(value)
    except ValueError:
        return f"must be {_expected(found)}"
    if found.get("script") and (wrong := line_break_problem(value)):
        return wrong
    if amount < found.get("minimum", amount):
        return f"must not be less than {found['minimum']}"
    return "must be more than 0" if amount <= found.get("exclusiveMinimum", -1) else None


def _list_problem(found: Node, value: Any) -> str | None:
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            return f"must be {_expected(found)}; in a variable each text needs quotes of its own"
        return f"must be {_expected(found)}; a text would be taken letter by letter"
    if not isinstance(value, (list, tuple)):
        return f"must be {_expected(found)}"
    item = {**found["items"], "script": found.get("script", False)}
    for number, entry in enumerate(value, 1):
        wrong = _problem(item, entry) if entry is not None else "must be a text, not null"
        if wrong:
            return f"{wrong}, in entry {number} of the list"
    return None


def _truth_hint(value: Any) -> str:
    truth = _WORDS_FOR_TRUTH.get(value.strip().lower()) if isinstance(value, str) else None
    if truth is None:
        return ""
    return f": the text {value!r} counts as true whatever it says, write {truth}"


def _expected(found: Node) -> str:
    """What is right, to follow the words "must be"."""
    types = _types(found)
    if found.get("unit") in _AMOUNTS:
        return _AMOUNTS[found["unit"]][1]
    if "enum" in found:
        words = [word for word in found["enum"] if word is not None]
        return f"one of {', '.join(words)}" if len(words) > 1 else str(words[0])
    if "object" in types:
        return "a section with keys of its own"
    if "array" in types:
        return f"a list of texts{_example(found)}"
    if "boolean" in types:
        return "true or false"
    if "string" in types:
        return f"a text{_example(found)}"
    return f"a whole number of at least {found['minimum']}"


def _example(found: Node) -> str:
    """The first of the schema's examples, with a comma before it; nothing where it has none."""
    if not found.get("examples"):
        return ""
    texts = found["examples"][0]
    shown = texts if isinstance(texts, list) else [texts]
    quoted = ", ".join('"{}"'.format(text.replace('"', '\\"')) for text in shown)
    return f", e.g. [{quoted}]" if isinstance(texts, list) else f", e.g. {quoted}"
