"""``schema``: print a JSON Schema of all known keys, for editors."""

from __future__ import annotations

import json

import click

from ...catalogue.json_schema import json_schema
from ...catalogue.known_keys import catalogue
from ...config import resolve
from ...core.origins import tilde
from ...storage.files import replace_file
from ..output_file import refuse_if_read
from ..terminal import STANDARD_OUTPUT


@click.command(short_help="Print a JSON Schema of all keys, for editors.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(allow_dash=True),  # shells then complete file names
    help="Write to FILE, or to stdout if it is -.  [default: -]",
)
def schema(output: str | None) -> None:
    """Print a JSON Schema (2020-12) of all known keys, for editors and other programs.

    It contains the keys of dask, distributed, dask-jobqueue, this package, and other installed
    packages that have defaults, with their descriptions, types and defaults. Old names are
    deprecated.

    \b
    Example:
      dask-backend-config schema --output ~/.local/share/dask-schema.json
    """
    refuse_if_read(output, resolve.gather(), "Choose another folder")
    text = json.dumps(json_schema(catalogue()), indent=1, allow_nan=False) + "\n"
    if output is None or output == STANDARD_OUTPUT:
        click.echo(text, nl=False)
    else:
        replace_file(output, text)
        click.echo(f"wrote {tilde(output)}", err=True)
