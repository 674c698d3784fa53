"""The options ``--python`` and ``--snapshot``: which process a command is about."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ..core.errors import ConfigSourceError
from ..core.origins import tilde
from .terminal import STANDARD_INPUT

if TYPE_CHECKING:
    from ..config.snapshots import Snapshot

python_option = click.option(
    "--python",
    metavar="PATH",
    type=click.Path(),
    help="Answer for a new process of another interpreter, or of the environment in a folder. This"
    " package need not be installed there.",
)


def process_options(command: Callable[..., object]) -> Callable[..., object]:
    """Add ``--python`` and ``--snapshot`` to a command, which gets the argument ``process``.

    It is the snapshot that they name; None for a new process of this interpreter. Until the command
    ends, the known keys are those of the snapshot's packages.
    """
    file = click.option(
        "--snapshot",
        "file",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        help="Answer for a saved snapshot, or for standard input if FILE is -.",
    )

    @functools.wraps(command)
    def with_process(
        *arguments: object, python: str | None, file: str | None, **others: object
    ) -> object:
        return command(*arguments, process=_process(python, file), **others)

    return python_option(file(with_process))


def named_process(text: str) -> list[Snapshot]:
    """Return the snapshots of the process that an argument names; several for a cluster.

    Parameters
    ----------
    text : str
        ``.`` for a new process of this interpreter, ``-`` for a snapshot from standard input, a
        path as of `snapshot_at`, or the address or scheduler file of a cluster.

    Raises
    ------
    ConfigSourceError
        If there is no such process, or its dask is missing or too old.
    """
    from ..config import interpreter  # slow to import, as what it imports

    if text == ".":
        return [interpreter.snapshot_of_new_process()]
    if text == STANDARD_INPUT:
        return [_saved(text)]
    if "://" in text or _is_scheduler_file(text):
        return _processes_of_cluster(text)
    return [interpreter.snapshot_at(text)]


def _processes_of_cluster(address: str) -> list[Snapshot]:
    raise click.UsageError(f"{address} is a cluster: name a snapshot or an interpreter.")


def _is_scheduler_file(path: str) -> bool:
    """Return whether a file was written by ``dask scheduler --scheduler-file``."""
    if not os.path.isfile(path):  # a pipe can be read only once
        return False
    try:
        with open(path, encoding="utf-8") as file:
            if file.read(1) != "{":
                return False
            data = json.loads("{" + file.read())
    except (OSError, ValueError):
        return False
    return "address" in data and "format" not in data


def _process(python: str | None, file: str | None) -> Snapshot | None:
    if python and file:
        raise click.UsageError("Use either --python or --snapshot.")
    if python is None and file is None:
        return None
    from ..config import interpreter  # slow to import, as what it imports

    found = interpreter.snapshot(python) if python else _saved(file or "")
    click.get_current_context().with_resource(found.in_use())
    return found


def _saved(file: str) -> Snapshot:
    from ..config.snapshots import read_snapshot

    if file == STANDARD_INPUT:
        return read_snapshot(sys.stdin.read(), "standard input")
    try:
        with open(file, encoding="utf-8") as stream:
            return read_snapshot(stream.read(), tilde(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigSourceError(f"{tilde(file)} cannot be read: {reason}") from None
