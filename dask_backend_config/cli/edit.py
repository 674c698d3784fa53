"""Write an edit of a file or print its diff, and report its effect."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable

import click

from ..catalogue.known_keys import MISSING
from ..config.target_file import is_for_all, spelled
from ..core.errors import ConfigValueError, EditError, FileChangedError
from ..core.keys import join_path, key_named
from ..core.origins import tilde
from ..core.secrets import is_secret, masked
from ..core.strings import shown
from ..doctor.edit_plan import EditPlan
from ..storage import atomic_write

#: Seconds for which an edit is planned again because other programs change the file.
PATIENCE = 10

file_option = click.option(
    "--file",
    "path",
    metavar="PATH",
    type=click.Path(),
    help="The file to edit, or its folder.  [default: the file where the edit takes effect]",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Print a unified diff and write nothing."
)


create_option = click.option(
    "--create",
    is_flag=True,
    help="With --file: create the file even if dask would not read it there.",
)


def key_path(key: str) -> tuple[str, ...]:
    """Return a dotted key or the key of a variable as a path, spelled as in the defaults.

    Raises
    ------
    ConfigValueError
        If a part of the key is empty.
    """
    path = tuple(key_named(key).split("."))
    if not all(path):
        raise ConfigValueError(f"{key!r} is not a key", hint="Join names with single dots")
    return spelled(path)


def carry_out(make_plan: Callable[[], EditPlan], dry_run: bool) -> EditPlan:
    """Write a plan and report it, or print its diff.

    If another program changes the file in between, the edit is planned again.

    Raises
    ------
    FileChangedError
        If that continues for `PATIENCE` seconds.
    """
    limit = time.monotonic() + PATIENCE
    while True:
        planned = make_plan()
        if dry_run:
            from ..report.diff import masked_diff  # its patterns take milliseconds to compile

            click.echo(masked_diff(planned), nl=False)
            return planned
        snapshot = planned.snapshot
        # A secret is written with the permissions of the umask.
        secret = any(is_secret(join_path(edit.path)) for edit in planned.edits)
        for_all = is_for_all(snapshot.real, os.environ)
        try:
            atomic_write.write(snapshot, planned.text, for_all=for_all and not secret)
        except FileChangedError:
            if time.monotonic() > limit:
                raise
            continue
        name = tilde(snapshot.path)
        click.echo(f"wrote {name}" if planned.changes else f"{name}: already set; nothing changed")
        if for_all:
            _warn_if_not_readable_by_all(snapshot.real)
        return planned


def refuse_misspelt_file(planned: EditPlan, create: bool) -> EditPlan:
    """Return a plan; raise if it would create a file that dask does not read, without `create`.

    Raises
    ------
    EditError
    """
    if planned.snapshot.data is None and not create and not planned.is_on_search_path():
        message = f"not written: {tilde(planned.snapshot.path)} does not exist"
        hint = "dask would not read it there. Use --create to create it anyway"
        raise EditError(message, hint=hint)
    return planned


def report_changes(planned: EditPlan, dry_run: bool) -> None:
    """Print each changed key with its old and new value in the file."""
    for key, *values in planned.changed_values():
        old, new = (
            "not set" if value is MISSING else shown(masked(key, value)) for value in values
        )
        click.echo(f"  {key}: {old} -> {new}", err=dry_run)


def _warn_if_not_readable_by_all(path: str) -> None:
    for place, needed in ((os.path.dirname(path), "755"), (path, "644")):
        bits = int(needed, 8) & stat.S_IRWXO
        if os.stat(place).st_mode & bits != bits:
            note = f"note: not all users can read {place}. Run: chmod {needed} {place}"
            click.echo(note, err=True)


def report_effect(planned: EditPlan) -> bool:
    """Print on standard error why the edit has no effect; return whether it has one."""
    if not planned.is_on_search_path():
        name = tilde(planned.snapshot.path)
        click.echo(f"note: dask does not read {name}. Name it in DASK_CONFIG, or move it", err=True)
        return True
    overridden = planned.overridden()
    for other in overridden:
        value = shown(masked(other.key, other.value))
        click.echo(
            f"warning: no effect: {other.origin} still sets {other.key} to {value}", err=True
        )
    return not overridden
