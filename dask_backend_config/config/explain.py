"""Values with their origins, for people and programs: what ``show`` and ``explain`` say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..catalogue import backend_schema
from ..catalogue.catalogue import MISSING, catalogue
from ..catalogue.descriptions import Description, describe
from ..catalogue.did_you_mean import respelled, suggest, unjoined
from ..catalogue.known_keys import holds_keys, names_below
from ..core.equality import strictly_equal
from ..core.errors import UnknownKeyError
from ..core.keys import CONTROL_VARIABLES, hyphenated, key_named, variable_of
from ..core.origins import Origin
from ..core.secrets import masked
from . import resolve
from .resolve import Layered, Resolution, Resolved

JSON_VERSION = 1


class Values(dict[str, Resolved]):
    """Values by their keys, which a notebook shows as a table."""

    def _repr_html_(self) -> str:
        from .values_html import values_as_html

        return values_as_html(self)


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is known of one key.

    Attributes
    ----------
    key : str
    resolved : Resolved, optional
        Its value; None where it is known but nothing sets it.
    fallbacks : tuple of (str, Resolved or None)
        The keys that count where the value is null, the first to be asked first.
    used : Resolved, optional
        The value that counts: of `key`, else of the first fallback that is not null.
    description : Description
    variable : str
        The variable that sets the key.
    """

    key: str
    resolved: Resolved | None
    fallbacks: tuple[tuple[str, Resolved | None], ...]
    used: Resolved | None
    description: Description
    variable: str

    def _repr_html_(self) -> str:
        from .values_html import explanation_as_html

        return explanation_as_html(self)


@dataclass(frozen=True, slots=True)
class Section:
    """What a section holds.

    Attributes
    ----------
    key : str
    keys : tuple of Explanation
        Of the keys that stand in it, in the order in which their package ships them.
    sections : dict of str to int
        The sections in it, and how many values there are in each.
    """

    key: str
    keys: tuple[Explanation, ...]
    sections: dict[str, int]


def show(prefix: str = "", diff: bool = False) -> Values:
    """Every value that this process sees at or below a key, with its origin.

    Parameters
    ----------
    prefix : str, optional
        A dotted key or section, or the variable of one; all values without it.
    diff : bool, optional
        Leave out what is as the defaults have it, see `differing`.

    Returns
    -------
    dict of str to Resolved
        Sorted by key.

    Raises
    ------
    UnknownKeyError
        Where there is nothing at `prefix`.
    """
    found = values(resolve.live(), prefix)
    return differing(found) if diff else found


def explain(key: str) -> Explanation:
    """Explain a key in this process, ``dask.config.set`` included.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``; or the name of its variable.

    Raises
    ------
    UnknownKeyError
        Where `key` is unknown, or names a section.
    """
    return explanation(resolve.live(), key)


def values(resolution: Resolution, prefix: str) -> Values:
    """As `show`, of a resolution that is at hand."""
    found = resolution.values(key_named(prefix))
    if not found and prefix:
        raise _nothing_at(prefix)
    return Values(found)


def differing(found: dict[str, Resolved]) -> Values:
    """Those values that are others than they would be if nobody said anything.

    What they would be is what the highest default says: this package's where it recommends one.
    """
    return Values({key: value for key, value in found.items() if not _is_as_default(value)})


def default_of(resolved: Resolved) -> Layered | None:
    """What the value would be if nobody said anything, None where no default says it."""
    if resolved.origin.kind == "default":
        return Layered(resolved.value, resolved.origin)
    return next((entry for entry in resolved.shadowed if entry.origin.kind == "default"), None)


def _is_as_default(resolved: Resolved) -> bool:
    default = default_of(resolved)
    return default is not None and strictly_equal(default.value, resolved.value)


def explanation(resolution: Resolution, key: str) -> Explanation:
    """As `explain`, of a resolution that is at hand."""
    named, key = key, key_named(key)
    resolved = resolution.value(key)
    if resolved is None:
        _refuse(resolution, named)
    fallbacks = tuple((name, resolution.value(name)) for name in backend_schema.fallbacks(key))
    chain = (resolved, *(found for _, found in fallbacks))
    used = next((found for found in chain if found and found.value is not None), resolved)
    spelled = resolved.key if resolved else hyphenated(key)
    return Explanation(spelled, resolved, fallbacks, used, describe(key), variable_of(spelled))


