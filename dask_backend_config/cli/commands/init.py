"""``init``: write a commented backends.yaml."""

from __future__ import annotations

import os
import textwrap

import click

from ...catalogue import backend_schema, shipped
from ...config.search_path import user_folder
from ...config.target_file import FILES, file_in, is_for_all
from ...core.errors import EditError
from ...core.origins import tilde
from ...storage import atomic_write


@click.command(short_help="Write a commented backends.yaml.")
@click.option(
    "--file", "path", metavar="PATH", type=click.Path(), help="The file to write, or its folder."
)
@click.option("--dry-run", is_flag=True, help="Print the file and write nothing.")
def init(path: str | None, dry_run: bool) -> None:
    """Write a backends.yaml in which every key is a comment, with its default and an explanation.

    The file is written to your dask configuration folder. An existing file is not changed. To
    change a key in the new file, use the command `set`: it uncomments the key.

    \b
    Example:
      dask-backend-config init
    """
    file = file_in(path, (backend_schema.ROOT,)) if path else _default_file()
    # As ``dask.config.ensure_file`` does it.
    text = textwrap.indent(
        shipped.text(shipped.BACKENDS), "# ", lambda line: bool(line.strip()) and line[0] != "#"
    )
    if dry_run:
        click.echo(text, nl=False)
        return
    snapshot = atomic_write.read(file)
    if snapshot.data is not None:
        raise EditError(f"not written: {tilde(file)} exists", hint="Use --file to write another")
    atomic_write.write(snapshot, text, for_all=is_for_all(file, os.environ))
    click.echo(f"wrote {tilde(file)}")


def _default_file() -> str:
    """Return a path in the folder that DASK_CONFIG names, or in the user's folder."""
    named = os.environ.get("DASK_CONFIG", "")
    is_folder = named and (os.path.isdir(named) or not os.path.splitext(named)[1])
    return os.path.join(named if is_folder else user_folder(), FILES[shipped.OURS])
