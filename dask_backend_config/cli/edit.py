"""What the commands that write share: where to, a look ahead, and what they say of it."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from ..catalogue.catalogue import catalogue
from ..catalogue.did_you_mean import suggest
from ..config import resolve
from ..config.target_file import file_for, file_in, is_for_all, spelled
from ..core.errors import ConfigValueError, EditError, FileChangedError
from ..core.keys import join_path, key_named
from ..core.origins import tilde
from ..core.secrets import is_secret, masked
from ..core.strings import is_base_60, shown
from ..doctor.edit_plan import EditPlan, plan_edits
from ..storage import atomic_write
from ..yaml_edit.loaders import load
from ..yaml_edit.patch import Edit

#: Seconds for which an edit is planned again because others write the same file.
PATIENCE = 10
Command = TypeVar("Command", bound=Callable[..., object])


def file_option(command: Command) -> Command:
    """``--file PATH``."""
    return click.option(
        "--file",
        "path",
        metavar="PATH",
        type=click.Path(),
        help="The file to edit, or its folder; without it, the one where the edit takes effect.",
    )(command)


def dry_run_option(command: Command) -> Command:
    """``--dry-run``."""
    return click.option("--dry-run", is_flag=True, help="Print a unified diff and write nothing.")(
        command
    )


def key_path(key: str) -> tuple[str, ...]:
    """A dotted key, or that of a variable, as a path, in the spelling of the defaults if known.

    Raises
    ------
    ConfigValueError
        Where a part of it is empty.
    """
    path = tuple(key_named(key).split("."))
    if not all(path):
        raise ConfigValueError(f"{key!r} is no key", hint="write names joined by dots")
    return spelled(path)


def value_of(text: str) -> Any:
    """The value that dask would read from a file.

    Raises
    ------
    ConfigValueError
        Where `text` is no YAML, or digits with colons, of which YAML 1.1 makes a number.
    """
    try:
        value = load(text)
    except Exception as error:
        words = " ".join(str(error).split("\n")[0].split())
        raise ConfigValueError(f"{text!r} is no YAML value: {words}", hint="quote it") from None
    if is_base_60(value, text, plain=True):
        hint = f"""quote it for YAML, too: "'{text}'\""""
        raise ConfigValueError(f"{text} would be read as {value}, in base 60", hint=hint)
    return value


def target(path: tuple[str, ...], given: str | None) -> str:
    """The file to edit: the given one, else where the edit takes effect."""
    if given is not None:
        return file_in(given, path)
    return file_for(path, resolve.gather(), os.environ)


def planned(file: str, edits: Sequence[Edit], force: bool) -> EditPlan:
    """Plan edits, and refuse what the doctor would call an error.

    Raises
    ------
    EditError
        Where the edit is refused.
    """
    wanted = plan_edits(file, edits)
    found = () if force else wanted.new_errors()
    if found:
        _refuse_unknown(edits)
        hint = f"{found[0].hint}; --force insists"
        raise EditError(f"not written: {found[0].message}", hint=hint)
    return wanted


def _refuse_unknown(edits: Sequence[Edit]) -> None:
    """Name the whole key that was meant, where the doctor would name but its misspelt part."""
    for edit in edits:
        meant = None if catalogue().knows(edit.path) else suggest(edit.path)
        if meant:
            wrong = f"not written: there is no key {join_path(edit.path)}"
            raise EditError(wrong, hint=f"the nearest is {meant}; --force insists")


def carry_out(make: Callable[[], EditPlan], dry_run: bool) -> EditPlan:
    """Make a plan, and write it and say so, or print its diff.

    Where somebody else wrote the file in between, it is read and planned again.

    Raises
    ------
    FileChangedError
        Where that goes on for `PATIENCE` seconds.
    """
    limit = time.monotonic() + PATIENCE
    while True:
        wanted = make()
        name = tilde(wanted.snapshot.path)
        if dry_run:
            click.echo(wanted.diff(), nl=False)
            return wanted
        try:
            atomic_write.write(wanted.snapshot, wanted.text, for_all=_is_for_all(wanted))
        except FileChangedError:
            if time.monotonic() > limit:
                raise
            continue
        click.echo(f"wrote {name}" if wanted.changes else f"{name} says so already")
        _warn_where_closed(wanted.snapshot.real)
        return wanted


def _is_for_all(wanted: EditPlan) -> bool:
    """Whether all users are to read what is written; a secret is as open as the umask has it."""
    secret = any(is_secret(join_path(edit.path)) for edit in wanted.edits)
    return is_for_all(wanted.snapshot.real, os.environ) and not secret


def _warn_where_closed(path: str) -> None:
    """Say it where a file for all users is not open to them."""
    if not is_for_all(path, os.environ):
        return
    for place, needed in ((os.path.dirname(path), "755"), (path, "644")):
        bits = int(needed, 8) & stat.S_IRWXO
        if os.stat(place).st_mode & bits != bits:
            click.echo(f"note: not all users can read {place}: chmod {needed} {place}", err=True)


def report_effect(wanted: EditPlan) -> bool:
    """Say on stderr what keeps the edit from having an effect; whether it has one."""
    overridden = wanted.overridden()
    for resolved in overridden:
        value = shown(masked(resolved.key, resolved.value))
        words = f"no effect yet: {resolved.key} is {value} by {resolved.origin}"
        click.echo(f"warning: {words}", err=True)
    if not wanted.is_on_search_path():
        name = tilde(wanted.snapshot.path)
        click.echo(f"note: dask does not read {name}; DASK_CONFIG can name it", err=True)
        return True
    return not overridden