def section(resolution: Resolution, key: str) -> Section | None:
    """Explain what stands in a section; None where `key` names none."""
    key = key_named(key)
    if resolution.value(key) is not None or not (resolution.values(key) or _is_section(key)):
        return None
    key = hyphenated(key) if _is_section(key) else key
    below = resolution.values(key)
    there = [name.removeprefix(f"{key}.").partition(".")[0] for name in below]
    keys, sections = [], {}
    for name in dict.fromkeys((*names_below(tuple(key.split("."))), *there)):
        inner = f"{key}.{name}"
        if resolution.value(inner) is None and (resolution.values(inner) or _is_section(inner)):
            sections[inner] = len(resolution.values(inner))
        else:
            keys.append(explanation(resolution, inner))
    return Section(key, tuple(keys), sections)


def _is_section(key: str) -> bool:
    path = tuple(key.split("."))
    return catalogue().is_section(path) or holds_keys(path)


def _refuse(resolution: Resolution, named: str) -> None:
    """Raise unless what is named is a known key that nothing sets."""
    key = key_named(named)
    path = tuple(key.split("."))
    known = catalogue()
    if resolution.values(key) or _is_section(key):
        raise UnknownKeyError(f"{key} is a section", hint=f"show {key} lists its values")
    if not known.knows(path) or (known.default(path) is MISSING and known.is_free(path)):
        raise unknown(named)


def _nothing_at(named: str) -> UnknownKeyError:
    key = key_named(named)
    if catalogue().knows(tuple(key.split("."))) and named not in CONTROL_VARIABLES:
        return UnknownKeyError(f"nothing sets {key}", hint=f"explain {key} says what it is")
    return unknown(named)


def unknown(named: str) -> UnknownKeyError:
    """The error for a key, or the name of a variable, that does not exist; it names the right one.

    Parameters
    ----------
    named : str
        As the user wrote it.
    """
    if named in CONTROL_VARIABLES:
        return UnknownKeyError(f"{named} sets no key", hint="it says where dask reads its keys")
    key = key_named(named)
    nearest = suggest(tuple(key.split(".")))
    if key != named:
        nearest = respelled(named) or unjoined(named) or nearest
    meant = variable_of(nearest) if nearest and key != named else nearest
    hint = f"the nearest is {meant}" if meant else "show lists all that are set"
    wrong = f"there is no key {named}" if key == named else f"{named} is the variable of no key"
    return UnknownKeyError(wrong, hint=hint)


def resolved_as_json(resolved: Resolved) -> dict[str, Any]:
    """Value, origin and what is shadowed, secrets masked."""
    return {
        "value": masked(resolved.key, resolved.value),
        "origin": resolved.origin.as_json(),
        "shadowed": [_layered_as_json(resolved.key, entry) for entry in resolved.shadowed],
    }


def explanation_as_json(explained: Explanation) -> dict[str, Any]:
    """The members of design's ``explain``, and the chain that it falls back on."""
    nothing = Resolved(explained.key, None, Origin("default"))
    resolved = resolved_as_json(explained.resolved or nothing)
    if explained.resolved is None:
        resolved["origin"] = None
    return {
        "version": JSON_VERSION,
        "key": explained.key,
        **resolved,
        "description": explained.description.text,
        "type": explained.description.type,
        "unit": explained.description.unit,
        "variable": explained.variable,
        "read_by": explained.description.read_by,
        "fallbacks": [
            {"key": name, **(resolved_as_json(found) if found else {"value": None, "origin": None})}
            for name, found in explained.fallbacks
        ],
    }


def section_as_json(found: Section) -> dict[str, Any]:
    """What ``explain`` says of a section: its keys, each as ``explain`` says it, and sections."""
    return {
        "version": JSON_VERSION,
        "key": found.key,
        "keys": [explanation_as_json(entry) for entry in found.keys],
        "sections": list(found.sections),
    }


def values_as_json(found: dict[str, Resolved], diff: bool = False) -> dict[str, Any]:
    """The members of design's ``show``; with `diff`, each value has its ``default`` beside it."""
    entries = {key: resolved_as_json(value) for key, value in found.items()}
    if diff:
        for key, value in found.items():
            default = default_of(value)
            entries[key]["default"] = _layered_as_json(key, default) if default else None
    return {"version": JSON_VERSION, "values": entries}


def _layered_as_json(key: str, entry: Layered) -> dict[str, Any]:
    return {"value": masked(key, entry.value), "origin": entry.origin.as_json()}
