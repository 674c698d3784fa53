"""``restore``: restore a file from a backup."""

from __future__ import annotations

import click

from ...core.errors import UnknownKeyError
from ...core.origins import tilde
from ...report.layout import Line, table
from ...storage import atomic_write
from ..terminal import print_lines


@click.command(short_help="Undo the last edit, or restore a backup.")
@click.argument("backup", required=False)
@click.option("--list", "listed", is_flag=True, help="List the backups, newest first.")
def restore(backup: str | None, listed: bool) -> None:
    """Undo the last edit of a file. A second `restore` redoes this edit.

    BACKUP restores another backup: its number or name in the list. With the path or name of a file,
    the last edit of this file is undone.

    \b
    Examples:
      dask-backend-config restore
      dask-backend-config restore --list
      dask-backend-config restore 42
      dask-backend-config restore jobqueue.yaml
    """
    found = None if backup is None else atomic_write.chosen(backup)
    if found == []:
        hint = "To list the backups, run: dask-backend-config restore --list"
        raise UnknownKeyError(f"no backup has the number or name {backup!r}", hint=hint)
    if not listed:
        done = atomic_write.restore(found)
        which = "" if found is None else f" from backup {done.number}, {_time(done)}"
        click.echo(f"restored {tilde(done.original)}{which}")
        return
    rows: list[Line] = [
        [(f"{copy.number:3}  {_time(copy)}  {tilde(copy.original)}", ""), (tilde(copy.path), "dim")]
        for copy in (atomic_write.backups() if found is None else found)
    ]
    print_lines(lambda width: table(rows, width))


def _time(backup: atomic_write.Backup) -> str:
    return f"{backup.time:%Y-%m-%d %H:%M:%S} UTC"
