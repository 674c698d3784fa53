"""Signatures and parameter documentation of constructors, generated from the shipped schema."""

from __future__ import annotations

import functools
import inspect
import operator
import textwrap
from collections.abc import Mapping
from typing import Any

from ..catalogue import backend_schema, shipped
from ..catalogue.value_types import Schema
from ..core import units
from ..core.fuzzy import nearest
from ..core.keys import lookup
from .resources import RESOURCES, QueueWorkerResources

#: The argument of all constructors that is not a key.
ASYNCHRONOUS = "asynchronous"
_ASYNCHRONOUS_NODE = {
    "type": "boolean",
    "description": "Whether the backend is for an event loop, with ``await`` and ``async with``.",
}
_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list[str],
    "object": QueueWorkerResources,
}
_TYPE_WORDS = {list[str]: "list of str", units.Quantity: 'quantity with ``to("byte")``'}
#: Arguments of dask_jobqueue's clusters that a backend does not have -> what to use.
_INSTEAD = {
    "n_workers": "use minimum_number_of_workers",
    "nanny": "use disable_nanny_process, which means the opposite",
    "processes": "each job runs one worker with all of its cores",
    "config_name": "define a profile in backends.profiles, and call get_backend with its name",
    "silence_logs": "set the key distributed.logging",
}
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


def accepts(section: str, name: str) -> bool:
    """Return whether the constructor of a section's backend has an argument."""
    return name == ASYNCHRONOUS or name in arguments(section)


def document(backend: Any, section: str) -> None:
    """Give a backend class the signature and parameter documentation of its section."""
    nodes = {**arguments(section), ASYNCHRONOUS: _ASYNCHRONOUS_NODE}
    kind = inspect.Parameter.KEYWORD_ONLY
    optional = functools.partial(inspect.Parameter, kind=kind, default=None)
    signature = [optional(name, annotation=annotation(node)) for name, node in nodes.items()]
    backend.__signature__ = inspect.Signature(signature)
    summary = inspect.cleandoc(backend.__doc__ or "")
    parameters = "\n".join(_parameter(name, node) for name, node in nodes.items())
    backend.__doc__ = f"{summary}\n\nParameters\n----------\n{parameters}\n{_RAISES}"


def unknown_argument(owner: str, section: str, name: str) -> TypeError:
    """Return the error for an argument that a backend does not have; it says what to use instead.

    Parameters
    ----------
    owner : str
        Name of the class.
    section : str
        The section of a job queue below ``backends``.
    name : str
        The argument.
    """
    known = arguments(section)
    guess = nearest(name, known)
    instead = _INSTEAD.get(name) or _renamed(section, name)
    if instead is None and guess:
        return TypeError(f"{owner} has no argument {name}; did you mean {guess}?")
    return TypeError(f"{owner} has no argument {name}" + (f": {instead}" if instead else ""))


def _renamed(section: str, name: str) -> str | None:
    """Return what replaces an argument of dask_jobqueue, or an old one; None for neither."""
    theirs = f"jobqueue.{section}.{name.replace('_', '-')}"
    for argument, node in _with_fields(section).items():
        key = f"{backend_schema.ROOT}.{section}.{argument.replace('_', '-')}"
        field = argument.rpartition(".")[2]
        if theirs in backend_schema.fallbacks(key) or name in (*node.get("formerly", ()), field):
            if field == argument:
                return f"renamed {argument}"
            return f"use resources_per_worker=QueueWorkerResources({field}=...)"
    try:
        lookup(shipped.known(shipped.PACKAGES[2]), theirs)
    except KeyError:
        return None
    return f"set the key {theirs}"


def _with_fields(section: str) -> dict[str, Schema]:
    """Return the schema of each argument and, as ``resources-per-worker.x``, of its fields."""
    found = arguments(section)
    fields = found[RESOURCES.replace("-", "_")]["properties"]
    own = {f"{RESOURCES}.{name.replace('-', '_')}": node for name, node in fields.items()}
    return found | own


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
