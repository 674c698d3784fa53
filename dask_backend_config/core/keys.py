"""Dotted keys, their spellings, and the variables that stand for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PREFIX = "DASK_"
SECRET_WORDS = (
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "api-key",
    "apikey",
    "private-key",
)
MASK = "********"

#: Variables that steer dask's reading of configuration; dask also makes useless keys of them.
CONTROL_VARIABLES = ("DASK_CONFIG", "DASK_ROOT_CONFIG", "DASK_INTERNAL_INHERIT_CONFIG")


def canonical_name(name: Any, mapping: Any) -> Any:
    """Return the spelling of `name` that `mapping` holds, `name` itself where it holds none.

    The same answer as ``dask.config.canonical_name``, errors included: a name that is not text
    raises TypeError where `mapping` does not hold it.

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
    """All ``_`` as ``-``; or, where there is none, all ``-`` as ``_``."""
    return name.replace("_", "-") if "_" in name else name.replace("-", "_")


def hyphenated(key: str) -> str:
    """The spelling that dask's own files and this package's messages use.

    Examples
    --------
    >>> hyphenated("distributed.worker.use_file_locking")
    'distributed.worker.use-file-locking'
    """
    return key.replace("_", "-")


def variable_of(key: str) -> str:
    """The variable that sets `key`.

    Examples
    --------
    >>> variable_of("distributed.comm.timeouts.connect")
    'DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT'
    """
    return PREFIX + key.replace("-", "_").replace(".", "__").upper()


def key_of(variable: str) -> str:
    """The key that dask makes of a variable's name: lower case, ``__`` as a dot."""
    return variable.removeprefix(PREFIX).lower().replace("__", ".")


def key_named(name: str) -> str:
    """The key that is meant by a key, or by the name of the variable that sets it.

    Examples
    --------
    >>> key_named("DASK_DISTRIBUTED__WORKER__DAEMON"), key_named("scheduler")
    ('distributed.worker.daemon', 'scheduler')
    """
    return key_of(name) if name.startswith(PREFIX) and "." not in name else name


def join_path(path: Iterable[Any]) -> str:
    """The dotted key of a path."""
    return ".".join(map(str, path))


def lookup(tree: Any, key: str) -> Any:
    """Find the value at a dotted key as ``dask.config.get`` does.

    Raises
    ------
    KeyError
        Where nothing stands at `key`.
    """
    for part in key.split("."):
        if not isinstance(tree, Mapping):
            raise KeyError(key)
        tree = tree[canonical_name(part, tree)]
    return tree


def nearest(word: str, candidates: Iterable[str], cutoff: float = 0.75) -> str | None:
    """The candidate most like `word`, None where none is like enough.

    Examples
    --------
    >>> nearest("wroker", ["worker", "scheduler"])
    'worker'
    """
    import difflib  # half a millisecond, which an import without a misspelling need not pay

    matches = difflib.get_close_matches(hyphenated(word), list(candidates), n=1, cutoff=cutoff)
    return matches[0] if matches else None


def is_secret(key: str) -> bool:
    """Whether the last part of `key` names something that nobody else should read.

    Examples
    --------
    >>> is_secret("gateway.auth.api_token"), is_secret("tokenize.ensure-deterministic")
    (True, False)
    """
    last = hyphenated(key.rpartition(".")[2]).lower()
    return any(word in last for word in SECRET_WORDS)


def is_secret_section(name: str) -> bool:
    """Return whether all values below a section of this name are secrets.

    Examples
    --------
    >>> is_secret_section("Credentials"), is_secret_section("tokenize")
    (True, False)
    """
    return hyphenated(name).lower().removesuffix("s").endswith(SECRET_WORDS)


def masked(key: str, value: Any) -> Any:
    """Return `value` with a mask in place of each secret, by the names of the keys."""
    if isinstance(value, Mapping):
        return {name: masked(f"{key}.{name}", inner) for name, inner in value.items()}
    hidden = is_secret(key) or any(map(is_secret_section, key.split(".")))
    if hidden and value not in (None, ""):
        return MASK
    if isinstance(value, (list, tuple)):
        return [masked(key, inner) for inner in value]
    return value
