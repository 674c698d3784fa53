"""``migrate``: move dask-jobqueue's settings to the keys of the backends."""

from __future__ import annotations

import functools
import os

import click

from ...catalogue import fates
from ...catalogue.known_keys import MISSING
from ...config import resolve
from ...config.search_path import config_files
from ...config.sources import Sources
from ...core.errors import DaskBackendError
from ...core.origins import tilde
from ...core.secrets import masked
from ...core.strings import shown
from ...doctor.edit_plan import EditPlan
from ...doctor.migration.plan import Migration, plan_migration
from ..edit import carry_out, dry_run_option, file_option

_NOTE = (
    "note: programs that use the classes of dask_jobqueue do not read these keys."
    " To undo this, run: dask-backend-config restore"
)


@click.command(short_help="Move jobqueue.yaml's settings to the keys of the backends.")
@file_option
@dry_run_option
@click.option(
    "--backend",
    "named_kind",
    type=click.Choice(fates.queues()),
    help="The batch scheduler of sections with names of your own, if their keys do not tell it.",
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
            found = _migrate_file(file, named_kind or "", dry_run, texts)
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
    return list(reversed(config_files([absolute]))) or [absolute]


def _migrate_file(file: str, named_kind: str, dry_run: bool, texts: dict[str, str]) -> Migration:
    plan = functools.partial(_plan, file, named_kind, texts)
    found = plan()
    if found.plan.changes:
        made: list[Migration] = []

        def planned() -> EditPlan:
            made.append(plan())
            return made[-1].plan

        carry_out(planned, dry_run)
        found = made[-1]
        texts[file] = found.plan.text
    return found


def _plan(file: str, named_kind: str, texts: dict[str, str]) -> Migration:
    return plan_migration(_sources(file, texts), file, named_kind)


def _sources(file: str, texts: dict[str, str]) -> Sources:
    """Return the configuration that a file is part of, or the file alone."""
    sources = resolve.gather(texts=texts)
    if any(each.path == file for each in sources.files):
        return sources
    return resolve.gather({}, [file])


def _print(found: Migration, dry_run: bool) -> None:
    for key in found.moved:
        line = f"  {key.old} -> {key.new}"
        if key.new_value is not MISSING:
            old, new = (shown(masked(key.old, value)) for value in (key.old_value, key.new_value))
            line += f": {old} -> {new}"
        click.echo(line, err=dry_run)
    name = tilde(found.plan.snapshot.path)
    for kept in found.kept:
        click.echo(f"not moved: {name}: {kept.key}: {kept.reason}", err=True)
