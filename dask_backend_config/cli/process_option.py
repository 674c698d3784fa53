"""The options ``--python``, ``--snapshot`` and ``--cluster``: which process a command is about."""

from __future__ import annotations

import functools
import json
import os
import sys
from typing import TYPE_CHECKING

import click

from ..core.errors import ConfigSourceError
from ..core.origins import tilde
from .cluster_option import Command, Connection, cluster_options
from .terminal import STANDARD_INPUT

if TYPE_CHECKING:
    from ..clusters.processes import Cluster
    from ..config.snapshots import Snapshot

python_option = click.option(
    "--python",
    metavar="PATH",
    type=click.Path(),
    help="Answer for a new process of another interpreter, or of the environment in a folder. This"
    " package need not be installed there. With --cluster: for this client.",
)


def process_options(command: Command) -> Command:
    """Add the options to a command, which gets the arguments ``process`` and ``cluster``.

    `process` is the snapshot that they name; None for a new process of this interpreter. Until the
    command ends, the known keys are those of the snapshot's packages. `cluster` is a running
    cluster or the snapshot of one, else None.
    """
    file_option = click.option(
        "--snapshot",
        "file",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        help="Answer for a saved snapshot, or for standard input if FILE is -.",
    )

    @functools.wraps(command)
    def with_process(
        *arguments: object,
        python: str | None,
        cluster: Cluster | None,
        file: str | None,
        **others: object,
    ) -> object:
        if file and python:
            raise click.UsageError("Use either --python or --snapshot.")
        process = None
        if cluster is None and (python or file):
            process, cluster = _process(python, file)
        return command(*arguments, process=process, cluster=cluster, **others)

    return python_option(file_option(cluster_options(with_process)))


def named_process(text: str, connection: Connection) -> list[Snapshot]:
    """Return the snapshots of the process that an argument names; several for a cluster.

    Parameters
    ----------
    text : str
        ``.`` for a new process of this interpreter, ``-`` for a snapshot from standard input, a
        path as of `snapshot_at`, or the address or scheduler file of a cluster.
    connection : Connection
        For a cluster.

    Raises
    ------
    ConfigSourceError, BackendError
        If there is no such process, its dask is missing or too old, or it does not answer.
    """
    from ..clusters.processes import Cluster
    from ..clusters.question import read_cluster
    from ..config import interpreter  # slow to import, as what it imports

    if text == ".":
        return [interpreter.snapshot_of_new_process()]
    if text == STANDARD_INPUT:
        found = _saved(text)
    elif "://" in text or _is_scheduler_file(text):
        found = connection.ask(text)
    else:
        found = interpreter.snapshot_at(text, read_cluster)
    return found.running() if isinstance(found, Cluster) else [found]


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


def _process(python: str | None, file: str | None) -> tuple[Snapshot | None, Cluster | None]:
    from ..clusters.processes import Cluster
    from ..config import interpreter  # slow to import, as what it imports

    found = interpreter.snapshot(python) if python else _saved(file or "")
    if isinstance(found, Cluster):
        return None, found
    click.get_current_context().with_resource(found.in_use())
    return found, None


def _saved(file: str) -> Snapshot | Cluster:
    from ..clusters.question import read_cluster

    if file == STANDARD_INPUT:
        return read_cluster(sys.stdin.read(), "standard input")
    try:
        with open(file, encoding="utf-8") as stream:
            return read_cluster(stream.read(), tilde(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigSourceError(f"{tilde(file)} cannot be read: {reason}") from None
