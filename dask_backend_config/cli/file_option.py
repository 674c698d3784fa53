"""The options with which ``doctor`` checks given files instead of dask's search path."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from ..config.search_path import config_files
from ..doctor.checks import SITE_CHECKS

_EXISTING = click.Path(exists=True)
_NOTHING = "dask reads no file in this folder: none has a name that ends in .yaml, .yml or .json"


file_option = click.option(
    "--file",
    "files",
    metavar="PATH",
    type=_EXISTING,
    multiple=True,
    help="Check only this file or folder; ignore variables, and do not ask the batch scheduler."
    " If more PATHs follow, the last one has the highest priority.",
)
more_files_argument = click.argument("more", metavar="", type=_EXISTING, nargs=-1)
whole_folders_option = click.option(
    "--whole-folders",
    is_flag=True,
    help="Like --file, but check all files in the folders of the given files; for pre-commit.",
)


def search_path(
    files: Sequence[str], more: Sequence[str], whole_folders: bool, select: Sequence[str]
) -> tuple[str, ...]:
    """Return the given files or folders, lowest first, without repetitions.

    Raises
    ------
    click.UsageError
        If options are missing, or `select` has a check that asks the scheduler of this machine.
    """
    if more and not (files or whole_folders):
        raise click.UsageError(f"Unexpected argument {more[0]!r}. Write --file in front of it.")
    if whole_folders and not (files or more):
        raise click.UsageError("Option '--whole-folders' requires a file.")
    named = [*files, *more]
    asking = [check.id for check in SITE_CHECKS if check.id in select]
    if named and asking:
        problem = f"Check {asking[0]!r} asks the scheduler of this machine: remove --file."
        raise click.UsageError(problem)
    folders = [p if os.path.isdir(p) else os.path.dirname(p) or os.curdir for p in named]
    paths = folders if whole_folders else named
    for path in paths:
        if not config_files([path]) and os.access(path, os.R_OK | os.X_OK):
            click.echo(f"note: {path}: {_NOTHING}", err=True)
    return tuple(reversed(dict.fromkeys(reversed(paths))))
