"""A value has the wrong type or an invalid unit.

dask does not check values when it reads the configuration. An invalid value fails later and
elsewhere: in a worker on a node, in a task, or only in a log. The check accepts every value that
the code accepts, even if the packages' own schemas are stricter: a number of seconds for a
duration, null for no value, false to disable something.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    timeouts:
      connect: 10 secs
  scheduler:
    allowed-failures: "5"
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    timeouts:
      connect: 10 seconds
  scheduler:
    allowed-failures: 5
```
"""

from __future__ import annotations

import math
import re
from typing import Any

from ...catalogue.value_types import NOT_POSITIVE, ValueType, is_memory
from ...core import units
from ...core.fuzzy import nearest
from ..facts import Facts
from ..findings import CheckFindings, Severity
from ..setting import Setting
from ..value_problems import REFUSED, TEXTS, name_of, settings_with, spoken, spoken_entry

#: Type -> what a message calls it, if not by its own name.
_NOUNS = {"fraction": "a number", "memory": "an amount of memory"}
_NUMBERS = ("fraction", "number", "whole number")
_WITHOUT_SPACE = re.compile(r"[A-Za-z][\w-]*:[^\s/]")
_UNITS = {
    **dict.fromkeys(("sec", "secs"), "seconds"),
    **dict.fromkeys(("min", "mins"), "minutes"),
    **dict.fromkeys(("hr", "hrs"), "hours"),
}


def check(facts: Facts) -> CheckFindings:
    """Yield values that do not fit the type of their key."""
    for setting, expected in settings_with(facts, "wrong-type"):
        ours = setting.path[0] == "backends"
        severity, effect = _effect(expected, setting)
        wrong = None if ours else expected.wrong_entry(setting.value)
        what = spoken_entry(setting, wrong[0]) if wrong else spoken(setting)
        hint = f"It {expected.problem(setting.value)}" if ours else _hint(expected, setting)
        yield setting.finding(severity, f"{what} {effect}", hint)


def _effect(expected: ValueType, setting: Setting) -> tuple[Severity, str]:
    """Return the severity, and what dask does with the value."""
    value = setting.value
    if setting.path[0] == "backends":
        return "error", REFUSED
    if effect := expected.refused(value):
        return "error", effect
    if expected.name == "boolean":
        return _effect_of_boolean(expected, value)
    if isinstance(value, bool) and expected.name in _NUMBERS:
        return "warning", f"counts as {int(value)}"
    if expected.name == "list":
        return "error", "is not a string"
    if expected.name == "section":
        return "error", "replaces a section and has no effect"
    if expected.name == "choice":
        return "error", f"is not {expected.expected}; dask fails when it reads this key"
    if value == "" and expected.schema.get("minLength") and expected.name != "word":
        return "error", "is an empty string; dask-jobqueue fails"
    if expected.name == "word":
        return "error", _effect_of_word(value)
    if expected.name == "memory" and is_memory(value):
        return "error", f"means {units.memory(value)} bytes, which is too little"
    if expected.name == "duration" and isinstance(value, str) and re.match(r"\s*\.\d", value):
        return "error", f"is read as 1{value.strip()}"
    if expected.problem(value) == NOT_POSITIVE:
        return "error", "is not more than 0; dask fails when it reads this key"
    limited = bool({"minimum", "exclusiveMinimum", "pattern"} & expected.schema.keys())
    noun = expected.expected if limited else _NOUNS.get(expected.name, f"a {expected.name}")
    return "error", f"is not {noun}; dask fails when it reads this key"


def _effect_of_boolean(expected: ValueType, value: Any) -> tuple[Severity, str]:
    if value is None:
        return "warning", "counts as false"
    if not expected.schema.get("truthy"):
        return "error", "is neither true nor false; dask fails when it reads this key"
    return "error", f"is neither true nor false; it counts as {'true' if value else 'false'}"


def _effect_of_word(value: Any) -> str:
    if value == "":
        return "is an empty string: an option in the job script would lack its value"
    if isinstance(value, str):
        return "is written into the job script, but no job queue reads this unit"
    if isinstance(value, bool) or value is None:
        return f"is written into the job script as {value}"
    return "is written into the job script in Python's notation"


def _hint(expected: ValueType, setting: Setting) -> str:
    value, name = setting.value, name_of(setting)
    if (better := _repaired(expected, setting)) is not None:
        return f"Did you mean {name}: {better}?"
    if expected.name == "boolean" and value is None:
        return "Set it to false, or remove the line"
    if expected.name == "list":
        return "Write this entry as a string; quote it if it contains ': ' or '#'"
    if isinstance(value, (bool, int, float)) and setting.file and expected.name in TEXTS:
        return f"Quote it: {name}: '{setting.text}'"
    if expected.name == "section" and isinstance(value, str) and _WITHOUT_SPACE.match(value):
        return f"Put a space after the colon: {value.replace(':', ': ', 1)}"
    return f"Set it to {expected.expected}"


def _repaired(expected: ValueType, setting: Setting) -> str | None:
    """Return what was most likely meant, as YAML writes it."""
    value = setting.value
    if expected.name == "memory":
        return units.with_unit(value)
    if not isinstance(value, str):
        return None
    if expected.name == "choice":
        choices = [str(choice).lower() for choice in expected.also if choice is not None]
        return nearest(value.strip().lower(), choices)
    if expected.name in _NUMBERS:
        in_bytes = setting.path[-1] == "mem" and is_memory(value)
        return str(units.memory(value)) if in_bytes else _as_number(expected, value)
    if expected.name == "duration":
        return _with_known_unit(expected, value)
    return _as_clock(setting) if expected.name == "word" and value else None


def _as_number(expected: ValueType, value: str) -> str | None:
    """Return the number that a string or a percentage stands for."""
    text = value.strip()
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    whole = int(number) if number.is_integer() and "." not in text else number
    return str(whole) if expected.fits(whole) else None


def _with_known_unit(expected: ValueType, value: str) -> str | None:
    text = value.strip()
    if re.match(r"\.\d", text):
        return f'"0{text}"'
    found = re.fullmatch(r"([\d.]+)\s*([a-zA-Z]+)\.?", text)
    if not found:
        return None
    unit = _UNITS.get(found[2].lower()) or nearest(found[2].lower(), units.SECONDS)
    better = f"{found[1]} {unit}"
    return f'"{better}"' if unit and expected.fits(better) else None


def _as_clock(setting: Setting) -> str | None:
    """Return a walltime as job queues write it."""
    try:
        hours, rest = divmod(units.walltime(setting.value), 3600)
    except ValueError:
        return None
    clock = f"{hours:02}:{rest // 60:02}"
    return f"'{clock}'" if setting.path[1] == "lsf" else f"'{clock}:{rest % 60:02}'"
