"""Values with their origins, for people and programs: what ``show`` and ``explain`` say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import resolve, schema
from .catalogue import MISSING, catalogue
from .descriptions import Description, describe
from .errors import UnknownKeyError
from .keys import hyphenated, masked, variable_of
from .origins import Origin
from .resolve import Layered, Resolution, Resolved
from .suggest import suggest

JSON_VERSION = 1


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


def show(prefix: str = "") -> dict[str, Resolved]:
    """Every value that this process sees at or below a key, with its origin.

    Parameters
    ----------
    prefix : str, optional
        A dotted key or section; all values without it.

    Returns
    -------
    dict of str to Resolved
        Sorted by key.

    Raises
    ------
    UnknownKeyError
        Where there is nothing at `prefix`.
    """
    return values(resolve.live(), prefix)


def explain(key: str) -> Explanation:
    """Explain a key in this process, ``dask.config.set`` included.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``.

    Raises
    ------
    UnknownKeyError
        Where `key` is unknown, or names a section.
    """
    return explanation(resolve.live(), key)


def values(resolution: Resolution, prefix: str) -> dict[str, Resolved]:
    """As `show`, of a resolution that is at hand."""
    found = resolution.values(prefix)
    if not found and prefix:
        raise _unknown(prefix)
    return found


def explanation(resolution: Resolution, key: str) -> Explanation:
    """As `explain`, of a resolution that is at hand."""
    resolved = resolution.value(key)
    if resolved is None:
        _refuse(resolution, key)
    fallbacks = tuple((name, resolution.value(name)) for name in schema.fallbacks(key))
    chain = (resolved, *(found for _, found in fallbacks))
    used = next((found for found in chain if found and found.value is not None), resolved)
    spelled = resolved.key if resolved else hyphenated(key)
    return Explanation(spelled, resolved, fallbacks, used, describe(key), variable_of(spelled))


def _refuse(resolution: Resolution, key: str) -> None:
    """Raise unless `key` is a known key that nothing sets."""
    path = tuple(key.split("."))
    known = catalogue()
    if resolution.values(key) or known.is_section(path):
        raise UnknownKeyError(f"{key} is a section", hint=f"show {key} lists its values")
    if not known.knows(path) or (known.default(path) is MISSING and known.is_free(path)):
        raise _unknown(key)


def _unknown(key: str) -> UnknownKeyError:
    nearest = suggest(tuple(key.split(".")))
    hint = f"the nearest is {nearest}" if nearest else "show lists all that are known"
    return UnknownKeyError(f"there is no key {key}", hint=hint)


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


def values_as_json(found: dict[str, Resolved]) -> dict[str, Any]:
    """The members of design's ``show``."""
    return {
        "version": JSON_VERSION,
        "values": {key: resolved_as_json(value) for key, value in found.items()},
    }


def _layered_as_json(key: str, entry: Layered) -> dict[str, Any]:
    return {"value": masked(key, entry.value), "origin": entry.origin.as_json()}
