"""Signatures and parameter documentation of constructors, generated from the shipped schema."""

from __future__ import annotations

import functools
import inspect
import operator
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..catalogue import backend_schema, shipped
from ..catalogue.value_types import Schema, types_of
from ..core import units
from ..core.fuzzy import nearest
from ..core.keys import lookup
from .certificates import SecurityObject
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
    "object": dict[str, Any],
}
_GROUPS = Mapping[str, Mapping[str, Any] | None]
_TYPE_WORDS: dict[Any, str] = {
    list[str]: "list of str",
    _GROUPS: "mapping of str to mapping",
    units.Quantity: 'quantity with ``to("byte")``',
    SecurityObject: "distributed.Security",
}
#: Arguments of dask_jobqueue's clusters and of openff-evaluator's backends that a backend does not
#: have -> what to use.
_INSTEAD = {
    "adaptive_class": "remove it; the backend itself scales the number of workers",
    "cluster_type": "use the class of the scheduler, or call get_backend with its name",
    "config_name": "define a profile in backends.profiles, and call get_backend with its name",
    "host": "use scheduler_options={'host': ...}",
    "job_cls": "use the class of the scheduler",
    "job_script_epilogue": (
        "add a command such as \"trap 'COMMANDS' EXIT\" to setup_script_commands"
    ),
    "loop": "remove it; in an event loop of your own, use asynchronous=True",
    "memory": (
        "use resources_per_worker=QueueWorkerResources(per_thread_memory_limit=...), "
        "which is for each thread"
    ),
    "n_workers": "use minimum_number_of_workers",
    "nanny": "use disable_nanny_process, which means the opposite",
    "scheduler_cls": "remove it; the scheduler's class is part of the backend",
    "silence_logs": "set the key distributed.logging",
}
_POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
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
    known = {**arguments(section), ASYNCHRONOUS: _ASYNCHRONOUS_NODE}
    nodes = {name: known[name] for name in backend.positional} | known
    backend.__signature__ = inspect.Signature(
        [
            inspect.Parameter(
                name,
                _POSITIONAL if name in backend.positional else inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=annotation(node),
            )
            for name, node in nodes.items()
        ]
    )
    summary = inspect.cleandoc(backend.__doc__ or "")
    parameters = "\n".join(_parameter(name, node) for name, node in nodes.items())
    backend.__doc__ = f"{summary}\n\nParameters\n----------\n{parameters}\n{_RAISES}"


def by_name(
    owner: str, positional: Sequence[str], values: Sequence[Any], named: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all arguments of a call by their names.

    Parameters
    ----------
    owner : str
        Name of the class.
    positional : sequence of str
        Names of the arguments that may be given by position.
    values : sequence
        The arguments that are given by position.
    named : mapping
        The others.

    Raises
    ------
    TypeError
        If there are too many values, or an argument is given twice.
    """
    if len(values) > len(positional):
        allowed = f"{owner} takes {len(positional)} arguments by position"
        raise TypeError(f"{allowed}, but {len(values)} were given; use the names of the others")
    found = dict(zip(positional, values, strict=False))
    for name in found.keys() & named.keys():
        raise TypeError(f"{owner} got the argument {name} twice, by position and by name")
    return {**found, **named}


def refuse_unknown(owner: str, section: str, names: Iterable[str]) -> None:
    """Raise an error if a backend does not have all arguments; it says what to use instead.

    Parameters
    ----------
    owner : str
        Name of the class.
    section : str
        The section of a job queue below ``backends``.
    names : iterable of str
        The arguments.

    Raises
    ------
    TypeError
        With all unknown arguments.
    """
    unknown = [name for name in names if not accepts(section, name)]
    if len(unknown) == 1:
        (name,) = unknown
        raise TypeError(f"{owner} has no argument {name}{_advice(section, name)}")
    if unknown:
        advice = (f"{name}{_advice(section, name)}" for name in unknown)
        raise TypeError(f"{owner} has no arguments {', '.join(unknown)}. {'. '.join(advice)}")


def _advice(section: str, name: str) -> str:
    """Return what to use instead of an unknown argument, to follow its name."""
    if instead := _INSTEAD.get(name) or _renamed(section, name):
        return f": {instead}"
    guess = nearest(name, arguments(section))
    return f"; did you mean {guess}?" if guess else ""


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
    if "additionalProperties" in node:
        return [_GROUPS]
    if "properties" in node:
        return [QueueWorkerResources]
    quantity = [units.Quantity] if node.get("unit") == "bytes" else []
    security = [SecurityObject] if node.get("certificates") else []
    return [*(_TYPES[name] for name in types_of(node) if name != "null"), *quantity, *security]


def _parameter(name: str, node: Mapping[str, Any]) -> str:
    words = " or ".join(_TYPE_WORDS.get(kind) or kind.__name__ for kind in _types(node))
    if "enum" in node:
        words = "{" + ", ".join(f'"{value}"' for value in node["enum"] if value) + "}"
    summary = node["description"].partition("\n\n")[0]
    indented = textwrap.fill(
        " ".join(summary.split()), 96, initial_indent="    ", subsequent_indent="    "
    )
    return f"{name} : {words}, optional\n{indented}"
