"""Print attributes as qstat and pbsnodes do: as lines or as JSON."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from tests.schedulers.standins.pbs_server import VERSION

#: A value, or values by resource (and by variable, in Variable_List).
Attributes = dict[str, str | dict[str, str]]
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|[+-]?(inf|infinity|nan)\s*", re.I)


def flat(attributes: Attributes) -> Iterator[tuple[str, str]]:
    """Yield name and value of each line; all variables are one line."""
    for name, value in attributes.items():
        if isinstance(value, str):
            yield name, value
        elif name == "Variable_List":
            yield (
                name,
                ",".join(
                    f"{key}={text.replace(',', chr(92) + ',')}" for key, text in value.items()
                ),
            )
        else:
            yield from ((f"{name}.{resource}", text) for resource, text in value.items())


def as_lines(attributes: Attributes, wide: bool) -> str:
    """Return attributes as qstat -f prints them: indented, and folded unless wide."""
    return "".join(
        f"    {name} = {value if wide else _folded(value, len(name) + 7)}\n"
        for name, value in flat(attributes)
    )


def _folded(value: str, start: int) -> str:
    """Fold a value after 78 characters, if possible between items of a list."""
    out = ""
    parts = [part for part in value.split(",") if part]
    for index, part in enumerate(parts):
        if len(part) + start < 78:
            out += part
            start += len(part)
        else:
            if index:
                out += "\n\t"
                start = 9
            for letter in part:
                out += letter
                start += 1
                if start > 78:
                    out += "\n\t"
                    start = 8
        if index < len(parts) - 1:
            out += ","
    return out


def as_json(value: Any, indent: int = 0) -> str:
    """Return JSON in PBS's form: no blank after a colon, and number-like strings as numbers."""
    if isinstance(value, (dict, list)):
        pairs = (
            [(f'"{key}":', item) for key, item in value.items()]
            if isinstance(value, dict)
            else [("", item) for item in value]
        )
        inside = " " * (indent + 4)
        lines = ",\n".join(f"{inside}{key}{as_json(item, indent + 4)}" for key, item in pairs)
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        return f"{opening}\n{lines}\n{' ' * indent}{closing}"
    if isinstance(value, int):
        return str(value)
    if NUMBER.fullmatch(value) and (value[0] != "0" or float(value) < 1):
        return str(value)
    return '"' + _escaped(value) + '"'


def _escaped(text: str) -> str:
    """Escape quotes and control characters, but no backslash that is already an escape."""
    text = re.sub(r'(?<!\\)"', r"\"", text)
    for letter, name in (("\b", "b"), ("\f", "f"), ("\n", "n"), ("\r", "r"), ("\t", "t")):
        text = text.replace(letter, f"\\{name}")
    return text


def document(server: str, key: str, objects: dict[str, Any]) -> str:
    """Return the output of -F json; without objects, it has no final line break."""
    head: dict[str, Any] = {
        "timestamp": int(time.time()),
        "pbs_version": VERSION,
        "pbs_server": server,
    }
    return as_json({**head, key: objects} if objects else head) + ("\n" if objects else "")
