"""``doctor``: what is wrong, where, and what to write instead."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

import click

from ...core import units
from ...core.errors import DaskBackendError
from ...core.origins import tilde
from ...doctor.facts import Facts, gather_facts
from ...doctor.findings import Finding
from ...doctor.fixes import plan_fixes
from ...doctor.run import needs_site, run_checks
from ...doctor.site_probe import with_site
from ...report import findings_text
from ...storage import atomic_write
from ..completion.callbacks import complete_backend, complete_checks
from ..file_option import named_files
from ..loading import configured_backend
from ..report_option import check_output, output_option, write_html
from ..terminal import FORMATS, format_option, print_lines, progress_on_stderr

if TYPE_CHECKING:
    from ...doctor.live import Examination

_NOT_STARTED = "not started, because dask cannot be imported here"


def _ids(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _seconds(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    try:
        return None if text is None else units.duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(short_help="Find what is wrong in the configuration, and mend it.")
@click.option(
    "--live",
    "backend",
    metavar="[NAME]",
    is_flag=False,
    flag_value="",
    shell_complete=complete_backend,
    help="Start the configured backend, or NAME, and ask its processes what they see.",
)
@click.option(
    "--limit",
    metavar="DURATION",
    callback=_seconds,
    help="With --live: how long a first worker may take to come.  [default: 5 minutes]",
)
@named_files
@click.option("--fix", is_flag=True, help="Make the safe fixes that findings carry.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: also those that change a choice.")
@click.option("--dry-run", is_flag=True, help="With --fix: print a unified diff, write nothing.")
@click.option(
    "--select",
    metavar="ID,ID",
    default="",
    callback=_ids,
    shell_complete=complete_checks,
    help="Run only these checks.",
)
@click.option(
    "--ignore",
    metavar="ID,ID",
    default="",
    callback=_ids,
    shell_complete=complete_checks,
    help="Leave these checks out.",
)
@click.option("--strict", is_flag=True, help="Exit 1 for remarks (info) too.")
@format_option(*FORMATS, "html")
@output_option
@click.pass_context
def doctor(
    context: click.Context,
    backend: str | None,
    limit: float | None,
    paths: tuple[str, ...],
    fix: bool,
    unsafe_fixes: bool,
    dry_run: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    form: str,
    output: str | None,
) -> None:
    """Find what is wrong in the files and variables that configure dask.

    It works where a broken file keeps dask from being imported, and changes nothing without --fix.
    Exit status: 0 without errors and warnings, 1 with any.

    \b
    Examples:
      dask-backend-config doctor
      dask-backend-config doctor --live
      dask-backend-config doctor --live slurm --limit "1 hour"
      dask-backend-config doctor --fix --dry-run
      dask-backend-config doctor --file /etc/dask
      dask-backend-config doctor --ignore shadowed-value --format json
      dask-backend-config doctor --format html --output report.html
    """
    if (unsafe_fixes or dry_run) and not fix:
        raise click.UsageError("--unsafe-fixes and --dry-run go with --fix")
    if limit is not None and backend is None:
        raise click.UsageError("--limit goes with --live")
    if paths and backend is not None:
        raise click.UsageError("--live starts what you have configured: it does not go with --file")
    gather = functools.partial(gather_facts, paths=paths or None)
    facts = gather()
    check_output(form, output, facts)
    if fix:
        findings = run_checks(facts, select, ignore)
        _mend(findings, unsafe_fixes, dry_run, to_stderr=form != "text")
        facts = facts if dry_run else gather()
    if facts.is_own and needs_site(select, ignore):
        facts = with_site(facts)
    findings = run_checks(facts, select, ignore)
    if form == "text":
        print_lines(lambda width: findings_text.findings_as_lines(findings, facts, width))
    try:
        live = None if backend is None else _examine_live(facts, backend or None, limit)
    except DaskBackendError as error:
        if form == "html":
            write_html(output, findings, facts, failure=str(error))
        raise
    if form == "html":
        unasked = _NOT_STARTED if backend is not None and live is None else ""
        write_html(output, findings, facts, live, unasked)
    elif form == "json":
        seen = live.as_json() if live else None
        click.echo(findings_text.as_json(findings_text.findings_as_json(findings, facts, seen)))
    elif live is not None:
        examination = live
        print_lines(lambda width: findings_text.examination_as_lines(examination, width))
    serious = any(strict or finding.severity != "info" for finding in findings)
    context.exit(1 if serious or (live and not live.passed) else 0)


def _mend(findings: list[Finding], unsafe: bool, dry_run: bool, to_stderr: bool) -> None:
    """Make fixes, or print their diff; JSON on stdout stays JSON."""
    for fixes in plan_fixes(findings, unsafe):
        name = tilde(fixes.plan.snapshot.path)
        for finding, reason in fixes.refused:
            click.echo(f"not mended: {finding.origin}: {finding.id}: {reason}", err=True)
        if dry_run:
            click.echo(fixes.plan.diff(), nl=False, err=to_stderr)
        elif fixes.plan.changes:
            atomic_write.write(fixes.plan.snapshot, fixes.plan.text)
            count = len(fixes.fixed)
            click.echo(f"mended {count} finding{'s'[: count != 1]} in {name}", err=True)


def _examine_live(facts: Facts, name: str | None, limit: float | None) -> Examination | None:
    if facts.breaks_dask:
        click.echo(f"live: {_NOT_STARTED}", err=True)
        return None
    backend = configured_backend(name)
    from ...doctor.live import START_LIMIT, examine_live

    sys.stdout.flush()
    with progress_on_stderr() as progress:
        start_limit = START_LIMIT if limit is None else limit
        return examine_live(backend, progress, start_limit=start_limit)
