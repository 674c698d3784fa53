"""``set``: set one key in a file."""

from __future__ import annotations

import click

from ...yaml_edit.patch import Set
from ..completion.callbacks import complete_key, complete_value
from ..edit import (
    carry_out,
    dry_run_option,
    file_option,
    key_path,
    parse_value,
    plan_without_errors,
    report_effect,
    target_file,
)


@click.command(
    "set",
    short_help="Set one key in a file.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("key", shell_complete=complete_key)
@click.argument("value", shell_complete=complete_value)
@file_option
@dry_run_option
@click.option(
    "--force", is_flag=True, help="Write the value even if the doctor reports it as an error."
)
@click.pass_context
def set_(
    context: click.Context, key: str, value: str, path: str | None, dry_run: bool, force: bool
) -> None:
    """Set KEY to VALUE in a file; the rest of the file stays as it is.

    VALUE is parsed as dask would parse it in a file. KEY is a dotted key, or the environment
    variable of a key. An unknown key or an invalid value is refused. Exits 1 if a variable or
    another file overrides the new value.

    \b
    Examples:
      dask-backend-config set distributed.worker.daemon false
      dask-backend-config set jobqueue.slurm.walltime "'12:00:00'" --dry-run
    """
    name = key_path(key)
    edit, file = Set(name, parse_value(name, value)), target_file(name, path)
    planned = carry_out(lambda: plan_without_errors(file, [edit], force), dry_run)
    context.exit(0 if report_effect(planned) else 1)
