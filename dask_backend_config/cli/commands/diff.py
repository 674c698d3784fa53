"""``diff``: compare the configuration of two processes."""

from __future__ import annotations

import functools
from datetime import datetime, timezone

import click
from click.shell_completion import CompletionItem

from ...config import resolve
from ...config.difference import PARTS, QUIET
from ...config.snapshot_diff import compare_all
from ...core.errors import DaskBackendError
from ...report.comparison_text import comparison_as_lines, comparisons_as_json
from ..cluster_option import Connection, connection_options
from ..output_file import check_output, output_option, write_report
from ..process_option import named_process
from ..terminal import STANDARD_INPUT, as_json, format_option, print_lines

_OF_FILES = ("html",)
_COUNTING = tuple(part for part in PARTS if part != QUIET)


def _parts(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    parts = tuple(text.replace(",", " ").split())
    for part in parts:
        if part not in PARTS:
            raise click.BadParameter(f"{part!r} is not one of {', '.join(PARTS)}")
    return parts or _COUNTING


def _complete_parts(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    chosen, comma, last = typed.rpartition(",")
    parts = [part for part in PARTS if part.startswith(last) and part not in chosen.split(",")]
    return [CompletionItem(f"{chosen}{comma}{part}") for part in parts]


@click.command(short_help="Compare the configuration of two processes.")
@click.argument("left", type=click.Path(allow_dash=True))
@click.argument("right", default=".", type=click.Path(allow_dash=True))
@click.option(
    "--select",
    "parts",
    metavar="PART,PART",
    default="",
    callback=_parts,
    shell_complete=_complete_parts,
    help="Compare only these parts: versions, values, defaults, files, variables, origins (equal"
    " values that come from another place).  [default: all but origins]",
)
@connection_options("For a cluster")
@format_option("text", "json", "html")
@output_option(*_OF_FILES)
@click.pass_context
def diff(
    context: click.Context,
    left: str,
    right: str,
    parts: tuple[str, ...],
    connection: Connection,
    form: str,
    output: str | None,
) -> None:
    """Compare what decides dask's configuration in LEFT and in RIGHT.

    Each is a snapshot, an interpreter, the folder of its environment, the address or scheduler file
    of a running cluster, - for a snapshot from standard input, or . for a new process of this
    interpreter, the default for RIGHT. Exits 0 if nothing differs, 1 if something does, 2 if they
    cannot be compared.

    \b
    Examples:
      dask-backend-config diff last-month.json
      dask-backend-config diff login.json job.json
      dask-backend-config diff ~/miniforge3/envs/old ~/miniforge3/envs/new
      ssh login dask-backend-config snapshot | dask-backend-config diff -
      dask-backend-config diff . tcp://10.0.0.1:8786
      dask-backend-config diff laptop.json --select values,defaults
      dask-backend-config diff laptop.json --format html --output diff.html
    """
    if left == right == STANDARD_INPUT:
        raise click.UsageError("Only one of LEFT and RIGHT can be standard input.")
    check_output(form, output, resolve.gather(), _OF_FILES)
    try:
        compared = compare_all(*(named_process(side, connection) for side in (left, right)))
    except DaskBackendError as error:  # 1 means that something differs
        click.echo(f"error: {error}", err=True)
        context.exit(2)
    found = [each.only(parts) for each in compared]
    if form == "json":
        click.echo(as_json(comparisons_as_json(found)))
    elif form == "html":
        from ...report.html.comparison import comparisons_as_html  # slow to import

        page = comparisons_as_html(found, datetime.now(timezone.utc))
        write_report(output, page, "; ".join(each.summary for each in found))
    else:
        for number, each in enumerate(compared):
            if number:
                click.echo()
            print_lines(functools.partial(comparison_as_lines, each, parts=parts))
    context.exit(1 if any(found) else 0)
