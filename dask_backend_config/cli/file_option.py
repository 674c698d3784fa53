"""Files that a command is told to look at, in the place of dask's search path."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from typing import Any

import click

from ..config.search_path import config_files
from ..doctor.checks import SITE_CHECKS

_EXISTING = click.Path(exists=True)
_NOTHING = "dask reads nothing of this folder: no name in it ends in .yaml, .yml or .json"


def named_files(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--file PATH ...`` and ``--whole-folders``, which become the argument `paths`."""

    @click.option(
        "--file",
        "named",
        metavar="PATH",
        type=_EXISTING,
        multiple=True,
        help="Check this file or folder alone, no variable, and ask no scheduler. More PATHs may"
        " follow, the highest last.",
    )
    @click.option(
        "--whole-folders",
        is_flag=True,
        help="Like --file, with the whole folders of the files that follow; for pre-commit.",
    )
    @click.argument("more", metavar="", type=_EXISTING, nargs=-1)
    @functools.wraps(command)
    def with_paths(
        *arguments: Any,
        named: tuple[str, ...],
        whole_folders: bool,
        more: tuple[str, ...],
        **options: Any,
    ) -> Any:
        if more and not (named or whole_folders):
            raise click.UsageError(f"--file belongs in front of {more[0]}")
        if whole_folders and not (named or more):
            raise click.UsageError("--whole-folders needs a file")
        paths = _searched([*named, *more], whole_folders)
        _refuse_what_asks(paths, options["select"])
        return command(*arguments, paths=paths, **options)

    return with_paths


def _searched(named: Sequence[str], whole_folders: bool) -> tuple[str, ...]:
    """A search path, lowest first, which names nothing twice."""
    paths = [_folder(path) if whole_folders else path for path in named]
    for path in paths:
        if not config_files([path]) and os.access(path, os.R_OK | os.X_OK):
            click.echo(f"note: {path}: {_NOTHING}", err=True)
    return tuple(reversed(dict.fromkeys(reversed(paths))))


def _folder(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path) or os.curdir


def _refuse_what_asks(paths: Sequence[str], select: Sequence[str]) -> None:
    asking = [check.id for check in SITE_CHECKS if check.id in select]
    if paths and asking:
        raise click.UsageError(f"{asking[0]} asks this machine, which --file does not")
