"""Kinds of values: what fits, judged as the code of dask and its kin would take it.

Which key takes which kind is `dask_backend_config.catalogue.dask_types`'s to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..core import units

TCP_TIMEOUT = "distributed.comm.timeouts.tcp"
#: Seconds; distributed/comm/tcp.py asserts it when a connection is made.
LEAST_TCP_TIMEOUT = 11

Name = Literal[
    "boolean", "number", "whole number", "fraction", "duration", "memory", "text", "word", "choice",
    "list", "modules", "map", "section", "anything",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key takes.

    Attributes
    ----------
    name : str
        A ``word`` is whatever can be written into a line: a text, a number or a date; ``modules``
        are a list of names, or one name.
    takes : tuple
        Single values that are taken beside those of the kind, such as None and False; of a
        ``choice``, all of them.
    strict : bool
        A boolean for which 0 and 1 do not do; a number that must be more than 0; a duration that
        needs a unit; a list all of whose entries must be texts.
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
        if self.name == "duration" and self.strict:
            return 'a duration with its unit, such as "100ms"'
        if self.name == "number" and self.strict:
            return "a number that is more than 0"
        filled = " that is not empty" if self.filled else ""
        others = "".join(f", or {_spelled(value)}" for value in self.takes)
        return _WORDS[self.name] + filled + others

    def fits(self, value: Any) -> bool:
        """Whether the code that reads the key can do something sensible with `value`."""
        if any(value is one or (type(value) is type(one) and value == one) for one in self.takes):
            return True
        if value == "" and self.filled:
            return False
        if self.name == "boolean":
            return isinstance(value, bool) or (value in (0, 1) and not self.strict)
        if self.name == "duration":
            return is_duration(value) and not (self.strict and not _has_unit(value))
        if self.name == "memory":
            return is_memory(value)
        if isinstance(value, _NOT.get(self.name, ())):
            return False
        return isinstance(value, _TYPES[self.name]) and not self._is_too_small(value)

    def _is_too_small(self, value: Any) -> bool:
        return self.name == "number" and self.strict and not value > 0


_NUMBERS = (int, float)
_TYPES: dict[str, Any] = {
    "number": _NUMBERS,
    "whole number": int,
    "fraction": _NUMBERS,
    "text": str,
    "word": object,
    "choice": (),
    "list": (list, tuple),
    "modules": (list, tuple, str),
    "map": Mapping,
    "section": Mapping,
    "anything": object,
}
_NOT: dict[str, Any] = {
    "number": bool,
    "whole number": bool,
    "fraction": bool,
    "word": (type(None), bool, list, tuple, set, bytes, Mapping),
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
    "modules": "a list of modules",
    "map": "a mapping",
    "section": "a section with keys of its own",
    "anything": "anything",
}


def is_duration(value: Any) -> bool:
    """Whether ``dask.utils.parse_timedelta`` makes of `value` what it says."""
    try:
        units.duration(value)
    except ValueError:
        return False
    return True


def is_memory(value: Any) -> bool:
    """Whether ``dask.utils.parse_bytes`` makes an amount of memory of `value`."""
    try:
        units.memory(value)
    except ValueError:
        return False
    return True


def _has_unit(value: Any) -> bool:
    return isinstance(value, str) and value.strip()[-1:].isalpha()


def _spelled(value: Any) -> str:
    words = {None: "null", False: "false", True: "true", math.inf: ".inf"}
    return words.get(value) or str(value)
