"""The report of the doctor in each format."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from ..doctor.facts import Facts
from ..doctor.findings import Finding
from ..report import findings_text
from .output_file import write_report
from .terminal import as_json, print_lines

if TYPE_CHECKING:
    from ..doctor.cluster import ClusterExamination
    from ..doctor.live import Examination

#: The formats of reports that are written to a file.
OF_FILES = ("html", "sarif")


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
        write_report(output, f"{log}\n", findings_text.summary_line(findings, facts))
    elif form == "html":
        from ..report.html.report import report_as_html

        page = report_as_html(findings, facts, datetime.now(timezone.utc), live, failure)
        write_report(output, page, findings_text.summary_line(findings, facts))
    elif live is not None:
        print_lines(functools.partial(findings_text.examination_as_lines, live))


def print_cluster_report(output: str | None, examined: ClusterExamination) -> None:
    """Print the page about a cluster."""
    from ..report.cluster_findings import examination_summary
    from ..report.html.report import cluster_report_as_html

    page = cluster_report_as_html(examined, datetime.now(timezone.utc))
    write_report(output, page, examination_summary(examined))


def _checkout() -> str:
    """Return the folder of the repository: GitHub's, or the working directory."""
    return os.environ.get("GITHUB_WORKSPACE") or os.getcwd()
