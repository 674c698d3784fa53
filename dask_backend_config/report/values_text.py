"""Values and explanations as lines of text, YAML or variables. Nothing is printed here.

On a terminal a table becomes lines that fit, one below the other, where its columns do not. Nothing
is shortened: what is shown can be copied.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from ..config.explain import Explanation, Section, default_of
from ..config.resolve import Layered, Resolved
from ..config.sources import interpret
from ..core.keys import variable_of
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import inline
from .findings_text import NO_WRAP, Line, wrapped

#: Columns of a value in a table; one that is longer does not push the others away.
_VALUE_WIDTH = 30
_GAP = "  "
_INDENT = 4
_IN_EFFECT = "   in effect"
_TEXT_WIDTH = 80


def values_as_lines(found: dict[str, Resolved], width: int) -> Iterator[Line]:
    """A line for each value: key, value, origin.

    Parameters
    ----------
    width : int
        Columns; `NO_WRAP` for text that is read by programs line by line.
    """
    rows = [(key, [_value(value)], value.origin) for key, value in found.items()]
    return _table(rows, width)


def differences_as_lines(found: dict[str, Resolved], width: int) -> Iterator[Line]:
    """As `values_as_lines`, with the default behind each value."""
    rows = [(key, [_value(value), _default(value)], value.origin) for key, value in found.items()]
    return _table(rows, width)


def values_as_yaml(found: dict[str, Resolved]) -> str:
    """A file that says all of it, secrets masked."""
    tree: dict[str, Any] = {}
    for key, resolved in found.items():
        *parents, last = key.split(".")
        below = tree
        for name in parents:
            inner = below.get(name)
            if not isinstance(inner, dict):
                inner = below[name] = {}
            below = inner
        below[last] = masked(key, resolved.value)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def values_as_variables(found: dict[str, Resolved]) -> Iterator[str]:
    """``export`` lines that a shell reads and from which dask makes the same values."""
    for key, resolved in found.items():
        yield f"export {variable_of(key)}={shlex.quote(_as_variable(masked(key, resolved.value)))}"


def explanation_as_lines(explained: Explanation, width: int) -> Iterator[Line]:
    """What ``explain`` says: the value, each layer that has one, what it means, who reads it."""
    resolved, used = explained.resolved, explained.used
    value = inline(masked(explained.key, used.value)) if used else "not set"
    through = f"  (through {used.key})" if used and used.key != explained.key else ""
    yield from _head(explained.key, value, through, width)
    if resolved:
        yield from _layers(resolved, width)
    for key, found in explained.fallbacks:
        text = inline(masked(key, found.value)) if found else "not set"
        origin = f"{_GAP}{found.origin}" if found else ""
        first, rest = f"  falls back on {key}", f"{_GAP}{text}{origin}"
        if len(first + rest) <= width:
            yield [(first + rest, "dim")]
        else:
            yield [(first, "dim")]
            yield from _indented(rest.strip(), 6, width, "dim")
    yield from _described(explained, width)


def section_as_lines(found: Section, width: int) -> Iterator[Line]:
    """What ``explain`` says of a section: each key with its value and what it means."""
    counts = [_count(len(found.keys), "key"), _count(len(found.sections), "section")]
    held = " and ".join(text for text in counts if not text.startswith("0 ")) or "nothing"
    yield [(found.key, "place"), (f" is a section with {held}", "")]
    for entry in found.keys:
        value = inline(masked(entry.key, entry.used.value)) if entry.used else "not set"
        yield from _named_value(entry.key.rpartition(".")[2], value, width)
        paragraph = (entry.description.text or "").partition("\n\n")[0]
        sentence, dot, _ = " ".join(paragraph.split()).partition(". ")
        if sentence:
            yield from _indented(sentence + dot.strip(), _INDENT, min(width, _TEXT_WIDTH), "dim")
    for key, number in found.sections.items():
        yield [(f"  {key.rpartition('.')[2]}.", ""), (f"  {_count(number, 'value')}", "dim")]


def _named_value(name: str, value: str, width: int) -> Iterator[Line]:
    if len(name) + len(value) + 5 <= width:
        yield [(f"  {name} = ", ""), (value, "")]
    else:
        yield [(f"  {name} =", "")]
        yield from _indented(value, _INDENT, width, "")


def _head(key: str, value: str, through: str, width: int) -> Iterator[Line]:
    if len(key) + 3 + len(value) + len(through) <= width:
        yield [(f"{key} = {value}", "place"), (through, "info")]
        return
    yield [(f"{key} =", "place")]
    yield from _indented(value, _INDENT, width, "place")
    if through:
        yield from _indented(through.strip(), _INDENT, width, "info")


def _table(rows: Sequence[tuple[str, list[str], Origin]], width: int) -> Iterator[Line]:
    """Rows of a key, cells and an origin: in columns where these fit, else each on a few lines."""
    key_width = max((len(key) for key, _, _ in rows), default=0)
    origin_width = max((len(str(origin)) for _, _, origin in rows), default=0)
    columns = zip(*(cells for _, cells, _ in rows), strict=True)
    widths = [_column_width(cells) for cells in columns]
    whole = key_width + sum(len(_GAP) + size for size in (*widths, origin_width))
    for key, cells, origin in rows:
        style = "dim" if origin.kind == "default" else ""
        sized = [(cell, size) for cell, size in zip(cells, widths, strict=True) if cell or size]
        row = "".join(f"{_GAP}{cell:<{size}}" for cell, size in sized)
        length = key_width + len(row) + len(_GAP) + len(str(origin))
        if width == NO_WRAP or max(whole, length) <= width:
            yield [(f"{key:<{key_width}}{row}", style), (f"{_GAP}{origin}", style or "info")]
            continue
        yield [(key, "place")]
        if len(row) + 2 + len(_GAP) + len(str(origin)) <= width:
            yield [(f"  {row}", style), (f"{_GAP}{origin}", style or "info")]
        else:
            for cell in filter(None, cells):
                yield from _indented(cell, _INDENT, width, style)
            yield from _indented(str(origin), _INDENT, width, style or "info")


def _column_width(cells: Sequence[str]) -> int:
    return max((len(cell) for cell in cells if len(cell) <= _VALUE_WIDTH), default=0)


def _layers(resolved: Resolved, width: int) -> Iterator[Line]:
    layers = [Layered(resolved.value, resolved.origin), *resolved.shadowed]
    rows = [
        (entry.origin.kind, _named(entry.origin), inline(masked(resolved.key, entry.value)))
        for entry in layers
    ]
    kind_width, name_width, value_width = (
        max(map(len, column)) for column in zip(*rows, strict=True)
    )
    fits = 6 + kind_width + name_width + value_width + len(_IN_EFFECT) <= width
    for number, (kind, name, value) in enumerate(rows):
        effect: Line = [(_IN_EFFECT, "info")] if number == 0 else []
        head = f"  {kind:<{kind_width}}  {name:<{name_width if fits else 0}}"
        if fits:
            yield [(f"{head}  {value:<{value_width}}", ""), *effect]
            continue
        if len(head) + len(_IN_EFFECT) <= width:
            yield [(head, ""), *effect]
        else:
            yield [(f"  {kind}", ""), *effect]
            yield from _indented(name, kind_width + 4, width, "")
        yield from _indented(value, kind_width + 4, width, "")


def _described(explained: Explanation, width: int) -> Iterator[Line]:
    about = explained.description
    for paragraph in (about.text or "").split("\n\n"):
        for line in wrapped(" ".join(paragraph.split()), min(width, _TEXT_WIDTH)):
            yield [(line, "")]
    kind = " ".join(part for part in (about.type, f"({about.unit})" if about.unit else "") if part)
    facts = (("Type", kind), ("Variable", explained.variable), ("Read by", about.read_by))
    for name, text in facts:
        if text:
            first, *rest = wrapped(f"{name}: {text}", width)
            yield [(first, "dim")]
            for line in rest:
                yield from _indented(line, len(name) + 2, width, "dim")


def _indented(text: str, indent: int, width: int, style: str) -> Iterator[Line]:
    for line in wrapped(text, width - indent):
        yield [(" " * indent + line, style)]


def _value(resolved: Resolved) -> str:
    return inline(masked(resolved.key, resolved.value))


def _default(resolved: Resolved) -> str:
    default = default_of(resolved)
    if default is None:
        return "(no default)"
    return f"(default {inline(masked(resolved.key, default.value))})"


def _named(origin: Origin) -> str:
    return origin.place if origin.path else origin.name or "dask.config.set"


def _as_variable(value: Any) -> str:
    """A text of which `interpret` makes `value`."""
    text = str(value)
    return text if isinstance(value, str) and interpret(text) == value else repr(value)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
