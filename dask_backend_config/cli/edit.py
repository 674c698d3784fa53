"""Plan an edit of a file, write it or print its diff, and report its effect."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from ..catalogue.did_you_mean import suggest
from ..catalogue.known_keys import catalogue
from ..config import resolve
from ..config.target_file import file_for, file_in, is_for_all, spelled
from ..core.errors import ConfigValueError, EditError, FileChangedError
from ..core.keys import join_path, key_named
from ..core.origins import tilde
from ..core.secrets import is_secret, masked
from ..core.strings import is_base_60, shown
from ..doctor.edit_plan import EditPlan, plan_edits
from ..report.diff import masked_diff
from ..storage import atomic_write
from ..yaml_edit.loaders import load
from ..yaml_edit.patch import Edit

#: Seconds for which an edit is planned again because other programs change the file.
PATIENCE = 10

file_option = click.option(
    "--file",
    "path",
    metavar="PATH",
    type=click.Path(),
    help="The file to edit, or its folder.  [default: the file where the edit takes effect]",
)
dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Print a unified diff and write nothing."
)


def key_path(key: str) -> tuple[str, ...]:
    """Return a dotted key or the key of a variable as a path, spelled as in the defaults.

    Raises
    ------
    ConfigValueError
        If a part of the key is empty.
    """
    path = tuple(key_named(key).split("."))
    if not all(path):
        raise ConfigValueError(f"{key!r} is not a key", hint="Join names with single dots")
    return spelled(path)


def parse_value(path: tuple[str, ...], text: str) -> Any:
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


def target_file(path: tuple[str, ...], given: str | None) -> str:
    """Return the file to edit: the given one, or the file where the edit takes effect."""
    if given is not None:
        return file_in(given, path)
    return file_for(path, resolve.gather(), os.environ)


def plan_without_errors(file: str, edits: Sequence[Edit], force: bool) -> EditPlan:
    """Plan edits; without `force`, refuse a result in which the doctor finds an error.

    Raises
    ------
    EditError
        If the edit is refused.
    """
    planned = plan_edits(file, edits)
    found = () if force else planned.new_errors()
    if found:
        _refuse_unknown(edits)
        hint = f"{found[0].hint}. Use --force to write it anyway"
        raise EditError(f"not written: {found[0].message}", hint=hint)
    return planned


def _refuse_unknown(edits: Sequence[Edit]) -> None:
    """Raise with the complete right key; the doctor would name only its misspelt part."""
    for edit in edits:
        meant = None if catalogue().knows(edit.path) else suggest(edit.path)
        if meant:
            problem = f"not written: unknown key {join_path(edit.path)}"
            hint = f"Did you mean {meant}? Use --force to write it anyway"
            raise EditError(problem, hint=hint)


def carry_out(make_plan: Callable[[], EditPlan], dry_run: bool) -> EditPlan:
    """Write a plan and report it, or print its diff.

    If another program changes the file in between, the edit is planned again.

    Raises
    ------
    FileChangedError
        If that continues for `PATIENCE` seconds.
    """
    limit = time.monotonic() + PATIENCE
    while True:
        planned = make_plan()
        if dry_run:
            click.echo(masked_diff(planned), nl=False)
            return planned
        snapshot = planned.snapshot
        # A secret is written with the permissions of the umask.
        secret = any(is_secret(join_path(edit.path)) for edit in planned.edits)
        for_all = is_for_all(snapshot.real, os.environ)
        try:
            atomic_write.write(snapshot, planned.text, for_all=for_all and not secret)
        except FileChangedError:
            if time.monotonic() > limit:
                raise
            continue
        name = tilde(snapshot.path)
        click.echo(f"wrote {name}" if planned.changes else f"{name}: already set; nothing changed")
        if for_all:
            _warn_if_not_readable_by_all(snapshot.real)
        return planned


def _warn_if_not_readable_by_all(path: str) -> None:
    for place, needed in ((os.path.dirname(path), "755"), (path, "644")):
        bits = int(needed, 8) & stat.S_IRWXO
        if os.stat(place).st_mode & bits != bits:
            click.echo(
                f"note: not all users can read {place}. Run: chmod {needed} {place}", err=True
            )


def report_effect(planned: EditPlan) -> bool:
    """Print on standard error why the edit has no effect; return whether it has one."""
    overridden = planned.overridden()
    for resolved in overridden:
        value = shown(masked(resolved.key, resolved.value))
        message = f"no effect: {resolved.origin} still sets {resolved.key} to {value}"
        click.echo(f"warning: {message}", err=True)
    if not planned.is_on_search_path():
        name = tilde(planned.snapshot.path)
        click.echo(f"note: dask does not read {name}. Name it in DASK_CONFIG, or move it", err=True)
        return True
    return not overridden
