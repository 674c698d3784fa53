"""``restore``: undo the last edit of a file."""

from __future__ import annotations

import click

from ...core.origins import tilde
from ...report.layout import Line, table
from ...storage import atomic_write
from ..terminal import print_lines


@click.command(short_help="Undo the last edit.")
@click.option("--list", "listed", is_flag=True, help="List the backups, newest first.")
def restore(listed: bool) -> None:
    """Undo the last edit of a file. A second `restore` redoes this edit.

    \b
    Examples:
      dask-backend-config restore
      dask-backend-config restore --list
    """
    if not listed:
        click.echo(f"restored {tilde(atomic_write.restore().original)}")
        return
    rows: list[Line] = [
        [(f"{copy.time:%Y-%m-%d %H:%M:%S}  {tilde(copy.original)}", ""), (tilde(copy.path), "dim")]
        for copy in atomic_write.backups()
    ]
    print_lines(lambda width: table(rows, width))
