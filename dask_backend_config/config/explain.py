"""Find and explain values: the functions `show` and `explain`, and the commands of these names."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..catalogue import backend_schema, dask_keys
from ..catalogue.descriptions import Description, describe
from ..catalogue.did_you_mean import respelled, suggest, unjoined
from ..catalogue.known_keys import MISSING, catalogue, names_below
from ..core.errors import UnknownKeyError
from ..core.keys import CONTROL_VARIABLES, hyphenated, key_named, variable_of
from . import resolve
from .resolve import Resolution
from .values import JSON_VERSION, Resolved, Values, value_as_html


@dataclass(frozen=True, slots=True)
class Explanation:
    """The value, fallbacks and documentation of one key.

    Attributes
    ----------
    key : str
    resolved : Resolved, optional
        Value of the key; None if the key is known, but not set.
    fallbacks : tuple of (str, Resolved or None)
        The keys that are read if the value is null, in this order.
    used : Resolved, optional
        The value that is used: that of `key`, else that of the first fallback that is not null.
    description : Description
    variable : str
        The variable that sets the key.
    script_variables : str
        The scheduler's own variables that set the same, and which counts; empty if none does.
    """

    key: str
    resolved: Resolved | None
    fallbacks: tuple[tuple[str, Resolved | None], ...]
    used: Resolved | None
    description: Description
    variable: str
    script_variables: str = ""

    def _repr_html_(self) -> str:
        from ..core.html import code, pale, paragraph, strong, table

        used, about = self.used, self.description
        value = value_as_html(self.key, used.value) if used else pale("not set")
        through = [pale(f"  through {used.key}")] if used and used.key != self.key else []
        parts: list[str] = [paragraph(strong(code(self.key)), " = ", value, *through)]
        if self.resolved is not None:
            parts.append(self.resolved.layers_as_html())
        if self.fallbacks:
            rows = [
                ("falls back on", code(key), *_fallback_cells(key, found))
                for key, found in self.fallbacks
            ]
            parts.append(table(("", "", "", ""), rows))
        parts += [paragraph(part) for part in (about.text or "").split("\n\n") if part.strip()]
        kind = f"{about.type or ''} {f'({about.unit})' if about.unit else ''}".strip()
        facts = {
            "variable": code(self.variable),
            "type": kind,
            "read by": about.read_by,
            "with a backend": about.with_backends,
            "in job scripts": self.script_variables,
        }
        parts.append(table(("", ""), [(pale(name), fact) for name, fact in facts.items() if fact]))
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Section:
    """A section with its keys.

    Attributes
    ----------
    key : str
    keys : tuple of Explanation
        The keys directly in it, in the order of the default file.
    sections : dict of str to int
        The sections in it, and the number of values in each.
    """

    key: str
    keys: tuple[Explanation, ...]
    sections: dict[str, int]


def show(prefix: str = "", diff: bool = False) -> Values:
    """Return every effective value of this process at or below a key, with its origin.

    Parameters
    ----------
    prefix : str, optional
        A dotted key or section, or the name of its variable; all values if not given.
    diff : bool, optional
        Return only the values that differ from the defaults.

    Returns
    -------
    dict of str to Resolved
        Sorted by key.

    Raises
    ------
    UnknownKeyError
        If there is no value at `prefix`.
    """
    found = values(resolve.live(), prefix)
    return found.differing() if diff else found


def explain(key: str) -> Explanation:
    """Explain the value of a key in this process, ``dask.config.set`` included.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``; or the name of its variable.

    Raises
    ------
    UnknownKeyError
        If `key` is unknown, or a section.
    """
    return explanation(resolve.live(), key)


def values(resolution: Resolution, prefix: str) -> Values:
    """Return the values of a resolution at or below a key, see `show`."""
    key = key_named(prefix)
    found = resolution.values(key)
    if found or not prefix:
        return Values(found)
    if catalogue().knows(tuple(key.split("."))) and prefix not in CONTROL_VARIABLES:
        raise UnknownKeyError(f"{key} is not set", hint=f"Run: dask-backend-config explain {key}")
    raise unknown(prefix)


def explanation(resolution: Resolution, key: str) -> Explanation:
    """Explain the value of a key in a resolution, see `explain`."""
    named, key = key, key_named(key)
    resolved = resolution.value(key)
    if resolved is None:
        path, known = tuple(key.split(".")), catalogue()
        if resolution.values(key) or _is_section(key):
            hint = f"Run: dask-backend-config show {key}"
            raise UnknownKeyError(f"{key} is a section, not a key", hint=hint)
        if not known.knows(path) or (known.default(path) is MISSING and known.is_free(path)):
            raise unknown(named)
    fallbacks = tuple((name, resolution.value(name)) for name in backend_schema.fallbacks(key))
    chain = [resolved, *(found for _, found in fallbacks)]
    if instead := _instead_of_default(resolution, key):
        fallbacks += ((instead.key, instead),)
        first_default = (n for n, found in enumerate(chain) if found and found.origin.is_default)
        chain.insert(next(first_default, len(chain)), instead)
    used = next((found for found in chain if found and found.value is not None), resolved)
    spelled = resolved.key if resolved else hyphenated(key)
    is_set = used is not None and used.value is not None
    note = _script_variables(spelled, is_set, resolution.environ)
    about = describe(key)
    return Explanation(spelled, resolved, fallbacks, used, about, variable_of(spelled), note)


def section(resolution: Resolution, key: str) -> Section | None:
    """Explain the keys of a section; return None if `key` is not a section."""
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


def unknown(named: str) -> UnknownKeyError:
    """Return the error for an unknown key or variable, with the nearest known one as its hint.

    Parameters
    ----------
    named : str
        As the user wrote it.
    """
    if named in CONTROL_VARIABLES:
        hint = "It controls where dask looks for configuration"
        return UnknownKeyError(f"{named} does not set a key", hint=hint)
    key = key_named(named)
    nearest = suggest(tuple(key.split(".")))
    if key != named:
        nearest = respelled(named) or unjoined(named) or nearest
    meant = variable_of(nearest) if nearest and key != named else nearest
    hint = f"Did you mean {meant}?" if meant else "Run: dask-backend-config show"
    hint = dask_keys.entry(tuple(hyphenated(key).split("."))).get("not-a-key", hint)
    kind = "key" if key == named else "variable"
    return UnknownKeyError(f"unknown {kind} {named}", hint=hint)


def explanation_as_json(explained: Explanation) -> dict[str, Any]:
    """Return the JSON of ``explain`` for a key."""
    about = explained.description
    return {
        "version": JSON_VERSION,
        "key": explained.key,
        "shadowed": [],
        **_as_json(explained.resolved),
        "description": about.text,
        "type": about.type,
        "unit": about.unit,
        "variable": explained.variable,
        "read_by": about.read_by,
        "with_backends": about.with_backends,
        "script_variables": explained.script_variables or None,
        "fallbacks": [{"key": name, **_as_json(found)} for name, found in explained.fallbacks],
    }


def section_as_json(found: Section) -> dict[str, Any]:
    """Return the JSON of ``explain`` for a section: its keys, and the names of its sections."""
    return {
        "version": JSON_VERSION,
        "key": found.key,
        "keys": [explanation_as_json(entry) for entry in found.keys],
        "sections": list(found.sections),
    }


def _instead_of_default(resolution: Resolution, key: str) -> Resolved | None:
    """Return the user's value of another package's key that replaces the default of `key`."""
    other = backend_schema.default_from(key)
    found = resolution.value(other) if other else None
    is_set = found and not found.origin.is_default and found.value not in (None, math.inf)
    return found if is_set else None


def _as_json(resolved: Resolved | None) -> dict[str, Any]:
    return resolved.as_json() if resolved else {"value": None, "origin": None}


def _fallback_cells(key: str, found: Resolved | None) -> tuple[str, str]:
    from ..core.html import pale

    if found is None:
        return pale("not set"), ""
    return value_as_html(key, found.value), pale(str(found.origin))


def _script_variables(key: str, is_set: bool, environ: Mapping[str, str]) -> str:
    if not key.startswith((f"{backend_schema.ROOT}.", "jobqueue.")):
        return ""
    from .script_variables import describe_script_variables

    return describe_script_variables(key, is_set, environ)


def _is_section(key: str) -> bool:
    path = tuple(key.split("."))
    return catalogue().is_section(path) or bool(names_below(tuple(map(hyphenated, path))))
