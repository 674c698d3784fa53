"""The options ``--python`` and ``--snapshot``: which process a command is about."""

from __future__ import annotations

import functools
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


def _process(python: str | None, file: str | None) -> Snapshot | None:
    if python and file:
        raise click.UsageError("Use either --python or --snapshot.")
    if python is None and file is None:
        return None
    from ..config import interpreter  # slow to import, as what it imports

    found = interpreter.snapshot(python) if python else _saved(file or "")
    click.get_current_context().with_resource(found.installation.in_use())
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
