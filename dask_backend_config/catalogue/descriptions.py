"""The description and type of a key, and the processes that read it."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.keys import hyphenated, join_path
from . import backend_schema, dask_keys, fates
from .key_types import value_type
from .known_keys import catalogue
from .value_types import types_of

#: Types of which the schema says more.
_VAGUE = ("anything", "choice", "section", "string", "word")


@dataclass(frozen=True, slots=True)
class Description:
    """The documentation of a key.

    Attributes
    ----------
    text : str, optional
        What the key does; may have several lines.
    type : str, optional
        Such as ``duration`` or ``boolean``, or the types of a schema: ``string or null``.
    unit : str, optional
        What a number measures.
    read_by : str, optional
        Who reads it, and when.
    with_backends : str, optional
        What becomes of it with a backend of this package, if not the same as without.
    """

    text: str | None = None
    type: str | None = None
    unit: str | None = None
    read_by: str | None = None
    with_backends: str | None = None


def describe(key: str) -> Description:
    """Return what is known about a key.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``.
    """
    names = tuple(hyphenated(key).split("."))
    ours = names[0] == backend_schema.ROOT
    schema = (backend_schema.node(key) if ours else dask_keys.schema_node(names)) or {}
    entry = dask_keys.entry(names)
    text = schema.get("description") or entry.get("description")
    value = None if ours else value_type(catalogue(), names)
    types = " or ".join(dict.fromkeys(types_of(schema) or types_of(entry))) or None
    return Description(
        text=text.strip() if text else None,
        type=types if value is None or value.name in _VAGUE else value.name,
        unit=schema.get("unit"),
        read_by=dask_keys.inherited(join_path(names), "read-by"),
        with_backends=fates.with_backends(key),
    )
