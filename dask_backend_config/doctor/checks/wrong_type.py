"""A value has the wrong type or an invalid unit.

dask does not check values when it reads the configuration. An invalid value fails later and
elsewhere: in a worker on a node, in a task, or in a log that you may not read. The check accepts
every value that the code accepts, even if the packages' own schemas are stricter: a number of
seconds for a duration, null for no value, false to disable something.

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

from ...catalogue import backend_schema
from ...catalogue.dask_types import kind_of
from ...catalogue.value_types import Kind, is_memory
from ...core import units
from ...core.fuzzy import nearest
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Severity
from ..occurrences import Setting
from ..value_problems import (
    REFUSED,
    entries_of,
    name_of,
    settings_with,
    spoken,
    takes_text,
    wanted,
    wrong_entry,
)

#: Name of a kind -> its noun, if they differ.
_NOUNS = {
    "fraction": "a number", "memory": "an amount of memory", "text": "a string", "map": "a mapping",
}  # fmt: skip
_UNITS = {
    **dict.fromkeys(("sec", "secs"), "seconds"),
    **dict.fromkeys(("min", "mins"), "minutes"),
    **dict.fromkeys(("hr", "hrs"), "hours"),
}


def check(facts: Facts) -> CheckFindings:
    """Yield values that their keys cannot have."""
    for setting in settings_with(facts, "wrong-type"):
        kind = kind_of(facts.catalogue, setting.path)
        if kind is None:
            hint = f"It {backend_schema.problem(setting.key, setting.value)}"
            yield setting.finding("error", f"{spoken(setting)} {REFUSED}", hint)
            continue
        severity, result = _result(kind, setting.value)
        quoted = spoken(setting)
        if kind.name == "list":
            number = wrong_entry(kind, setting.value) or 0
            entry = shown(dict(entries_of(setting.value))[number])
            quoted = f"{name_of(setting)}: entry {number}, {entry},"
        yield setting.finding(severity, f"{quoted} {result}", _hint(facts, kind, setting))


def _result(kind: Kind, value: Any) -> tuple[Severity, str]:
    """Return the severity, and what is wrong with the value or what dask does with it."""
    if kind.name == "boolean" and value is None:
        return "warning", "counts as false"
    if isinstance(value, bool) and kind.name in ("number", "whole number"):
        return "warning", f"counts as {int(value)}"
    if kind.name == "boolean":
        result = "dask accepts nothing else"
        if not kind.strict:
            result = f"it counts as {'true' if value else 'false'}"
        return "error", f"is neither true nor false; {result}"
    return "error", _error(kind, value)


def _error(kind: Kind, value: Any) -> str:
    if kind.name == "list":
        return "is not a string"
    if kind.name == "section":
        return "replaces a section and has no effect"
    if kind.name == "choice":
        return "is not one of the values that dask accepts, and dask fails"
    if kind.name == "word":
        return _error_of_word(value)
    if value == "" and kind.filled:
        return "is an empty string; dask-jobqueue fails"
    if kind.name == "duration" and isinstance(value, str) and re.match(r"\s*\.\d", value):
        return f"is read as 1{value.strip()}"
    noun = kind.words if kind.strict else _NOUNS.get(kind.name, f"a {kind.name}")
    return f"is not {noun}; dask fails when it reads this key"


def _error_of_word(value: Any) -> str:
    if value == "":
        return "is an empty string; the job script would have an option without a value"
    if isinstance(value, str):
        return "is passed on unchanged, and no batch scheduler knows this unit"
    if isinstance(value, bool) or value is None:
        return f"is written into the job script as {value}"
    return "is written into the job script as Python prints it"


def _hint(facts: Facts, kind: Kind, setting: Setting) -> str:
    value, name = setting.value, name_of(setting)
    if isinstance(value, str) and (better := _corrected(kind, setting)) is not None:
        return f"Did you mean {name}: {better}?"
    if kind.name == "boolean" and value is None:
        return "Set it to false, or remove the line"
    if kind.name == "list":
        return "Write this entry as a string; quote it if it contains ': ' or '#'"
    is_scalar = isinstance(value, (bool, int, float)) and setting.file
    if is_scalar and takes_text(facts.catalogue, setting):
        return f"Quote it: {name}: '{setting.text}'"
    return f"Set it to {wanted(facts.catalogue, setting)}"


def _corrected(kind: Kind, setting: Setting) -> str | None:
    """Return the YAML for the value that was probably meant by a string."""
    value = setting.value.strip()
    if kind.name == "choice":
        choices = [str(choice).lower() for choice in kind.takes if choice is not None]
        return nearest(value.lower(), choices)
    if kind.name in ("number", "whole number", "fraction"):
        is_in_bytes = setting.path[-1] == "mem" and is_memory(value)
        return str(units.memory(value)) if is_in_bytes else _as_number(kind, value)
    if kind.name == "duration":
        return _with_known_unit(kind, value)
    return _as_clock(setting) if kind.name == "word" and value else None


def _as_number(kind: Kind, text: str) -> str | None:
    """Return the number in a string, or the fraction that a percentage means."""
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    whole = int(number) if number.is_integer() and "." not in text else number
    return str(whole) if kind.fits(whole) else None


def _with_known_unit(kind: Kind, text: str) -> str | None:
    if re.match(r"\.\d", text):
        return f'"0{text}"'
    found = re.fullmatch(r"([\d.]+)\s*([a-zA-Z]+)\.?", text)
    if not found:
        return None
    unit = _UNITS.get(found[2].lower()) or nearest(found[2].lower(), units.SECONDS)
    better = f"{found[1]} {unit}"
    return f'"{better}"' if unit and kind.fits(better) else None


def _as_clock(setting: Setting) -> str | None:
    """Return a walltime in the form that batch schedulers take."""
    try:
        hours, rest = divmod(units.walltime(setting.value), 3600)
    except ValueError:
        return None
    clock = f"{hours:02}:{rest // 60:02}"
    return f"'{clock}'" if setting.path[1] == "lsf" else f"'{clock}:{rest % 60:02}'"
