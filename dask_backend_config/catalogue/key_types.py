"""The value type of each key, from dask-keys.yaml, the default of the key, and the schemas.

dask, distributed and dask-jobqueue do not check values when they read them, and their schemas
refuse much that their code accepts. So the default shows the type, and the schema adds null;
dask-keys.yaml has the keys whose code accepts more or less than that. The code of other packages
was not read, so only their sections and their schemas count.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from ..core.keys import hyphenated, join_path
from . import backend_schema, dask_keys, shipped
from .dask_releases import OLDEST, is_before
from .known_keys import MISSING, Catalogue, Path
from .value_types import Schema, ValueType, is_duration, is_memory, types_of

#: The packages whose code was read to find what their keys accept.
_READ_PACKAGES = tuple(files.package for files in shipped.PACKAGES)


@functools.cache
def value_type(known: Catalogue, path: Path) -> ValueType | None:
    """Return what a key accepts; None if that is unknown.

    Parameters
    ----------
    known : Catalogue
    path : tuple of str
        The key as written. A renamed key accepts what its successor accepts.
    """
    names = tuple(map(hyphenated, path))
    if names[0] == backend_schema.ROOT:
        return backend_schema.value_type(join_path(names))
    if successor := known.renamed.get(join_path(names)):
        return value_type(known, tuple(successor.split(".")))
    entry, default = dask_keys.entry(names), known.default(names)
    has_type = "type" in entry or "enum" in entry
    of_cluster = names[0] == "jobqueue" and len(names) == 3
    if default is MISSING and (of_cluster or not has_type):
        return None
    if has_type:
        later = is_before(known.version, entry.get("refused-since", OLDEST))
        return ValueType({**entry, "refused": {}} if later else entry)
    if names[0] == "jobqueue" and len(names) == 2 and names not in known.places(names[1]):
        return None  # a misplaced key, or a section of the user's: another check tells them apart
    if known.is_free(names) and not isinstance(default, Mapping):
        return None
    if known.owner(names) not in _READ_PACKAGES and not isinstance(default, Mapping):
        return _of_schema(dask_keys.schema_node(names))
    return _derived(names, default)


def _derived(names: Path, default: Any) -> ValueType | None:
    """Return the type that the default and the package's schema show."""
    if default is not None:
        schema = _schema_of_default(default)
        if schema != {"type": "string"}:
            return ValueType(schema, lambda: dask_keys.schema_node(names))
    node = dask_keys.schema_node(names)
    if default is not None and "enum" not in node:
        return ValueType({"type": "string"}, lambda: node)
    return _of_schema(node)


def _of_schema(node: Schema) -> ValueType | None:
    """Return the type in a package's own schema; None if it has none."""
    if "enum" in node:
        return ValueType({"enum": node["enum"]})
    if "type" not in node:
        return None
    return ValueType({"type": node["type"], "truthy": "boolean" in types_of(node)})


def _schema_of_default(default: Any) -> Schema:
    if isinstance(default, Mapping):
        return {"type": ["object", "null"]}  # dask keeps the default section
    if isinstance(default, bool):  # null switches it off, which is no change if that is the default
        return {"type": "boolean" if default else ["boolean", "null"], "truthy": True}
    if isinstance(default, (int, float)):
        return {"type": "number"}
    if isinstance(default, list):
        return {"type": "array"}
    if re.match(r"\d", default):
        if is_duration(default):
            return {"type": ["string", "number"], "unit": "seconds"}
        if is_memory(default):
            return {"type": ["string", "number"], "unit": "bytes"}
    return {"type": "string"}
