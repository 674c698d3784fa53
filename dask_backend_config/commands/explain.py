"""``explain``: all that is known of one key."""

from __future__ import annotations

import click

from .. import explanations, report
from .output import format_option, print_lines
from .reading import resolution


@click.command()
@click.argument("key")
@format_option("text", "json")
def explain(key: str, form: str) -> None:
    """Explain KEY: its value, every layer that says one, its meaning, and who reads it.

    \b
    Example:
      dask-backend-config explain distributed.comm.timeouts.connect
    """
    found = explanations.explanation(resolution(), key)
    if form == "json":
        click.echo(report.as_json(explanations.explanation_as_json(found)))
    else:
        print_lines(lambda width: report.explanation_as_lines(found, width))
