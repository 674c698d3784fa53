"""Where a report goes: the option ``--output``, and the page itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import click

from ..config.search_path import is_config_name
from ..core.errors import WriteError
from ..core.origins import Origin, tilde
from ..doctor.facts import Facts
from ..doctor.findings import Finding
from ..report import findings_text
from ..storage.files import replace_private
from .completion.callbacks import complete_file

if TYPE_CHECKING:
    from ..doctor.live import Examination

STANDARD_OUTPUT = "-"

output_option = click.option(
    "--output",
    metavar="FILE",
    type=click.Path(allow_dash=True),  # for shells, which complete it
    shell_complete=complete_file,
    help="With --format html: the file to write, which only you can read; - for standard output.",
)


def check_output(form: str, output: str | None, facts: Facts) -> None:
    """Refuse what cannot be meant, before anything takes its time.

    Raises
    ------
    click.UsageError
        Without a file where one is needed, or with one where none is written.
    WriteError
        Where the file configures dask, or would.
    """
    if output is not None and form != "html":
        raise click.UsageError("--output goes with --format html")
    if form == "html" and output is None and sys.stdout.isatty():
        raise click.UsageError("--format html needs --output FILE, or - for standard output")
    if output is None or output == STANDARD_OUTPUT:
        return
    real = os.path.realpath(output)
    read = {os.path.realpath(file.path) for file in facts.files}
    folders = map(os.path.realpath, facts.sources.paths)
    if real in read or (is_config_name(real) and os.path.dirname(real) in folders):
        raise WriteError(
            "not written: dask reads this file",
            hint="name a file that ends in .html",
            origin=Origin("file", path=output),
        )


def write_html(
    output: str | None,
    findings: Sequence[Finding],
    facts: Facts,
    live: Examination | None = None,
    failure: str = "",
) -> None:
    """Write the report and say where, or print it."""
    from ..report.html.report import report_as_html

    page = report_as_html(findings, facts, datetime.now(timezone.utc), live, failure)
    if output is None or output == STANDARD_OUTPUT:
        click.echo(page.encode(), nl=False)
        return
    replace_private(output, page)
    click.echo(f"{findings_text.summary_line(findings, facts)}: see {tilde(output)}", err=True)
