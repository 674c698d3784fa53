"""Values and explanations as lines of text, as YAML, or as environment variables."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import yaml

from ..config.explain import Explanation, Section
from ..config.sources import interpret
from ..config.values import Layered, Resolved
from ..core.keys import variable_of
from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import TEXT_WIDTH, count, inline
from .layout import GAP, INDENT, Line, hanging, in_one_line, listed, paragraph, table


def values_as_lines(found: dict[str, Resolved], width: int, diff: bool = False) -> Iterator[Line]:
    """Yield a row for each value: key, value and origin.

    Parameters
    ----------
    found : dict of str to Resolved
    width : int
        Columns of the terminal, or `layout.NO_WRAP`.
    diff : bool, optional
        Whether each value has its default beside it.
    """
    rows = []
    for key, resolved in found.items():
        style = "dim" if resolved.origin.is_default else ""
        cells = [_value(key, resolved)]
        if diff:
            default = resolved.default
            cells.append(f"(default {_value(key, default)})" if default else "(no default)")
        origin = (str(resolved.origin), style or "info")
        rows.append([(key, style), *((cell, style) for cell in cells), origin])
    return table(rows, width)


def values_as_yaml(found: dict[str, Resolved]) -> str:
    """Return a YAML file that sets these values, secrets masked."""
    tree: dict[str, Any] = {}
    for key, resolved in found.items():
        *parents, last = key.split(".")
        section = tree
        for name in parents:
            inner = section.get(name)
            if not isinstance(inner, dict):
                inner = section[name] = {}
            section = inner
        section[last] = masked(key, resolved.value)
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)


def values_as_variables(found: dict[str, Resolved]) -> Iterator[str]:
    """Yield a shell's ``export`` line for each value, secrets masked."""
    for key, resolved in found.items():
        yield f"export {variable_of(key)}={shlex.quote(_as_variable(masked(key, resolved.value)))}"


def explanation_as_lines(explained: Explanation, width: int) -> Iterator[Line]:
    """Yield a key's value, its layers, its fallbacks, and its description."""
    yield from explained_layers_as_lines(explained, width)
    yield from description_as_lines(explained, width)


def explained_layers_as_lines(explained: Explanation, width: int) -> Iterator[Line]:
    """Yield a key's value, its layers, and its fallbacks."""
    resolved, used = explained.resolved, explained.used
    head: Line = [(f"{explained.key} = ", "heading"), (_value(explained.key, used), "heading")]
    if used and used.key != explained.key:
        head.append((f"  (through {used.key})", "info"))
    yield from in_one_line(head, width)
    if resolved:
        yield from _layers(resolved, width)
    for key, found in explained.fallbacks:
        origin = f"{GAP}{found.origin}" if found else ""
        value = f"{GAP}{_value(key, found)}{origin}"
        yield from in_one_line([(f"  falls back to {key}", "dim"), (value, "dim")], width, indent=6)


def section_as_lines(found: Section, width: int) -> Iterator[Line]:
    """Yield the keys of a section, each with its value and first sentence, and its sections."""
    numbers = {"key": len(found.keys), "section": len(found.sections)}
    held = listed([count(number, noun) for noun, number in numbers.items() if number])
    yield [(found.key, "heading"), (f" is a section with {held or 'no keys'}", "")]
    for entry in found.keys:
        name = entry.key.rpartition(".")[2]
        yield from in_one_line([(f"  {name} = ", ""), (_value(entry.key, entry.used), "")], width)
        first = (entry.description.text or "").partition("\n\n")[0]
        sentence, dot, _ = " ".join(first.split()).partition(". ")
        if sentence:
            text = sentence + dot.strip()
            yield from paragraph(text, min(width, TEXT_WIDTH), "dim", INDENT)
    for key, number in found.sections.items():
        yield [(f"  {key.rpartition('.')[2]}.", ""), (f"{GAP}{count(number, 'value')}", "dim")]


def _layers(resolved: Resolved, width: int) -> Iterator[Line]:
    kind_width = max(len(entry.origin.kind) for entry in resolved.layers)
    rows: list[Line] = [
        [
            (f"  {entry.origin.kind:<{kind_width}}  {_name(entry.origin)}", ""),
            (_value(resolved.key, entry), ""),
            ("" if number else " in effect", "info"),
        ]
        for number, entry in enumerate(resolved.layers)
    ]
    return table(rows, width, indent=kind_width + INDENT)


def description_as_lines(explained: Explanation, width: int) -> Iterator[Line]:
    """Yield a key's description, type and variable, and who reads it."""
    about = explained.description
    for text in (about.text or "").split("\n\n"):
        yield from paragraph(" ".join(text.split()), min(width, TEXT_WIDTH))
    kind = " ".join(part for part in (about.type, f"({about.unit})" if about.unit else "") if part)
    facts = {
        "Type": kind,
        "Variable": explained.variable,
        "Read by": about.read_by,
        "With a backend": about.with_backends,
        "In job scripts": explained.script_variables,
    }
    for name, fact in facts.items():
        if fact:
            yield from hanging([(f"{name}: ", "dim")], fact, width, "dim")


def _value(key: str, found: Resolved | Layered | None) -> str:
    return inline(masked(key, found.value)) if found else "not set"


def _name(origin: Origin) -> str:
    return origin.place if origin.path else origin.name or "dask.config.set"


def _as_variable(value: Any) -> str:
    """Return a string that `interpret` turns into `value`."""
    text = str(value)
    return text if isinstance(value, str) and interpret(text) == value else repr(value)
