"""``explain``: all that is known of one key."""

from __future__ import annotations

import click

from .. import explanations, report, value_lines
from .completing import complete_key
from .output import format_option, print_lines
from .reading import resolution


@click.command(short_help="Explain a key: its layers, its meaning, its readers.")
@click.argument("key", shell_complete=complete_key)
@format_option("text", "json")
def explain(key: str, form: str) -> None:
    """Explain KEY: its value, every layer that says one, its meaning, and who reads it.

    KEY may be the variable of a key. Of a section, its keys are listed.

    \b
    Examples:
      dask-backend-config explain distributed.comm.timeouts.connect
      dask-backend-config explain DASK_DISTRIBUTED__WORKER__DAEMON
      dask-backend-config explain distributed.comm
    """
    found, key = resolution(), key.removesuffix(".")
    section = explanations.section(found, key)
    if section is not None:
        _print_section(section, form)
        return
    explained = explanations.explanation(found, key)
    if form == "json":
        click.echo(report.as_json(explanations.explanation_as_json(explained)))
    else:
        print_lines(lambda width: value_lines.explanation_as_lines(explained, width))


def _print_section(section: explanations.Section, form: str) -> None:
    if form == "json":
        click.echo(report.as_json(explanations.section_as_json(section)))
    else:
        print_lines(lambda width: value_lines.section_as_lines(section, width))
