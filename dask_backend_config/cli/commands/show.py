"""``show``: effective values, each with its origin."""

from __future__ import annotations

import click

from ...config import explain
from ...report import findings_text, values_text
from ..completion.callbacks import complete_key
from ..reading import resolution
from ..terminal import format_option, print_lines


@click.command(short_help="Show the effective values, each with its origin.")
@click.argument("prefix", default="", shell_complete=complete_key)
@click.option("--diff", is_flag=True, help="Only what differs from the defaults, beside these.")
@format_option("text", "json", "yaml", "env")
def show(prefix: str, diff: bool, form: str) -> None:
    """Show the effective values at or below PREFIX, each with its origin.

    It is what a new Python process sees that imports dask, distributed and this package. PREFIX is
    a key, a section, or a variable of one; without it, all are shown.

    \b
    Examples:
      dask-backend-config show distributed.worker
      dask-backend-config show --diff
      dask-backend-config show backends --format env
    """
    found = explain.values(resolution(), prefix.removesuffix("."))
    if diff:
        found = found.differing()
    if form == "json":
        click.echo(findings_text.as_json(found.as_json(diff)))
    elif form == "yaml":
        click.echo(values_text.values_as_yaml(found), nl=False)
    elif form == "env":
        for line in values_text.values_as_variables(found):
            click.echo(line)
    else:
        as_lines = values_text.differences_as_lines if diff else values_text.values_as_lines
        print_lines(lambda width: as_lines(found, width))
    if not found:
        click.echo("nothing differs from the defaults", err=True)
