"""Scalars that YAML 1.1, which dask reads, and YAML 1.2 read as different values.

The rules are those of PyYAML and of ruamel.yaml. tests/yaml_edit compares them, and edits, with the
latter; here, its import would be a tenth of the time of `set`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from . import pyyaml_internals as pyyaml
from .document import Mark, Path
from .loaders import load

# The patterns are compiled when first used: importing this package must be cheap.
_BOOLEANS = ("true", "false")
_OCTAL_IN_1_1 = r"[-+]?0[0-7_]+"
_INTEGER = r"(?!_)[-+]?(?:0o[0-7_]*|[0-9_]+)"
_FLOAT = r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|[-+]?\.[0-9_]+(?:[eE][-+][0-9]+)?"
#: Python does not convert strings of thousands of digits to integers.
_LONGEST = 100
_DIRECTIVE = r"\ufeff?%YAML\s+1\.1\s"


@dataclass(frozen=True, slots=True)
class Difference:
    """A scalar without quotes that the two versions read differently.

    Attributes
    ----------
    path : tuple
        Its key; that of the list for an item.
    kind : {"key", "value", "item"}
    mark : Mark
        Where it begins.
    text : str
        As it is written.
    value : object
        What YAML 1.1 and dask read.
    other : object
        What YAML 1.2 reads.
    """

    path: Path
    kind: Literal["key", "value", "item"]
    mark: Mark
    text: str
    value: Any
    other: Any


def value_in_1_2(text: str, value: Any) -> Any:
    """Return what YAML 1.2 reads for a scalar without quotes that YAML 1.1 reads as `value`."""
    if isinstance(value, bool):
        return value if text.lower() in _BOOLEANS else text
    if isinstance(value, (int, float)) and ":" in text:
        return text
    digits = text.replace("_", "")
    if isinstance(value, int) and re.fullmatch(_OCTAL_IN_1_1, text):
        return int(digits)
    with suppress(ValueError):  # only underscores, which no version can read
        if isinstance(value, str) and re.fullmatch(_INTEGER, text):
            return int(digits.replace("0o", ""), 8 if "o" in digits else 10)
        if isinstance(value, str) and re.fullmatch(_FLOAT, text):
            return float(digits)
    return value


def differences(node: Any, text: str) -> Iterator[Difference]:
    """Yield the differences in a node of `text`, in the order of the text.

    There are none if the text says that it is YAML 1.1.
    """
    if node is not None and not re.match(_DIRECTIVE, text):
        yield from _differences(node, (), "value", set())


def differs(node: Any) -> bool:
    """Return whether a node contains a difference."""
    return any(True for _ in _differences(node, (), "value", set()))


def _differences(
    node: Any, path: Path, kind: Literal["key", "value", "item"], seen: set[int]
) -> Iterator[Difference]:
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if pyyaml.is_mapping(node):
        for key, value in node.value:
            inner = (*path, key.value)
            yield from _differences(key, inner, "key", seen)
            yield from _differences(value, inner, "value" if kind != "item" else "item", seen)
    elif not pyyaml.is_scalar(node):
        for item in node.value:
            yield from _differences(item, path, "item", seen)
    elif not node.style and _may_differ(node):
        value = load(f"- {node.value}")[0]  # "..." alone would end the document
        other = value_in_1_2(node.value, value)
        if type(value) is not type(other) or value != other:
            mark = Mark(node.start_mark.line + 1, node.start_mark.column + 1)
            yield Difference(path, kind, mark, node.value, value, other)


def _may_differ(node: Any) -> bool:
    """Return whether a scalar without quotes may differ, without loading it."""
    text: str = node.value
    if len(text) > _LONGEST:
        return False
    if node.tag == pyyaml.STRING_TAG:
        return text[:1] in "+-.0123456789" and text[-1:] in "_.0123456789"
    if node.tag == pyyaml.BOOLEAN_TAG:
        return text.lower() not in _BOOLEANS
    return node.tag in pyyaml.NUMBER_TAGS and (":" in text or text.lstrip("+-")[:1] == "0")
