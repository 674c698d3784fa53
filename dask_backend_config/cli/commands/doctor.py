"""``doctor``: find problems in the configuration, and fix them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ...core.errors import DaskBackendError
from ...core.origins import tilde
from ...core.strings import count
from ...doctor.facts import Facts, facts_of, gather_facts
from ...doctor.findings import Finding
from ...doctor.run import needs_site, run_checks
from ...doctor.site_probe import with_sites
from ...report import findings_text
from ..cluster_option import seconds
from ..cluster_output import doctor_of_cluster, is_serious
from ..completion.callbacks import complete_backend, complete_checks
from ..file_option import file_option, more_files_argument, search_path, whole_folders_option
from ..loading import load_backend
from ..output_file import check_output, output_option
from ..process_option import process_options
from ..report_option import OF_FILES, print_report
from ..terminal import FORMATS, format_option, print_lines

if TYPE_CHECKING:
    from ...clusters.processes import Cluster
    from ...config.snapshots import Snapshot
    from ...doctor.live import Examination

#: Formats that only have findings.
_WITHOUT_VALUES = ("sarif", "github")
_NOT_STARTED = "not started: dask cannot be imported"


def _checks_option(name: str, text: str) -> Callable[..., Callable[..., object]]:
    return click.option(
        name,
        metavar="ID,ID",
        default="",
        callback=lambda context, parameter, value: tuple(value.replace(",", " ").split()),
        shell_complete=complete_checks,
        help=text,
    )


@click.command(short_help="Find problems in the configuration and fix them.")
@click.option(
    "--live",
    "backend",
    metavar="[NAME]",
    is_flag=False,
    flag_value="",
    shell_complete=complete_backend,
    help="Start the configured backend, or NAME, and compare the values in its processes.",
)
@click.option(
    "--limit",
    metavar="DURATION",
    callback=seconds,
    help="With --live: the time to wait for the first worker.  [default: 5 minutes]",
)
@process_options
@file_option
@whole_folders_option
@more_files_argument
@click.option("--fix", is_flag=True, help="Apply the safe fixes.")
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="With --fix: also change values that you may have chosen on purpose.",
)
@click.option("--dry-run", is_flag=True, help="With --fix: print a unified diff and write nothing.")
@_checks_option("--select", "Run only these checks.")
@_checks_option("--ignore", "Skip these checks.")
@click.option("--strict", is_flag=True, help="Exit with 1 for findings of severity info, too.")
@format_option(*FORMATS, "html", "sarif", "github")
@output_option(*OF_FILES)
@click.pass_context
def doctor(
    context: click.Context,
    backend: str | None,
    limit: float | None,
    process: Snapshot | None,
    cluster: Cluster | None,
    files: tuple[str, ...],
    whole_folders: bool,
    more: tuple[str, ...],
    fix: bool,
    unsafe_fixes: bool,
    dry_run: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    form: str,
    output: str | None,
) -> None:
    """Find problems in the files and variables that configure dask.

    Works even if a broken file makes `import dask` fail. Changes nothing without --fix. Exits 1 if
    there is an error or a warning.

    \b
    Examples:
      dask-backend-config doctor
      dask-backend-config doctor --live
      dask-backend-config doctor --live slurm --limit "1 hour"
      dask-backend-config doctor --fix --dry-run
      dask-backend-config doctor --file /etc/dask
      dask-backend-config doctor --python ~/miniforge3/envs/analysis
      dask-backend-config doctor --cluster tcp://10.0.0.1:8786
      dask-backend-config doctor --ignore shadowed-value --format json
      dask-backend-config doctor --format html --output report.html
      dask-backend-config doctor --file .config/dask --format github
    """
    paths = search_path(files, more, whole_folders, select)
    _check_usage(fix, unsafe_fixes or dry_run, backend, limit, paths, form, process or cluster)
    if cluster:
        context.exit(doctor_of_cluster(cluster, select, ignore, strict, form, output))
    check_output(form, output, (facts := _facts(process, paths)).sources, OF_FILES)
    if fix:
        _fix(facts, run_checks(facts, select, ignore), unsafe_fixes, dry_run, form != "text")
        facts = facts if dry_run else _facts(process, paths)
    if facts.is_own and needs_site(select, ignore):
        facts = with_sites(facts, backend or "")
    findings = run_checks(facts, select, ignore)
    if form == "text":
        print_lines(lambda width: findings_text.findings_as_lines(findings, facts, width))
    try:
        live = None if backend is None else _examine_live(facts, backend or None, limit)
    except DaskBackendError as error:
        if form == "html":
            print_report(form, output, findings, facts, failure=str(error))
        raise
    failure = "" if live or backend is None else _NOT_STARTED
    print_report(form, output, findings, facts, live, failure)
    context.exit(int(is_serious(findings, strict) or (live is not None and not live.passed)))


def _facts(process: Snapshot | None, paths: tuple[str, ...]) -> Facts:
    return facts_of(process) if process else gather_facts(paths=paths or None)


def _check_usage(
    fix: bool,
    fix_options: bool,
    backend: str | None,
    limit: float | None,
    paths: tuple[str, ...],
    form: str,
    process: object,
) -> None:
    if process and (fix or paths or backend is not None):
        options = "--python, --snapshot and --cluster"
        raise click.UsageError(f"{options} exclude --fix, --file and --live.")
    if fix_options and not fix:
        raise click.UsageError("Options '--unsafe-fixes' and '--dry-run' require --fix.")
    if limit is not None and backend is None:
        raise click.UsageError("Option '--limit' requires --live.")
    if paths and backend is not None:
        raise click.UsageError("--live uses your own configuration: remove --file.")
    if backend is not None and form in _WITHOUT_VALUES:
        raise click.UsageError(f"--format {form} has no place for the values that --live compares.")


def _fix(
    facts: Facts, findings: list[Finding], unsafe: bool, dry_run: bool, to_stderr: bool
) -> None:
    """Make fixes or print their diff, on standard error if JSON or HTML goes to standard output."""
    from ...doctor.fixes import plan_fixes  # slow to import, and rarely needed
    from ...storage import atomic_write

    for fixes in plan_fixes(facts, findings, unsafe):
        for finding, reason in fixes.refused:
            click.echo(f"not fixed: {finding.origin}: {finding.id}: {reason}", err=True)
        if dry_run:
            from ...report.diff import masked_diff  # as in edit.py

            click.echo(masked_diff(fixes.plan), nl=False, err=to_stderr)
        elif fixes.plan.changes:
            atomic_write.write(fixes.plan.snapshot, fixes.plan.text)
            name = tilde(fixes.plan.snapshot.path)
            click.echo(f"fixed {count(len(fixes.fixed), 'finding')} in {name}", err=True)


def _examine_live(facts: Facts, name: str | None, limit: float | None) -> Examination | None:
    if facts.breaks_dask:
        click.echo(f"live: {_NOT_STARTED}", err=True)
        return None
    backend = load_backend(name)
    from ...doctor.live import START_LIMIT, examine_live
    from ..progress import progress_on_stderr

    sys.stdout.flush()
    with progress_on_stderr() as progress:
        return examine_live(backend, progress, START_LIMIT if limit is None else limit)
