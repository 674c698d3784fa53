"""``apply``: write the recommended settings."""

from __future__ import annotations

import functools
import os
from collections import defaultdict
from collections.abc import Sequence

import click

from ...catalogue import shipped
from ...config import resolve
from ...config.merge import branch, leaves, plain
from ...config.target_file import file_for, file_in
from ...core.origins import Origin
from ...doctor.edit_plan import EditPlan, plan_edits
from ...yaml_edit.patch import Set
from ..edit import (
    carry_out,
    create_option,
    dry_run_option,
    file_option,
    refuse_misspelt_file,
    report_changes,
    report_effect,
)


@click.command(short_help="Write the recommended settings.")
@file_option
@dry_run_option
@create_option
@click.pass_context
def apply(context: click.Context, path: str | None, dry_run: bool, create: bool) -> None:
    """Write the recommended settings into the user's files.

    If a file is a commented template, the lines of these settings are uncommented. A new file has a
    comment above each setting. In a folder for all users, such as /etc/dask, all users can read the
    new file. Prints each change with the old and the new value. Exits 1 if a variable or another
    file still overrides one of the settings.

    \b
    Examples:
      dask-backend-config apply --dry-run
      dask-backend-config apply --file /etc/dask
    """
    sources = resolve.gather()
    recommended = branch(shipped.read(shipped.RECOMMENDED), Origin("default"))
    edits: defaultdict[str, list[Set]] = defaultdict(list)
    for name, node in leaves(recommended):
        file = file_in(path, name) if path else file_for(name, sources, os.environ)
        edits[file].append(Set(name, plain(node)))
    effective = True
    for file, in_file in edits.items():
        planned = carry_out(functools.partial(_plan, file, in_file, create), dry_run)
        report_changes(planned, dry_run)
        effective = report_effect(planned) and effective
    context.exit(0 if effective else 1)


def _plan(file: str, edits: Sequence[Set], create: bool) -> EditPlan:
    template = shipped.text(shipped.RECOMMENDED)
    return refuse_misspelt_file(plan_edits(file, edits, template), create)
