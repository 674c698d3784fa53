"""The effect of keys of dask, distributed and dask-jobqueue with a backend of this package."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from ..core.keys import hyphenated, join_path
from . import backend_schema, dask_keys

#: How the field ``under-backends`` begins if no backend uses a key.
_WITHOUT_EFFECT = "without effect"


def with_backends(key: str) -> str | None:
    """Return what becomes of a key with a backend, None if the same as without one.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``.

    Examples
    --------
    >>> with_backends("jobqueue.slurm.queue")
    'used, unless backends.slurm.queue-name or backends.jobqueue.queue-name is set'
    """
    names = tuple(hyphenated(key).split("."))
    if names[0] == backend_schema.ROOT:
        return None
    better = _better_keys().get(join_path(names), ())
    own = f"used, unless {' or '.join(better)} is set" if better else None
    stated = _stated(names)
    parts = [text for text in (own, stated) if text and text != "used"]
    return "; ".join(parts) or None


def replacement(key: str) -> str | None:
    """Return the key of a backend that comes before a key of dask-jobqueue, None if none does.

    Examples
    --------
    >>> replacement("jobqueue.slurm.queue")
    'backends.slurm.queue-name'
    """
    return _better_keys().get(hyphenated(key), (None,))[0]


@functools.cache
def keys_without_effect() -> tuple[str, ...]:
    """Return the keys that no backend uses; those of dask-jobqueue for each job queue."""
    listed = dask_keys.keys_with("under-backends")
    keys = [key.replace("*", queue) for key in listed for queue in queues()]
    return tuple(key for key in dict.fromkeys(keys) if has_no_effect(key, "x"))


def has_no_effect(key: str, value: Any) -> bool:
    """Return whether no backend uses a key, and `value` is not what a backend does anyway."""
    entry = dask_keys.entry(tuple(hyphenated(key).split(".")))
    is_used = not entry.get("under-backends", "").startswith(_WITHOUT_EFFECT)
    return not is_used and value not in (None, *entry.get("same-under-backends", ()))


def is_listed(key: str) -> bool:
    """Return whether the table has an entry for a key or a section above it."""
    names = tuple(hyphenated(key).split("."))
    return join_path(names) in _better_keys() or _stated(names) is not None


def queues() -> tuple[str, ...]:
    """Return the names of the sections of job queues below ``backends``."""
    sections: Mapping[str, Any] = (backend_schema.node(backend_schema.ROOT) or {})["properties"]
    return tuple(name for name, node in sections.items() if "extends" in node)


def _stated(names: tuple[str, ...]) -> str | None:
    """Return the field ``under-backends`` of a key or of the nearest section above it."""
    if names[0] == "jobqueue" and len(names) > 1 and names[1] not in queues():
        return f"{_WITHOUT_EFFECT}: only clusters of dask-jobqueue read this section"
    if text := dask_keys.entry(names).get("under-backends"):
        return str(text)
    found = dask_keys.inherited(join_path(names), "under-backends")
    return None if found is None else str(found)


@functools.cache
def _better_keys() -> Mapping[str, tuple[str, ...]]:
    """Return key -> the keys of a backend that come before it."""
    found: dict[str, tuple[str, ...]] = {}
    for queue in queues():
        for section, name in _options(queue):
            key = f"{backend_schema.ROOT}.{queue}.{name}"
            general = key.replace(f".{queue}.", ".<type>.", 1)
            shared = f"{backend_schema.ROOT}.jobqueue.{name}"
            is_shared = section == "jobqueue"
            for theirs in backend_schema.fallbacks(key):
                if theirs.startswith("jobqueue."):
                    found[theirs] = (key, shared) if is_shared else (key,)
            if other := backend_schema.default_from(key):
                mine = key if other.startswith("jobqueue.") else general
                found[hyphenated(other)] = (mine, shared)
    return found


def _options(queue: str) -> Iterator[tuple[str, str]]:
    """Yield section and name of each option of a job queue."""
    for section in ("jobqueue", queue):
        prefix = f"{backend_schema.ROOT}.{section}"
        for key in backend_schema.keys(prefix):
            yield section, key.removeprefix(f"{prefix}.")
