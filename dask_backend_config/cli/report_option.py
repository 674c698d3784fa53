"""The option ``--output`` of ``doctor``, and the report in each format."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from ..core.origins import tilde
from ..doctor.facts import Facts
from ..doctor.findings import Finding
from ..report import findings_text
from ..storage.files import replace_private
from .output_file import refuse_if_read
from .terminal import STANDARD_OUTPUT, as_json, print_lines

if TYPE_CHECKING:
    from ..doctor.cluster import ClusterExamination
    from ..doctor.live import Examination

#: The formats of reports that are written to a file.
_OF_FILES = ("html", "sarif")
output_option = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(allow_dash=True),  # shells then complete file names
    help="With --format html or sarif: write to FILE, readable only by you, or to stdout if it is"
    " -.",
)


def check_output(form: str, output: str | None, facts: Facts) -> None:
    """Raise if a report cannot go to `output`, before a command does anything else.

    Raises
    ------
    click.UsageError
        If `output` is missing, or given with a format that is not for files.
    WriteError
        If dask reads the file, or would.
    """
    if output is not None and form not in _OF_FILES:
        raise click.UsageError("Option '--output' requires --format html or sarif.")
    if form == "html" and output is None and sys.stdout.isatty():
        raise click.UsageError("--format html requires --output FILE, or --output - to print it.")
    refuse_if_read(output, facts.sources, f"Use a name that ends in .{form}")


def print_report(
    form: str,
    output: str | None,
    findings: Sequence[Finding],
    facts: Facts,
    live: Examination | None = None,
    failure: str = "",
) -> None:
    """Print a report, or what a live backend adds to the text that is printed already."""
    if form == "json":
        examined = live.as_json() if live else None
        click.echo(as_json(findings_text.findings_as_json(findings, facts, examined)))
    elif form == "github":
        from ..report.github import findings_as_annotations

        for line in findings_as_annotations(findings, facts, _checkout()):
            click.echo(line)
    elif form == "sarif":
        from ..report.sarif import findings_as_sarif

        log = as_json(findings_as_sarif(findings, facts, _checkout()))
        _write(output, f"{log}\n", findings_text.summary_line(findings, facts))
    elif form == "html":
        from ..report.html.report import report_as_html

        page = report_as_html(findings, facts, datetime.now(timezone.utc), live, failure)
        _write(output, page, findings_text.summary_line(findings, facts))
    elif live is not None:
        print_lines(functools.partial(findings_text.examination_as_lines, live))


def print_cluster_report(output: str | None, examined: ClusterExamination) -> None:
    """Print the page about a cluster."""
    from ..report.cluster_findings import examination_summary
    from ..report.html.report import cluster_report_as_html

    page = cluster_report_as_html(examined, datetime.now(timezone.utc))
    _write(output, page, examination_summary(examined))


def _write(output: str | None, text: str, summary: str) -> None:
    """Print a report, or write it into a file and print the summary."""
    if output is None or output == STANDARD_OUTPUT:
        click.echo(text.encode(), nl=False)
        return
    replace_private(output, text)
    click.echo(f"{summary}: see {tilde(output)}", err=True)


def _checkout() -> str:
    """Return the folder of the repository: GitHub's, or the working directory."""
    return os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
