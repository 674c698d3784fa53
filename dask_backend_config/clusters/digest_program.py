"""Tell processes with different configurations apart; the source of this runs in each of them.

It must run with Python 3.8 and later, and import nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from ..config.search_path import config_files

_PACKAGES = ("dask", "distributed")
#: As in `config.snapshot_program`.
_OF_A_NANNY = ("DASK_PARENT", "parent")


def configuration_digest(salt: str) -> str:
    """Return a hash of all that decides the configuration of this process.

    Nobody but the one who chose the salt can learn anything about a secret from it.
    """
    digest = hashlib.sha256(salt.encode())
    for part in _parts():
        digest.update(part if isinstance(part, bytes) else repr(part).encode(errors="replace"))
    return digest.hexdigest()


def _parts() -> Iterator[Any]:
    yield sys.version, sys.prefix, os.environ.get("HOME")
    yield [getattr(sys.modules.get(name), "__version__", None) for name in _PACKAGES]
    variables = (item for item in os.environ.items() if item[0] not in _OF_A_NANNY)
    yield sorted(item for item in variables if item[0].upper().startswith("DASK"))
    config = sys.modules.get("dask.config")
    if config is None:
        return
    yield {name: value for name, value in config.config.items() if name not in _OF_A_NANNY}
    yield config.defaults, config.deprecations, config.paths
    for path in config_files(config.paths):
        yield path
        try:
            with open(path, "rb") as file:
                yield file.read()
        except OSError as error:
            yield error.errno
