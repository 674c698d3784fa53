"""``show``: effective values, each with its origin."""

from __future__ import annotations

import click

from .. import explanations, report
from .output import format_option, print_lines
from .reading import resolution


@click.command()
@click.argument("prefix", default="")
@format_option("text", "json", "yaml", "env")
def show(prefix: str, form: str) -> None:
    """Show the effective values at or below PREFIX, each with its origin.

    It is what a new Python process sees that imports dask, distributed and this package.

    \b
    Examples:
      dask-backend-config show distributed.worker
      dask-backend-config show backends --format env
    """
    found = explanations.values(resolution(), prefix)
    if form == "json":
        click.echo(report.as_json(explanations.values_as_json(found)))
    elif form == "yaml":
        click.echo(report.values_as_yaml(found), nl=False)
    elif form == "env":
        for line in report.values_as_variables(found):
            click.echo(line)
    else:
        print_lines(lambda width: report.values_as_lines(found, width))
