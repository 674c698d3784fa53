"""Tell processes with different configurations apart; the source of this runs in each of them.

It is short, because each process compiles it. It must run with Python 3.8 and later.
"""

from __future__ import annotations

import hashlib
import os
import sys
from typing import Any

#: As in `config.snapshot_program`.
_OF_A_NANNY = ("DASK_PARENT", "parent")
_ENDINGS = (".json", ".yaml", ".yml")


def configuration_digest(salt: str) -> str:
    """Return a hash of what decides the configuration of this process.

    Only who chose the salt can learn anything about a secret from it.
    """
    config = sys.modules["dask.config"]
    variables = {name: text for name, text in os.environ.items() if name[:4].upper() == "DASK"}
    values = dict(config.config)
    for found, name in zip((variables, values), _OF_A_NANNY):  # noqa: B905 - not in Python 3.8
        found.pop(name, None)
    versions = [
        getattr(sys.modules.get(name), "__version__", 0) for name in ("dask", "distributed")
    ]
    parts: list[Any] = [salt, sys.version, sys.prefix, os.environ.get("HOME"), versions]
    parts += [sorted(variables.items()), values, config.deprecations, config.paths]
    parts.append([list(tree) for tree in config.defaults])  # whose defaults, in which order
    for path in config.paths:
        folder = (
            sorted(os.listdir(path)) if os.access(path, os.R_OK) and os.path.isdir(path) else []
        )
        for file in [os.path.join(path, name) for name in folder] or [path]:
            if file == path or file.lower().endswith(_ENDINGS):
                parts += [file, _content(file)]
    return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()


def _content(file: str) -> Any:
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError as error:
        return error.errno
