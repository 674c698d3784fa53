"""Kinds of values: what fits where, judged as the code of dask and its kin would take it.

Which key takes which kind is `dask_backend_config.kind_table`'s to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from . import units

Name = Literal[
    "boolean", "number", "whole number", "fraction", "duration", "memory", "text", "word", "choice",
    "list", "map", "section", "anything",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key takes.

    Attributes
    ----------
    name : str
        A ``word`` is whatever can be written into one line: a text, a number or a date.
    takes : tuple
        Single values that are taken beside those of the kind, such as None and False; of a
        ``choice``, all of them.
    strict : bool
        A boolean for which 0 and 1 do not do; a duration that needs a unit.
    filled : bool
        An empty text does harm.
    expands : bool
        ``$VARIABLE`` and ``~`` are expanded by whoever reads it, or are no reference there.
    script : bool
        It reaches a job script.
    """

    name: Name
    takes: tuple[Any, ...] = ()
    strict: bool = False
    filled: bool = False
    expands: bool = False
    script: bool = False

    @property
    def words(self) -> str:
        """What is right, to follow "write" or "must be"."""
        if self.name == "choice":
            return "one of " + ", ".join(map(_spelled, self.takes))
        off = ", or false" if False in self.takes else ""
        return _WORDS[self.name] + off

    def fits(self, value: Any) -> bool:
        """Whether the code that reads the key can do something sensible with `value`."""
        if any(value is one or (type(value) is type(one) and value == one) for one in self.takes):
            return True
        if self.name == "boolean":
            return isinstance(value, bool) or (value in (0, 1) and not self.strict)
        if self.name in ("duration", "memory"):
            return _is_duration(value, self.strict) if self.name == "duration" else _is_memory(value)
        if self.name in ("text", "word") and value == "":
            return not self.filled
        return isinstance(value, _TYPES[self.name]) and not _is_misplaced_boolean(self.name, value)


_NUMBERS = (int, float)
_TYPES: dict[str, Any] = {
    "number": _NUMBERS,
    "whole number": int,
    "fraction": _NUMBERS,
    "text": str,
    "word": object,
    "choice": (),
    "list": (list, tuple),
    "map": Mapping,
    "section": Mapping,
    "anything": object,
}
_WORDS = {
    "boolean": "true or false",
    "number": "a number",
    "whole number": "a whole number",
    "fraction": "a fraction, such as 0.6",
    "duration": f"a duration: {units.DURATION_FORMS}",
    "memory": f"an amount of memory: {units.MEMORY_FORMS}",
    "text": "a text",
    "word": "a text",
    "list": "a list",
    "map": "a mapping",
    "section": "a section with keys of its own",
    "anything": "anything",
}


def _is_duration(value: Any, strict: bool = False) -> bool:
    text = str(value).replace(" ", "")
    if isinstance(value, bool) or not text or not text[0].isalnum():
        return False  # dask puts a 1 in front of what does not begin with a digit
    try:
        units.duration(value)
    except ValueError:
        return False
    return not strict or text[-1].isalpha()


def _is_memory(value: Any) -> bool:
    try:
        units.memory(value)
    except ValueError:
        return False
    return True


def _is_misplaced_boolean(name: Name, value: Any) -> bool:
    """Also null and containers, where a word belongs."""
    if name == "word":
        return value is None or isinstance(value, (bool, list, tuple, set, bytes, Mapping))
    return isinstance(value, bool) and name in ("number", "whole number", "fraction")


def _spelled(value: Any) -> str:
    words = {None: "null", False: "false"}
    return words.get(value) or str(value)
