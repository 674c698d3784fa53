"""The option ``--output``: write a report to a file, but not to one that dask reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import click

from ..config.search_path import is_config_name
from ..config.sources import Sources
from ..core.errors import WriteError
from ..core.origins import Origin, tilde
from ..storage.files import replace_private
from .terminal import STANDARD_OUTPUT


def output_option(*formats: str) -> Callable[..., Callable[..., object]]:
    """Return the option ``--output`` of a command with these formats for files."""
    return click.option(
        "--output",
        metavar="FILE",
        type=click.Path(allow_dash=True),  # shells then complete file names
        help=f"With --format {' or '.join(formats)}: write to FILE, readable only by you, or to"
        " stdout if it is -.",
    )


def check_output(form: str, output: str | None, sources: Sources, formats: Sequence[str]) -> None:
    """Raise if a report cannot go to `output`, before a command does anything else.

    Parameters
    ----------
    form : str
        The format of the report.
    output : str or None
        The file.
    sources : Sources
        The configuration that dask reads.
    formats : sequence of str
        The formats for files.

    Raises
    ------
    click.UsageError
        If `output` is missing, or given with a format that is not for files.
    WriteError
        If dask reads the file, or would.
    """
    if output is not None and form not in formats:
        raise click.UsageError(f"Option '--output' requires --format {' or '.join(formats)}.")
    if form == "html" and output is None and sys.stdout.isatty():
        raise click.UsageError("--format html requires --output FILE, or --output - to print it.")
    refuse_if_read(output, sources, f"Use a name that ends in .{form}")


def write_report(output: str | None, text: str, summary: str) -> None:
    """Print a report, or write it into a file and print the summary."""
    if output is None or output == STANDARD_OUTPUT:
        click.echo(text.encode(), nl=False)
        return
    replace_private(output, text)
    click.echo(f"{summary}: see {tilde(output)}", err=True)


def refuse_if_read(output: str | None, sources: Sources, hint: str) -> None:
    """Raise if dask reads a file, or would, before a command does anything else.

    Parameters
    ----------
    output : str or None
        The file; nothing is checked for None and `STANDARD_OUTPUT`.
    sources : Sources
        The configuration that dask reads.
    hint : str
        What to do instead.

    Raises
    ------
    WriteError
        If dask reads the file, or would.
    """
    if output is None or output == STANDARD_OUTPUT:
        return
    real = os.path.realpath(output)
    read = {os.path.realpath(file.path) for file in sources.files}
    folders = map(os.path.realpath, sources.paths)
    if real in read or (is_config_name(real) and os.path.dirname(real) in folders):
        origin = Origin("file", path=output)
        raise WriteError("not written: dask reads this file", hint=hint, origin=origin)
