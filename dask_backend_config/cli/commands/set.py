"""``set``: set one key in a file."""

from __future__ import annotations

import os
from typing import Any

import click

from ...catalogue.did_you_mean import suggest
from ...catalogue.known_keys import catalogue
from ...config import resolve
from ...config.target_file import file_for, file_in
from ...core.errors import ConfigValueError, EditError
from ...core.keys import join_path
from ...core.secrets import is_secret, masked
from ...core.strings import is_base_60, shown
from ...doctor.edit_plan import EditPlan, plan_edits
from ...yaml_edit.loaders import load
from ...yaml_edit.patch import Set
from ..completion.callbacks import complete_key, complete_value
from ..edit import (
    carry_out,
    create_option,
    dry_run_option,
    file_option,
    key_path,
    refuse_misspelt_file,
    report_effect,
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
@create_option
@click.option(
    "--force", is_flag=True, help="Write the value even if the doctor reports it as an error."
)
@click.pass_context
def set_(
    context: click.Context,
    key: str,
    value: str,
    path: str | None,
    dry_run: bool,
    create: bool,
    force: bool,
) -> None:
    """Set KEY to VALUE in a file; the rest of the file stays as it is.

    VALUE is parsed as dask would parse it in a file. KEY is a dotted key, or the environment
    variable of a key. An unknown key or an invalid value is refused. So is a new file in a place
    where dask does not look for files, without --create. Exits 1 if a variable or
    another file overrides the new value.

    \b
    Examples:
      dask-backend-config set distributed.worker.daemon false
      dask-backend-config set jobqueue.slurm.walltime "'12:00:00'" --dry-run
    """
    name = key_path(key)
    edit = Set(name, _parse_value(name, value))
    file = file_in(path, name) if path else file_for(name, resolve.gather(), os.environ)

    def plan() -> EditPlan:
        return refuse_misspelt_file(_plan_without_errors(file, edit, force), create)

    planned = carry_out(plan, dry_run)
    context.exit(0 if report_effect(planned) else 1)


def _parse_value(path: tuple[str, ...], text: str) -> Any:
    """Return the value that dask would read from a file.

    Raises
    ------
    ConfigValueError
        If `text` is not valid YAML, or YAML 1.1 reads it as a number in base 60.
    """
    quoted = "the value" if is_secret(join_path(path)) else f"'{text}'"
    try:
        value = load(text)
    except Exception:
        raise ConfigValueError(f"{quoted} is not valid YAML", hint="Quote it") from None
    if is_base_60(value, text, plain=True):
        problem = f"{quoted} is read as {shown(masked(join_path(path), value))} (base 60)"
        raise ConfigValueError(problem, hint="""Quote it twice: "'12:00:00'\"""")
    return value


def _plan_without_errors(file: str, edit: Set, force: bool) -> EditPlan:
    """Plan an edit; without `force`, refuse a result in which the doctor finds an error.

    Raises
    ------
    EditError
        If the edit is refused.
    """
    planned = plan_edits(file, [edit])
    if not force and (found := planned.new_errors()):
        problem, hint = found[0].message, found[0].hint.removesuffix(".")
        # The doctor would name only the misspelt part of the right key.
        meant = None if catalogue().knows(edit.path) else suggest(edit.path)
        if meant:
            problem, hint = f"unknown key {join_path(edit.path)}", f"Did you mean {meant}?"
        end = "" if hint.endswith("?") else "."
        raise EditError(
            f"not written: {problem}", hint=f"{hint}{end} Use --force to write it anyway"
        )
    return planned
