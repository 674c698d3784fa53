"""Refuse to write a result into a file that dask reads."""

from __future__ import annotations

import os

from ..config.search_path import is_config_name
from ..config.sources import Sources
from ..core.errors import WriteError
from ..core.origins import Origin
from .terminal import STANDARD_OUTPUT


def refuse_if_read(output: str | None, sources: Sources, hint: str) -> None:
    """Raise if dask reads a file, or would, before a command does anything else.

    Parameters
    ----------
    output : str or None
        The file; nothing is checked for None and `STANDARD_OUTPUT`.
    sources : Sources
        The configuration that dask reads.
    hint : str
        What to do instead.

    Raises
    ------
    WriteError
        If dask reads the file, or would.
    """
    if output is None or output == STANDARD_OUTPUT:
        return
    real = os.path.realpath(output)
    read = {os.path.realpath(file.path) for file in sources.files}
    folders = map(os.path.realpath, sources.paths)
    if real in read or (is_config_name(real) and os.path.dirname(real) in folders):
        origin = Origin("file", path=output)
        raise WriteError("not written: dask reads this file", hint=hint, origin=origin)
