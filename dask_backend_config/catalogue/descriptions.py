"""What a key means, its type, and who reads it.

The words are the packages' own: the schemas that dask and distributed ship and never load, else
the comment beside the key in the default file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.keys import hyphenated, join_path
from ..yaml_edit.document import MappingEntry, parse
from . import backend_schema, shipped
from .catalogue import catalogue
from .dask_types import kind_of

#: Who reads a key and when, by the longest prefix (read in the sources of distributed 2026.8.0).
READERS = {
    "backends": "the process that makes the backend, when it is made",
    "distributed": "client, scheduler, nanny and worker, each its own configuration",
    "distributed.adaptive": "the process that holds the cluster object, when adapt() is called",
    "distributed.admin": "scheduler and worker, when they start",
    "distributed.client": "the client, when it is made",
    "distributed.comm": "client, scheduler, nanny and worker",
    "distributed.comm.timeouts.connect": (
        "client, scheduler, nanny and worker at each connection; the client's own when it is made"
    ),
    "distributed.comm.timeouts.tcp": "client, scheduler, nanny and worker at each TCP connection",
    "distributed.dashboard": "client and scheduler",
    "distributed.deploy": "the process that holds the cluster object",
    "distributed.deploy.lost-worker-timeout": (
        "the process that holds the cluster object, when a worker is lost"
    ),
    "distributed.logging": "client, scheduler, nanny and worker, when they import distributed",
    "distributed.nanny": "the nanny, when it starts a worker",
    "distributed.scheduler": "the scheduler, when it starts",
    "distributed.worker": "the worker, when it starts",
    "distributed.worker.daemon": "the nanny, each time it starts or restarts a worker",
    "distributed.worker.multiprocessing-method": "the nanny, each time it starts a worker",
    "jobqueue": "the process that makes the cluster object, when it is made",
}


#: Kinds of which a schema says more.
_VAGUE = ("anything", "choice", "section", "text", "word")


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a key beside its value.

    Attributes
    ----------
    text : str, optional
        What it means, several lines at most.
    type : str, optional
        Such as ``duration`` or ``boolean``; else as in a schema: ``string or null``.
    unit : str, optional
        What a number counts.
    read_by : str, optional
        Who reads it and when.
    """

    text: str | None = None
    type: str | None = None
    unit: str | None = None
    read_by: str | None = None


def describe(key: str) -> Description:
    """Describe a key; what nobody says of it is None.

    Parameters
    ----------
    key : str
        Dotted, with ``-`` or ``_``.
    """
    names = hyphenated(key).split(".")
    node = _schema_node(names) or {}
    text = node.get("description") or _comment(names)
    return Description(
        text=text.strip() if text else None,
        type=_type(names, node),
        unit=node.get("unit"),
        read_by=_reader(names),
    )


def _type(names: list[str], node: Mapping[str, Any]) -> str | None:
    """What the code that reads the key takes; the schemas of dask and distributed say less."""
    kind = kind_of(catalogue(), tuple(names))
    if kind is not None and kind.name not in _VAGUE:
        return kind.name
    types = node.get("type")
    return " or ".join(dict.fromkeys(types)) if isinstance(types, list) else types


def _schema_node(names: list[str]) -> Mapping[str, Any] | None:
    if names[0] == backend_schema.ROOT:
        return backend_schema.node(join_path(names))
    for entry in shipped.PACKAGES:
        node: Any = shipped.schema_of(entry) if _belongs(names, entry) else {}
        for name in names:
            node = (node.get("properties") or {}).get(name) if isinstance(node, Mapping) else None
        if isinstance(node, Mapping):
            return node
    return None


def _belongs(names: list[str], entry: shipped.Shipped) -> bool:
    return names[0] in map(hyphenated, shipped.known(entry))


def _comment(names: list[str]) -> str | None:
    """The comment behind the key in the file that ships its default."""
    for entry in shipped.PACKAGES:
        home = shipped.package_folder(entry.package)
        if home and _belongs(names, entry):
            text = (home / entry.defaults).read_text(encoding="utf-8")
            found = parse(text).entry(tuple(names))
            return _behind(text, found) if found else None
    return None


def _behind(text: str, entry: MappingEntry) -> str | None:
    line = text.splitlines()[entry.value.mark.line - 1]
    _, hash_sign, comment = line[entry.value.mark.column - 1 :].partition(" #")
    return comment.strip() if hash_sign else None


def _reader(names: list[str]) -> str | None:
    for length in range(len(names), 0, -1):
        if reader := READERS.get(join_path(names[:length])):
            return reader
    return None
