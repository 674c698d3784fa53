"""``explain``: all that is known of one key."""

from __future__ import annotations

import click

from ...config.explain import Section, explanation, explanation_as_json, section_as_json
from ...config.explain import section as section_of
from ...report import findings_text, values_text
from ..completion.callbacks import complete_key
from ..reading import resolution
from ..terminal import format_option, print_lines


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
    section = section_of(found, key)
    if section is not None:
        _print_section(section, form)
        return
    explained = explanation(found, key)
    if form == "json":
        click.echo(findings_text.as_json(explanation_as_json(explained)))
    else:
        print_lines(lambda width: values_text.explanation_as_lines(explained, width))


def _print_section(section: Section, form: str) -> None:
    if form == "json":
        click.echo(findings_text.as_json(section_as_json(section)))
    else:
        print_lines(lambda width: values_text.section_as_lines(section, width))
