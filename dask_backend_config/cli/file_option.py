"""The options with which ``doctor`` checks given files instead of dask's search path."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from ..config.search_path import config_files
from ..doctor.checks import SITE_CHECKS

_EXISTING = click.Path(exists=True)
_NOTHING = "dask reads no file in this folder: none has a name that ends in .yaml, .yml or .json"


def file_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--file PATH ...`` and ``--whole-folders``, which become the argument `paths`."""

    @click.option(
        "--file",
        "files",
        metavar="PATH",
        type=_EXISTING,
        multiple=True,
        help="Check only this file or folder, without variables and without asking a scheduler."
        " More PATHs may follow; the last one is the highest.",
    )
    @click.option(
        "--whole-folders",
        is_flag=True,
        help="Check the whole folders of the files that follow, as --file does; for pre-commit.",
    )
    @click.argument("more", metavar="", type=_EXISTING, nargs=-1)
    @functools.wraps(command)
    def with_paths(
        *arguments: Any,
        files: tuple[str, ...],
        whole_folders: bool,
        more: tuple[str, ...],
        **options: Any,
    ) -> Any:
        if more and not (files or whole_folders):
            raise click.UsageError(f"Unexpected argument {more[0]!r}. Write --file in front of it.")
        if whole_folders and not (files or more):
            raise click.UsageError("Option '--whole-folders' requires a file.")
        paths = _search_path([*files, *more], whole_folders)
        asking = [check.id for check in SITE_CHECKS if check.id in options["select"]]
        if paths and asking:
            raise click.UsageError(
                f"Check {asking[0]!r} asks the scheduler of this machine: remove --file."
            )
        return command(*arguments, paths=paths, **options)

    return with_paths


def _search_path(named: Sequence[str], whole_folders: bool) -> tuple[str, ...]:
    """Return a search path, lowest first, without repetitions."""
    folders = [p if os.path.isdir(p) else os.path.dirname(p) or os.curdir for p in named]
    paths = folders if whole_folders else named
    for path in paths:
        if not config_files([path]) and os.access(path, os.R_OK | os.X_OK):
            click.echo(f"note: {path}: {_NOTHING}", err=True)
    return tuple(reversed(dict.fromkeys(reversed(paths))))
