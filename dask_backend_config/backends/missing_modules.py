"""The error of a task whose module a worker does not have, with what to do about it."""

from __future__ import annotations

import importlib.util
import socket


def with_remedy(error: Exception) -> Exception:
    """Return the error of unpickling a task; for a missing module, one that tells what to do."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return error
    package = error.name.partition(".")[0]
    remedy = (
        "install it for the Python of the workers, put it beside the script, or load it in "
        "setup-script-commands"
    )
    if package != error.name and importlib.util.find_spec(package) is not None:
        remedy = f"the worker has another version of {package} than the client"
    message = f"{error} on {socket.gethostname()}, where the task runs ({remedy})"
    found = ModuleNotFoundError(message, name=error.name, path=error.path)
    return found.with_traceback(error.__traceback__)
