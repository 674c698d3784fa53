"""``snapshot``: print everything that decides a process's configuration."""

from __future__ import annotations

import click

from ...config import interpreter
from ...core.origins import tilde
from ...storage.files import replace_private
from ..process_option import python_option
from ..terminal import STANDARD_OUTPUT


@click.command(short_help="Save everything that decides the configuration.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(allow_dash=True),
    default=STANDARD_OUTPUT,
    help="Write to FILE, readable only by you.  [default: print it]",
)
@python_option
def snapshot(output: str, python: str | None) -> None:
    """Print one JSON with all that decides dask's configuration, secrets masked.

    It holds the versions, the variables of dask, the search path, the files there, and the defaults
    and renamed keys of the installed packages. `doctor`, `show` and `explain` read it with
    --snapshot, on any machine, and `diff` compares two of them.

    \b
    Examples:
      dask-backend-config snapshot --output today.json
      dask-backend-config snapshot --python ~/miniforge3/envs/analysis
      ssh login dask-backend-config snapshot > login.json
    """
    found = interpreter.snapshot(python) if python else interpreter.snapshot_of_new_process()
    text = found.as_json()
    if output == STANDARD_OUTPUT:
        click.echo(text)
    else:
        replace_private(output, f"{text}\n")
        click.echo(f"wrote {tilde(output)}", err=True)
