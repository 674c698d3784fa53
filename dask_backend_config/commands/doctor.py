"""``doctor``: what is wrong, where, and what to write instead."""

from __future__ import annotations

import click

from .. import report
from ..doctor import examine
from ..facts import gather_facts
from .output import format_option, print_lines


def _ids(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace(",", " ").split())


@click.command()
@click.option("--select", default="", callback=_ids, help="Run only these checks: ID,ID.")
@click.option("--ignore", default="", callback=_ids, help="Leave these checks out: ID,ID.")
@click.option("--strict", is_flag=True, help="Exit 1 for remarks (info) too.")
@format_option("text", "json")
@click.pass_context
def doctor(
    context: click.Context,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    form: str,
) -> None:
    """Find what is wrong in the files and variables that configure dask.

    It works where a broken file keeps dask from being imported, and writes nothing. Exit status:
    0 without errors and warnings, 1 with any.

    \b
    Examples:
      dask-backend-config doctor
      dask-backend-config doctor --ignore shadowed-value --format json
    """
    facts = gather_facts()
    findings = examine(facts, select, ignore)
    if form == "json":
        click.echo(report.as_json(report.findings_as_json(findings, facts, None)))
    else:
        print_lines(lambda width: report.findings_as_lines(findings, facts, width))
    serious = [finding for finding in findings if strict or finding.severity != "info"]
    context.exit(1 if serious else 0)
