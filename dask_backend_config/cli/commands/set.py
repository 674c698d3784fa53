"""``set``: one value into a file, and no other byte."""

from __future__ import annotations

import click

from ...yaml_edit.patch import Set
from ..completion.callbacks import complete_key, complete_value
from ..edit import (
    carry_out,
    dry_run_option,
    file_option,
    key_path,
    planned,
    report_effect,
    target,
    value_of,
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
@click.option("--force", is_flag=True, help="Write what the doctor calls an error, too.")
@click.pass_context
def set_(
    context: click.Context, key: str, value: str, path: str | None, dry_run: bool, force: bool
) -> None:
    """Set KEY to VALUE in a file, leaving every other byte as it is.

    VALUE is read as dask would read it from a file; KEY may be the variable of a key. A key that
    does not exist, or a value that cannot be meant, is refused. Exit status: 1 where a variable or
    a higher file still decides.

    \b
    Examples:
      dask-backend-config set distributed.worker.daemon false
      dask-backend-config set jobqueue.slurm.walltime "'12:00:00'" --dry-run
    """
    name = key_path(key)
    edit, file = Set(name, value_of(value)), target(name, path)
    wanted = carry_out(lambda: planned(file, [edit], force), dry_run)
    context.exit(0 if report_effect(wanted) else 1)
