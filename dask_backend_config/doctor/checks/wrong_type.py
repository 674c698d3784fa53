"""A value's type or unit cannot be right.

dask judges no value when it reads the configuration. What cannot be used fails later and elsewhere:
in the worker on the node, in a task, in a log that nobody reads. What the code takes is silent
here, also where the packages' own schemas are stricter: a bare number where a duration belongs,
null where it means none, false where it switches something off.

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

Mended:

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
from collections.abc import Iterator
from typing import Any

from ...catalogue import backend_schema
from ...catalogue.dask_types import kind_of
from ...catalogue.value_types import Kind, is_memory
from ...core import units
from ...core.fuzzy import nearest
from ...core.strings import shown
from ..facts import Facts, Finding, Setting, Severity
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

ID = "wrong-type"
SENTENCE = "A value's type or unit cannot be right."

_NOUNS = {
    "number": "number",
    "whole number": "whole number",
    "fraction": "number",
    "duration": "duration",
    "memory": "amount of memory",
    "text": "text",
    "map": "mapping",
}
_UNITS = {
    **dict.fromkeys(("sec", "secs"), "seconds"),
    **dict.fromkeys(("min", "mins"), "minutes"),
    **dict.fromkeys(("hr", "hrs"), "hours"),
}


def check(facts: Facts) -> Iterator[Finding]:
    """Hold each value against the kind of its key."""
    for setting in settings_with(facts, "wrong-type"):
        kind = kind_of(facts.catalogue, setting.path)
        severity, fate = _fate(kind, setting) if kind else ("error", REFUSED)
        what = _entry(kind, setting) if kind and kind.name == "list" else spoken(setting)
        message = f"{what} {fate}"
        yield Finding(severity, message, _hint(facts, kind, setting), setting.key, setting.origin)


def _fate(kind: Kind, setting: Setting) -> tuple[Severity, str]:
    """How bad it is, and what becomes of the value."""
    value = setting.value
    if kind.name == "boolean":
        return _fate_of_boolean(kind, value)
    if isinstance(value, bool) and kind.name in ("number", "whole number"):
        return "warning", f"counts as {int(value)}"
    if kind.name == "list":
        return "error", "is not a text"
    if kind.name == "section":
        return "error", "stands where a section belongs, and has no effect"
    if kind.name == "choice":
        return "error", "is none of the values that dask knows, and it fails"
    if kind.name == "word":
        return "error", _fate_of_word(value)
    if value == "" and kind.filled:
        return "error", "is an empty text; dask-jobqueue fails"
    if kind.name == "duration" and isinstance(value, str) and re.match(r"\s*\.\d", value):
        return "error", f"is read as 1{value.strip()}"
    if kind.strict:
        return "error", f"is not {kind.words}; dask fails when it reads it"
    return "error", f"is no {_NOUNS[kind.name]}; dask fails when it reads it"


def _entry(kind: Kind, setting: Setting) -> str:
    number = wrong_entry(kind, setting.value) or 0
    return f"{name_of(setting)}: entry {number}, {shown(dict(entries_of(setting.value))[number])},"


def _fate_of_boolean(kind: Kind, value: Any) -> tuple[Severity, str]:
    if value is None:
        return "warning", "counts as false"
    if kind.strict:
        return "error", "is neither true nor false, and dask insists on one of them"
    return "error", f"is neither true nor false; it counts as {'true' if value else 'false'}"


def _fate_of_word(value: Any) -> str:
    if value == "":
        return "is an empty text; the job script gets an option without its value"
    if isinstance(value, str):
        return "is handed on as it is, and no job queue knows such a unit"
    if isinstance(value, bool) or value is None:
        return f"is written into the job script as {value}"
    return "is written into the job script as Python spells it"


def _hint(facts: Facts, kind: Kind | None, setting: Setting) -> str:
    value, name = setting.value, name_of(setting)
    if kind is None:
        return f"it {backend_schema.problem(setting.key, value)}"
    if (better := _repaired(kind, setting)) is not None:
        return f"write {name}: {better}"
    if kind.name == "boolean" and value is None:
        return "write false, or remove the line"
    if kind.name == "list":
        return "write that entry as a text; one with ': ' or '#' in it needs quotes"
    plain = isinstance(value, (bool, int, float)) and setting.file
    if plain and takes_text(facts.catalogue, setting):
        return f"quote it: {name}: '{setting.text}'"
    return f"write {wanted(facts.catalogue, setting)}"


def _repaired(kind: Kind, setting: Setting) -> str | None:
    """What was most likely meant, as it would stand in YAML."""
    value = setting.value
    if not isinstance(value, str):
        return None
    if kind.name == "choice":
        return _nearest_choice(kind, value)
    if kind.name in ("number", "whole number", "fraction"):
        in_bytes = setting.path[-1] == "mem" and is_memory(value)
        return str(units.memory(value)) if in_bytes else _as_number(kind, value)
    if kind.name == "duration":
        return _with_known_unit(kind, value)
    return _as_clock(setting) if kind.name == "word" and value else None


def _nearest_choice(kind: Kind, value: str) -> str | None:
    choices = [str(choice).lower() for choice in kind.takes if choice is not None]
    return nearest(value.strip().lower(), choices)


def _as_number(kind: Kind, value: str) -> str | None:
    """The number without its quotes, or that a percentage is."""
    text = value.strip()
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    whole = int(number) if number.is_integer() and "." not in text else number
    return str(whole) if kind.fits(whole) else None


def _with_known_unit(kind: Kind, value: str) -> str | None:
    text = value.strip()
    if re.match(r"\.\d", text):
        return f'"0{text}"'
    found = re.fullmatch(r"([\d.]+)\s*([a-zA-Z]+)\.?", text)
    if not found:
        return None
    unit = _UNITS.get(found[2].lower()) or nearest(found[2].lower(), units.SECONDS)
    better = f"{found[1]} {unit}"
    return f'"{better}"' if unit and kind.fits(better) else None


def _as_clock(setting: Setting) -> str | None:
    """A walltime as job queues write it."""
    try:
        hours, rest = divmod(units.walltime(setting.value), 3600)
    except ValueError:
        return None
    clock = f"{hours:02}:{rest // 60:02}"
    return f"'{clock}'" if setting.path[1] == "lsf" else f"'{clock}:{rest % 60:02}'"
