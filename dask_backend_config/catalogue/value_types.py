"""The value that a key accepts: one judge for all keys, driven by a node of a schema."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

from ..core import units
from ..core.fuzzy import nearest
from ..core.strings import has_line_break, split_command, truth

#: A node of a JSON Schema, with the additions that backends-schema.yaml and dask-keys.yaml explain.
Schema = Mapping[str, Any]

TCP_TIMEOUT = "distributed.comm.timeouts.tcp"
#: Seconds; distributed/comm/tcp.py asserts it for each connection.
LEAST_TCP_TIMEOUT = 11

#: The problem of an amount with ``exclusiveMinimum: 0``.
NOT_POSITIVE = "must be more than 0"
_BASE_60 = "without quotes, YAML reads 12:00:00 as the number 43200"
#: Unit -> name of the type, function that reads a value, and what a value looks like.
_AMOUNTS: dict[str, tuple[str, Callable[[Any], float], str]] = {
    "seconds": ("duration", units.duration, f"a duration: {units.DURATION_FORMS}"),
    "bytes": ("memory", units.memory, f"an amount of memory: {units.MEMORY_FORMS}"),
    "HH:MM:SS": (
        "walltime", units.walltime, f"a walltime: {units.WALLTIME_FORMS}; {_BASE_60}"
    ),
}  # fmt: skip
#: Types of a schema without null -> name of the type.
_NAMES = {
    frozenset(["array"]): "list",
    frozenset(["array", "string"]): "modules",
    frozenset(["boolean"]): "boolean",
    frozenset(["integer"]): "whole number",
    frozenset(["number"]): "number",
    frozenset(["object"]): "section",
    frozenset(["string"]): "string",
    frozenset(["string", "integer"]): "word",
    frozenset(["string", "number"]): "word",
}
_UNWRITABLE = (type(None), bool, list, tuple, set, bytes, Mapping)
#: Name of the type -> what is expected, the Python types accepted, and those refused among them.
_PLAIN_TYPES: dict[str, tuple[str, Any, Any]] = {
    "anything": ("anything", object, ()),
    "boolean": ("true or false", bool, ()),
    "fraction": ("a fraction, such as 0.6", Real, bool),
    "list": ("a list", (list, tuple), ()),
    "modules": ("a list of modules", (list, tuple, str), ()),
    "number": ("a number", Real, bool),
    "section": ("a section with keys of its own", Mapping, ()),
    "string": ("a string", str, ()),
    "whole number": ("a whole number", Integral, bool),
    "word": ("a string", object, _UNWRITABLE),
}


class ValueType:
    """The values that a key accepts.

    Parameters
    ----------
    schema : mapping
        Its node in a schema.
    declared : callable, optional
        Returns the node of another schema, whose null and other single values are accepted, too. It
        is called only if a value does not fit.

    Attributes
    ----------
    name : str
        ``boolean``, ``choice``, ``duration``, ``fraction``, ``list``, ``memory``, ``number``,
        ``section``, ``string``, ``walltime``, ``whole number`` or ``anything``. ``word`` is what
        can be written into a line: a string, a number or a date. ``modules`` is a list of names, or
        one name.
    """

    def __init__(self, schema: Schema, declared: Callable[[], Schema] = dict) -> None:
        self.schema = schema
        self.name = name_of(schema)
        self._declared = declared

    @functools.cached_property
    def also(self) -> tuple[Any, ...]:
        """Single values that are accepted besides those of the type; all values of a choice."""
        return tuple(_constants(self.schema)) + tuple(_constants(self._declared()))

    @property
    def is_in_script(self) -> bool:
        """True if the value becomes part of a job script."""
        return bool(self.schema.get("script"))

    @property
    def expands(self) -> bool:
        """True if the program that reads the value expands ``$VARIABLE`` and ``~``."""
        return bool(self.schema.get("expands")) or self.schema.get("format") == "path"

    @property
    def expected(self) -> str:
        """The accepted values, to follow the words "must be"."""
        if self.name == "choice":
            return f"one of {', '.join(map(_spelled, self.also))}"
        if self.schema.get("unit") in _AMOUNTS:
            name, _, text = _AMOUNTS[self.schema["unit"]]
            if "pattern" in self.schema:
                text = f'a {name} with a unit, such as "{self.schema["examples"][0]}"'
        elif self.schema.get("refused") and self.name == "boolean":
            text = "true" if self.refused(False) else "false"
        else:
            text = _PLAIN_TYPES[self.name][0] + self._limits()
        others = [_spelled(value) for value in self.also]
        return text + "".join(f", or {value}" for value in others)

    def refused(self, value: object) -> str | None:
        """Return what becomes of a value of the type that fails or has no effect, else None."""
        effects = self.schema.get("refused", {}).items()
        return next((effect for one, effect in effects if _is_same(value, one)), None)

    def fits(self, value: object) -> bool:
        """Return whether the code that reads the key can use `value`."""
        return self.problem(value) is None

    def problem(self, value: object) -> str | None:
        """Return why `value` cannot be used, such as ``must be true or false``; None if it can.

        Parameters
        ----------
        value : object
            As dask holds it, or as it was passed to a constructor.
        """
        if effect := self.refused(value):
            return f"must not be {_spelled(value)}: it {effect}"
        wrong = self._choice_problem(value) if self.name == "choice" else self._problem(value)
        return None if wrong is None or any(_is_same(value, one) for one in self.also) else wrong

    def wrong_entry(self, value: object) -> tuple[int, str] | None:
        """Return the number (from 1) and problem of the first wrong entry of a list, or None."""
        if "items" not in self.schema or not isinstance(value, (list, tuple)):
            return None
        item = ValueType({**self.schema["items"], "script": self.is_in_script})
        problems = ((number, item.problem(entry)) for number, entry in enumerate(value, 1))
        return next(((number, wrong) for number, wrong in problems if wrong), None)

    def _problem(self, value: Any) -> str | None:
        if self.is_in_script and isinstance(value, str) and (wrong := line_break_problem(value)):
            return wrong
        if value == "" and self.schema.get("minLength"):
            return "must not be empty"
        if self.schema.get("unit") in _AMOUNTS:
            return self._amount_problem(value) or self._pattern_problem(value)
        if self.schema.get("truthy") and value in (0, 1):
            return None
        _, accepted, refused = _PLAIN_TYPES[self.name]
        if not isinstance(value, accepted) or isinstance(value, refused):
            return self._type_problem(value)
        if self.name in ("number", "whole number"):
            return None if self._is_in_range(value) else f"must be {self.expected}"
        if entry := self.wrong_entry(value):
            return f"{entry[1]}, in entry {entry[0]} of the list"
        return self._pattern_problem(value)

    def _type_problem(self, value: Any) -> str:
        if value is None:
            return f"must be {self.expected}, not null"
        if self.name == "boolean" and (meant := truth(value)) is not None:
            return f"must be true or false: the string {value!r} counts as true; write {meant}"
        if self.name == "string" and isinstance(value, (bool, int, float)):
            return "must be a string; quote it"
        if self.name == "list" and isinstance(value, str):
            if value.lstrip().startswith("["):
                return f"must be {self.expected}; in a variable, quote each string in the list"
            return f"must be {self.expected}; each character of a string would be an entry"
        return f"must be {self.expected}"

    def _choice_problem(self, value: object) -> str:
        words = {word.lower(): word for word in self.also if isinstance(word, str)}
        typed = value.lower() if isinstance(value, str) else ""
        meant = words.get(typed) or words.get(nearest(typed, words) or "")
        return f"must be {self.expected}" + (f"; did you mean {meant}?" if meant else "")

    def _amount_problem(self, value: Any) -> str | None:
        _, read, _ = _AMOUNTS[self.schema["unit"]]
        if isinstance(value, Real) and not isinstance(value, (bool, int, float)):
            value = float(value)
        try:
            amount = read(value)
        except ValueError:
            return f"must be {self.expected}" + (", not null" if value is None else "")
        if amount < self.schema.get("minimum", amount):
            return f"must not be less than {self.schema['minimum']}"
        if amount <= self.schema.get("exclusiveMinimum", -1):
            zero = self.schema.get("zero")
            return f"{NOT_POSITIVE}; {zero}" if zero else NOT_POSITIVE
        return self._too_little(value, amount)

    def _too_little(self, value: Any, amount: float) -> str | None:
        least = self.schema.get("least")
        if not least or not 0 < amount < units.memory(least):
            return None
        meant = units.with_unit(value)
        hint = f"; a number without a unit is in bytes: did you mean '{meant}'?" if meant else ""
        return f"must be at least {least}{hint}"

    def _is_in_range(self, value: Any) -> bool:
        least, above = self.schema.get("minimum"), self.schema.get("exclusiveMinimum")
        return (least is None or value >= least) and (above is None or value > above)

    def _pattern_problem(self, value: Any) -> str | None:
        if self.schema.get("format") == "executable" and (parts := split_command(value)):
            launcher, program = parts
            split = f"; set worker-launcher to '{launcher}' and this to '{program}'"
            return f"must be the path of one program{split if launcher else ', without arguments'}"
        try:
            if "pattern" not in self.schema or re.fullmatch(self.schema["pattern"], str(value)):
                return None
        except ValueError:  # Python does not convert numbers of thousands of digits to strings
            pass
        return f"must look like {' or '.join(map(str, self.schema['examples']))}"

    def _limits(self) -> str:
        """Return what follows the name of the type: a limit, the type of entries, an example."""
        if self.name == "boolean":
            return ""
        if "minimum" in self.schema:
            return f" of at least {self.schema['minimum']}"
        if "exclusiveMinimum" in self.schema:
            return f" greater than {self.schema['exclusiveMinimum']}"
        strings = " of strings" if "items" in self.schema else ""
        has_example = "examples" in self.schema and self.name != "section"
        return strings + (_example(self.schema["examples"][0]) if has_example else "")


def name_of(schema: Schema) -> str:
    """Return the name of the type that a schema node describes, see `ValueType`."""
    if "enum" in schema:
        return "choice"
    if schema.get("unit") in _AMOUNTS:
        return _AMOUNTS[schema["unit"]][0]
    if schema.get("unit") == "fraction":
        return "fraction"
    return _NAMES.get(frozenset(types_of(schema)) - {"null"}, "anything")


def types_of(schema: Schema) -> list[str]:
    """Return the JSON types that a schema node accepts."""
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def is_duration(value: object) -> bool:
    """Return whether ``dask.utils.parse_timedelta`` reads `value` as it is meant."""
    return _DURATION.fits(value)


def is_memory(value: object) -> bool:
    """Return whether ``dask.utils.parse_bytes`` reads `value` as an amount of memory."""
    return _MEMORY.fits(value)


def line_break_problem(value: object) -> str | None:
    """Return the problem of a string that would take more than one line of a job script."""
    if isinstance(value, str) and (has_line_break(value) or "\0" in value):
        return "must not contain a line break: the rest would be another line of the job script"
    return None


_DURATION = ValueType({"type": ["string", "number"], "unit": "seconds"})
_MEMORY = ValueType({"type": ["string", "number"], "unit": "bytes"})


def _constants(schema: Schema) -> list[Any]:
    """Return the single values that a schema node names."""
    alternatives = [one for part in schema.get("oneOf", ()) for one in _constants(part)]
    null = [None] if "null" in types_of(schema) and "enum" not in schema else []
    return [*schema.get("enum", ()), *schema.get("also", ()), *null, *alternatives]


def _is_same(value: object, one: object) -> bool:
    return value is one or (type(value) is type(one) and value == one)


def _spelled(value: object) -> str:
    words = {None: "null", False: "false", True: "true", math.inf: ".inf"}
    return words.get(value) or str(value)  # type: ignore[call-overload]


def _example(example: object) -> str:
    shown = example if isinstance(example, list) else [example]
    quoted = ", ".join('"{}"'.format(str(text).replace('"', '\\"')) for text in shown)
    return f", e.g. [{quoted}]" if isinstance(example, list) else f", e.g. {quoted}"
