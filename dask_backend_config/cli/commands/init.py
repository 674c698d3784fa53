"""``init``: a commented backends.yaml to begin with."""

from __future__ import annotations

import os

import click

from ...catalogue import backend_schema, shipped
from ...config.search_path import user_folder
from ...config.target_file import FILES, file_in, is_for_all
from ...core.errors import EditError
from ...core.origins import tilde
from ...storage import atomic_write


@click.command(short_help="Write a commented backends.yaml to begin with.")
@click.option("--file", "path", metavar="PATH", type=click.Path(), help="Where to write it.")
@click.option("--dry-run", is_flag=True, help="Print it and write nothing.")
def init(path: str | None, dry_run: bool) -> None:
    """Write a commented backends.yaml where dask reads it, never over an existing file.

    Every key stands there with its default and a comment; `set` uncomments what it changes.

    \b
    Example:
      dask-backend-config init
    """
    file = file_in(path, (backend_schema.ROOT,)) if path else _place()
    text = commented(shipped.text(shipped.BACKENDS))
    if dry_run:
        click.echo(text, nl=False)
        return
    snapshot = atomic_write.read(file)
    if snapshot.data is not None:
        raise EditError(f"{tilde(file)} exists and is left as it is", hint="--file names another")
    atomic_write.write(snapshot, text, for_all=is_for_all(file, os.environ))
    click.echo(f"wrote {tilde(file)}")


def _place() -> str:
    """In the folder that DASK_CONFIG names, beside the file that it names, or in the user's."""
    named = os.environ.get("DASK_CONFIG", "")
    if named and (os.path.isdir(named) or not os.path.splitext(named)[1]):
        return os.path.join(named, FILES[shipped.OURS])
    return os.path.join(user_folder(), FILES[shipped.OURS])


def commented(text: str) -> str:
    """A template of a YAML file, made as ``dask.config.ensure_file`` makes it."""
    lines = text.splitlines(keepends=True)
    return "".join(
        f"# {line}" if line.strip() and not line.startswith("#") else line for line in lines
    )
