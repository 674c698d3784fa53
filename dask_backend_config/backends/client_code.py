"""Worker plugin: modules beside the client's script, and functions of the script itself."""

from __future__ import annotations

import os
import sys
from typing import Any

from distributed import WorkerPlugin

from .main_by_value import pickle_main_by_value


class ClientCodePlugin(WorkerPlugin):
    """Lets a worker import modules beside the script, and its tasks use functions of the script.

    Parameters
    ----------
    folder : str
        Absolute path of the script's folder.
    """

    name = "dask-backend-config-client-code"
    idempotent = True

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def setup(self, worker: Any) -> None:
        """Add the folder to ``sys.path`` if it exists on the worker's host."""
        if self._folder not in sys.path and os.path.isdir(self._folder):
            sys.path.insert(1, self._folder)  # behind the worker's own program
        pickle_main_by_value()


def script_folder() -> str:
    """Return the folder from which the client's script imports modules beside it.

    In an interactive Python, a notebook or ``python -m``, it is the working directory.
    """
    first = sys.path[0] if sys.path else ""
    return os.path.abspath(first)
