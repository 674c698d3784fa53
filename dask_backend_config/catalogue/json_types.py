"""The values that a key accepts, as JSON Schema 2020-12.

A JSON Schema cannot tell all that `ValueType.problem` tells: 4.0 from 4, an amount whose unit hides
that it is too small, and a command line in quotes from the path of a program.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ..core import units
from . import patterns
from .value_types import ValueType

JSONSchema = dict[str, Any]

#: Name of the type -> the JSON types that it accepts.
_JSON_TYPES: dict[str, list[str]] = {
    "anything": [],
    "boolean": ["boolean"],
    "duration": ["string", "number"],
    "fraction": ["number"],
    "list": ["array"],
    "memory": ["string", "number"],
    "modules": ["array", "string"],
    "number": ["number"],
    "section": ["object"],
    "string": ["string"],
    "walltime": ["string"],
    "whole number": ["integer"],
    "word": ["string", "number"],
}
#: A larger number counts as infinite, which JSON cannot hold.
_LARGEST = 1e308
_INFINITE: JSONSchema = {"type": "number", "exclusiveMinimum": _LARGEST}
_LIMITS = ("minimum", "exclusiveMinimum")


def value_schema(expected: ValueType) -> JSONSchema:
    """Return the JSON Schema of the values that a key accepts.

    Parameters
    ----------
    expected : ValueType
        Strings that a shell would expand are accepted, too, if the key expands them.
    """
    if expected.name == "choice":
        return _refusing(expected, {"enum": _unique(expected.also)})
    types = list(_JSON_TYPES[expected.name])
    found = _limits(expected, types)
    if "string" in types:
        found |= _of_string(expected)
    if "items" in expected.schema:
        item = {**expected.schema["items"], "script": expected.is_in_script}
        found["items"] = value_schema(ValueType(item))
    if not types:
        return found
    others = [value for value in _unique(expected.also) if value is not None]
    if None in expected.also:
        types.append("null")
    found = {"type": types if types[1:] else types[0], **found}
    if expected.name != "section":  # editors would show it for unknown keys, too
        found["errorMessage"] = f"must be {expected.expected}"
    if others:
        found = {"anyOf": [found, *_constants(others)]}
    return _refusing(expected, found)


def first_type(schema: JSONSchema, *names: str, is_new: bool = False) -> JSONSchema:
    """Return a schema that names a type first, if it accepts it or if that is new."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    first = [name for name in names if is_new or name in types]
    ordered = list(dict.fromkeys((*first, *types)))
    return {**schema, "type": ordered if ordered[1:] else ordered[0]} if ordered else schema


def json_types(value: Any) -> tuple[str, ...]:
    """Return the names of the JSON types of a value."""
    if isinstance(value, bool):
        return ("boolean",)
    if isinstance(value, (int, float)):
        return ("integer", "number") if isinstance(value, int) else ("number",)
    return ("null" if value is None else "string" if isinstance(value, str) else "array",)


def _limits(expected: ValueType, types: list[str]) -> JSONSchema:
    """Return the limits of numbers; may change the types that are accepted."""
    schema = expected.schema
    if expected.name == "boolean" and schema.get("truthy"):
        types.append("integer")
        return {"minimum": 0, "maximum": 1}
    if expected.name in ("number", "whole number"):
        return {name: schema[name] for name in _LIMITS if name in schema}
    if expected.name not in ("duration", "memory"):
        return {}
    if "pattern" in schema:  # of a unit, which a number does not have
        types.remove("number")
        return {}
    above_zero, least = _least(expected)
    found: JSONSchema = {"minimum": 0, "maximum": _LARGEST}
    if above_zero and expected.name == "duration":
        found = {"exclusiveMinimum": 0, "maximum": _LARGEST}
    elif above_zero:
        found["minimum"] = least
    elif least > 1:
        found["not"] = {"type": "number", "minimum": 1, "exclusiveMaximum": least}
    return found


def _least(expected: ValueType) -> tuple[bool, int]:
    """Return whether an amount must be above zero, and the least number of bytes besides zero."""
    least = expected.schema.get("least")
    return expected.schema.get("exclusiveMinimum") == 0, units.memory(least) if least else 1


def _of_string(expected: ValueType) -> JSONSchema:
    """Return what a string must look like."""
    schema = expected.schema
    found: JSONSchema = {"minLength": 1} if schema.get("minLength") else {}
    wanted = list(_amounts(expected))
    if "pattern" in schema:
        # Python's $ would also match before a line break at the end.
        wanted.append(f"^(?:{schema['pattern']})$(?!\\n)")
    if schema.get("format") == "executable":
        wanted.append(patterns.ONE_PROGRAM)
    if wanted and expected.expands and expected.name in ("duration", "memory"):
        wanted = [f"{pattern}|{patterns.REFERENCE}" for pattern in wanted]
    if expected.is_in_script:
        wanted.append(patterns.ONE_LINE)
    if wanted:
        found["pattern"] = wanted[0]
    if wanted[1:]:
        found["allOf"] = [{"pattern": pattern} for pattern in wanted[1:]]
    return found


def _amounts(expected: ValueType) -> Iterable[str]:
    above_zero, least = _least(expected)
    if expected.name == "duration":
        yield patterns.duration(above_zero)
    elif expected.name == "memory":
        yield patterns.memory(above_zero, least)
    elif expected.name == "walltime":
        yield patterns.walltime()


def _refusing(expected: ValueType, found: JSONSchema) -> JSONSchema:
    refused = list(expected.schema.get("refused", ()))
    return {**found, "not": {"enum": refused}} if refused else found


def _constants(values: Iterable[Any]) -> Iterable[JSONSchema]:
    """Yield schemas of single values; JSON has no infinity."""
    values = list(values)
    if finite := [value for value in values if value != math.inf]:
        yield {"enum": finite}
    if math.inf in values:
        yield _INFINITE


def _unique(values: Iterable[Any]) -> list[Any]:
    """Return the values without repetitions; true and 1 are different."""
    return list({(type(value), value): value for value in values}.values())
