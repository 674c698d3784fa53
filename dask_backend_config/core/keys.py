"""Dotted configuration keys, their spellings, and the variables that set them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: How the names of the variables begin that dask reads.
PREFIX = "DASK_"

#: The variable with which a process passes its configuration to those that it starts.
INHERITED = "DASK_INTERNAL_INHERIT_CONFIG"
#: Variables that control how dask reads its configuration. dask also adds a useless key for each.
CONTROL_VARIABLES = ("DASK_CONFIG", "DASK_ROOT_CONFIG", INHERITED)


def canonical_name(name: Any, mapping: Any) -> Any:
    """Return the spelling of `name` that `mapping` has, `name` itself if it has neither.

    Returns what ``dask.config.canonical_name`` returns and raises what it raises: TypeError or
    AttributeError for a name that is not a string and not in `mapping`.

    Examples
    --------
    >>> canonical_name("log-length", {"log_length": 1})
    'log_length'
    """
    try:
        if name in mapping:
            return name
    except TypeError:
        return name
    other = other_spelling(name)
    return other if other in mapping else name


def other_spelling(name: str) -> str:
    """Return `name` with each ``_`` as ``-`` or, if it has no ``_``, with each ``-`` as ``_``."""
    return name.replace("_", "-") if "_" in name else name.replace("-", "_")


def hyphenated(key: str) -> str:
    """Return `key` spelled as in dask's own files and in this package's messages.

    Examples
    --------
    >>> hyphenated("distributed.worker.use_file_locking")
    'distributed.worker.use-file-locking'
    """
    return key.replace("_", "-")


def variable_of(key: str) -> str:
    """Return the name of the variable that sets `key`.

    Examples
    --------
    >>> variable_of("distributed.comm.timeouts.connect")
    'DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT'
    """
    return PREFIX + key.replace("-", "_").replace(".", "__").upper()


def key_of(variable: str) -> str:
    """Return the key that dask makes of a variable's name: in lower case, with ``__`` as a dot."""
    return variable.removeprefix(PREFIX).lower().replace("__", ".")


def key_named(name: str) -> str:
    """Return the key that the user means by a key or by the name of the variable that sets it.

    Examples
    --------
    >>> key_named("DASK_DISTRIBUTED__WORKER__DAEMON"), key_named("scheduler")
    ('distributed.worker.daemon', 'scheduler')
    """
    return key_of(name) if name.startswith(PREFIX) and "." not in name else name


def join_path(path: Iterable[Any]) -> str:
    """Return the dotted key of a path."""
    return ".".join(map(str, path))


def are_nested(one: str, other: str) -> bool:
    """Return whether two dotted keys are equal or one is a section of the other."""
    return f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")


def lookup(tree: Any, key: str) -> Any:
    """Return the value at a dotted key, as ``dask.config.get`` does.

    Raises
    ------
    KeyError
        If `key` is not in `tree`.
    """
    for part in key.split("."):
        if not isinstance(tree, Mapping):
            raise KeyError(key)
        tree = tree[canonical_name(part, tree)]
    return tree
