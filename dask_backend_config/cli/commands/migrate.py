"""``migrate``: move dask-jobqueue's settings to the keys of the backends."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping

import click

from ...catalogue import fates
from ...config import resolve
from ...config.search_path import config_files
from ...core.errors import DaskBackendError, EditError
from ...core.origins import tilde
from ...core.secrets import masked
from ...core.strings import shown
from ...doctor.edit_plan import EditPlan, plan_edits
from ...doctor.migration.plan import Migration, plan_migration
from ...doctor.migration.sections import Kept
from ..edit import carry_out, dry_run_option

_NOTE = (
    "note: programs that use the classes of dask_jobqueue do not read these keys."
    " To undo an edit, run: dask-backend-config restore"
)


@click.command(short_help="Move jobqueue.yaml's settings to the keys of the backends.")
@click.option(
    "--file",
    "path",
    metavar="PATH",
    type=click.Path(),
    help="The file to migrate, or its folder.  [default: all files that dask reads]",
)
@dry_run_option
@click.option(
    "--backend",
    "named_kind",
    type=click.Choice(fates.queues()),
    metavar="TYPE",
    help="The batch scheduler of sections with names of your own, such as slurm, if their keys do"
    " not tell it.",
)
@click.pass_context
def migrate(
    context: click.Context, path: str | None, dry_run: bool, named_kind: str | None
) -> None:
    """Move the settings of dask-jobqueue to the keys of the backends.

    The sections of schedulers below jobqueue become sections of backends, those with names of your
    own become profiles. So do the sections of ncar-jobqueue.yaml. The factory of dask-labextension
    gets the class of the backend. Comments move with their keys. A key is moved only if the job
    script stays the same; each key that stays is printed with the reason.

    Programs that use the classes of dask_jobqueue do not read the new keys.

    \b
    Examples:
      dask-backend-config migrate --dry-run
      dask-backend-config migrate --file ~/.config/dask/jobqueue.yaml
      dask-backend-config migrate --backend slurm
    """
    texts: dict[str, str] = {}
    failed, changed = False, False
    for file in _files(path):
        try:
            plan = functools.partial(_plan, file, path, named_kind or "", texts)
            found = _migrate_file(plan, dry_run, is_named=path is not None)
            texts[file] = found.plan.text
        except DaskBackendError as error:
            click.echo(f"error: {error}", err=True)
            failed = True
        else:
            changed = changed or found.plan.changes
            _print(found, dry_run)
    if changed:
        click.echo(_NOTE, err=True)
    elif not failed:
        click.echo("nothing to migrate")
    context.exit(1 if failed else 0)


def _files(path: str | None) -> list[str]:
    """Return the files to migrate, highest priority first, so that no value is overridden."""
    if path is None:
        return [file.path for file in reversed(resolve.gather().files)]
    absolute = os.path.abspath(os.path.expanduser(path))
    if not os.path.exists(absolute):
        raise EditError(f"{path} does not exist")
    return list(reversed(config_files([absolute])))


def _migrate_file(plan: Callable[[], Migration], dry_run: bool, is_named: bool) -> Migration:
    """Write a migration or print its diff; plan it again if the file changes in between.

    A file of the site that the user cannot write is skipped, unless the user named it.
    """
    found = [plan()]

    def planned() -> EditPlan:
        found.append(plan())
        return found[-1].plan

    before = found[0].plan
    if before.changes and not is_named and not os.access(before.snapshot.real, os.W_OK):
        kept = Kept((), "you cannot write this file; the backends read it as it is")
        return Migration(plan_edits(before.snapshot.path, []), kept=(kept,))
    if before.changes:
        carry_out(planned, dry_run)
    return found[-1]


def _plan(file: str, place: str | None, named_kind: str, texts: Mapping[str, str]) -> Migration:
    """Plan the migration of a file in the configuration that it is part of."""
    sources = resolve.gather(texts=texts)
    if place and not any(each.path == file for each in sources.files):
        sources = resolve.gather({}, [os.path.abspath(os.path.expanduser(place))], texts)
    return plan_migration(sources, file, named_kind)


def _print(found: Migration, dry_run: bool) -> None:
    for key in found.moved:
        old, new = (shown(masked(key.old, value)) for value in (key.old_value, key.new_value))
        if not key.new:
            line = f"removed {key.old}, which sets the default"
        elif key.old_value == key.new_value:
            line = f"{key.old} -> {key.new}"
        else:
            line = f"{key.old} -> {key.new}: {old} -> {new}"
        click.echo(f"  {line}", err=dry_run)
    name = tilde(found.plan.snapshot.path)
    for kept in found.kept:
        where = f"{name}: {kept.key}" if kept.key else name
        click.echo(f"not moved: {where}: {kept.reason}", err=True)
