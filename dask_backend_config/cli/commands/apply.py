"""``apply``: write the recommended settings."""

from __future__ import annotations

import functools
import os
from collections import defaultdict

import click

from ...catalogue import shipped
from ...config import resolve
from ...config.merge import branch, leaves, plain
from ...config.target_file import file_for, file_in
from ...core.origins import Origin
from ...doctor.edit_plan import plan_edits
from ...yaml_edit.patch import Set
from ..edit import carry_out, dry_run_option, file_option, report_effect


@click.command(short_help="Write the recommended settings.")
@file_option
@dry_run_option
@click.pass_context
def apply(context: click.Context, path: str | None, dry_run: bool) -> None:
    """Write the recommended settings into the user's files.

    If a file is a commented template, the lines of these settings are uncommented. A new file has a
    comment above each setting. In a folder for all users, such as /etc/dask, all users can read the
    new file. Exits 1 if a variable or another file still overrides one of the settings.

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
    # A file that does not exist begins as the shipped one, with its comments.
    plan = functools.partial(plan_edits, template=shipped.text(shipped.RECOMMENDED))
    plans = [functools.partial(plan, file, in_file) for file, in_file in edits.items()]
    effective = [report_effect(carry_out(each, dry_run)) for each in plans]
    context.exit(0 if all(effective) else 1)
