"""``restore``: the last backup back."""

from __future__ import annotations

from collections.abc import Iterator

import click

from ...core.origins import tilde
from ...report.findings_text import Line
from ...storage import atomic_write
from ..terminal import print_lines


@click.command(short_help="Bring back what the last edit changed.")
@click.option("--list", "listed", is_flag=True, help="List the backups, newest first.")
def restore(listed: bool) -> None:
    """Bring back the file that the last edit changed; again brings the edit back.

    \b
    Example:
      dask-backend-config restore --list
    """
    if not listed:
        click.echo(f"restored {tilde(atomic_write.restore().original)}")
        return
    found = [
        (f"{backup.time:%Y-%m-%d %H:%M:%S}", tilde(backup.original), tilde(backup.path))
        for backup in atomic_write.backups()
    ]
    print_lines(lambda width: _table(found, width))


def _table(rows: list[tuple[str, str, str]], width: int) -> Iterator[Line]:
    """When, which file, and where its backup lies; below each other where lines are too short."""
    name_width = max((len(name) for _, name, _ in rows), default=0)
    lines = [f"{time}  {name:<{name_width}}  {backup}" for time, name, backup in rows]
    if max(map(len, lines), default=0) <= width:
        yield from ([(line, "")] for line in lines)
        return
    for time, name, backup in rows:
        yield [(time, "place")]
        yield [(f"  {name}", "")]
        yield [(f"  {backup}", "dim")]
