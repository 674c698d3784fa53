"""``restore``: the last backup back."""

from __future__ import annotations

import click

from .. import files
from ..origins import tilde


@click.command()
@click.option("--list", "listed", is_flag=True, help="List the backups, newest first.")
def restore(listed: bool) -> None:
    """Bring back the file that the last edit changed; again brings the edit back.

    \b
    Example:
      dask-backend-config restore --list
    """
    if not listed:
        click.echo(f"restored {tilde(files.restore().original)}")
        return
    for backup in files.backups():
        click.echo(
            f"{backup.time:%Y-%m-%d %H:%M:%S}  {tilde(backup.original)}  {tilde(backup.path)}"
        )
