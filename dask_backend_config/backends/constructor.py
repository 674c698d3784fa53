"""Signatures and parameter documentation of constructors, generated from the shipped schema."""

from __future__ import annotations

import functools
import inspect
import operator
import textwrap
from collections.abc import Mapping
from typing import Any

from ..catalogue import backend_schema
from ..catalogue.value_types import Schema
from ..core import units
from .resources import QueueWorkerResources

_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list[str],
    "object": QueueWorkerResources,
}
_TYPE_WORDS = {list[str]: "list of str", units.Quantity: 'quantity with ``to("byte")``'}
_RAISES = """
Raises
------
ConfigValueError
    If an argument or a configured value is invalid.
"""


def arguments(section: str) -> dict[str, Schema]:
    """Return the schema of each constructor argument by its name.

    Parameters
    ----------
    section : str
        The section below ``backends``. Its own arguments come first, then the shared ones.
    """
    schema = backend_schema.node(f"{backend_schema.ROOT}.{section}") or {}
    own = {name.replace("-", "_"): node for name, node in schema.get("properties", {}).items()}
    return own | (arguments(schema["extends"]) if "extends" in schema else {})


def document(backend: Any, section: str) -> None:
    """Give a backend class the signature and parameter documentation of its section."""
    nodes = arguments(section)
    kind = inspect.Parameter.KEYWORD_ONLY
    optional = functools.partial(inspect.Parameter, kind=kind, default=None)
    signature = [optional(name, annotation=annotation(node)) for name, node in nodes.items()]
    backend.__signature__ = inspect.Signature(signature)
    summary = inspect.cleandoc(backend.__doc__ or "")
    parameters = "\n".join(_parameter(name, node) for name, node in nodes.items())
    backend.__doc__ = f"{summary}\n\nParameters\n----------\n{parameters}\n{_RAISES}"


def annotation(node: Mapping[str, Any]) -> Any:
    """Return the type of an argument, such as ``int | None``."""
    return functools.reduce(operator.or_, [*_types(node), None])


def _types(node: Mapping[str, Any]) -> list[Any]:
    names = [node["type"]] if isinstance(node["type"], str) else node["type"]
    quantity = [units.Quantity] if node.get("unit") == "bytes" else []
    return [*(_TYPES[name] for name in names if name != "null"), *quantity]


def _parameter(name: str, node: Mapping[str, Any]) -> str:
    words = " or ".join(_TYPE_WORDS.get(kind) or kind.__name__ for kind in _types(node))
    if "enum" in node:
        words = "{" + ", ".join(f'"{value}"' for value in node["enum"] if value) + "}"
    summary = node["description"].partition("\n\n")[0]
    indented = textwrap.fill(
        " ".join(summary.split()), 96, initial_indent="    ", subsequent_indent="    "
    )
    return f"{name} : {words}, optional\n{indented}"
