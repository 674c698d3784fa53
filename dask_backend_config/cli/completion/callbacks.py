"""Completion callbacks of the commands' arguments and options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ...config import resolve
from ...core.keys import CONTROL_VARIABLES, PREFIX, key_named
from . import candidates

if TYPE_CHECKING:
    from ...config.merge import Branch


def complete_key(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Complete a key that is known or set, or a variable that is set."""
    if typed.startswith(PREFIX[:2]):
        names = set(os.environ) - {*CONTROL_VARIABLES}
        return sorted(name for name in names if name.startswith(PREFIX) and name.startswith(typed))
    return candidates.keys(typed, [_effective()])


def complete_key_in_files(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[str]:
    """Complete a key that a file sets."""
    return candidates.keys(typed, [file.tree() for file in resolve.gather().files], known=False)


def complete_value(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Complete the value of a key with a fixed set of values."""
    key = key_named(context.params.get("key") or "")
    found = candidates.values(key, _effective()) if key else []
    return [value for value in found if value.startswith(typed)]


def complete_backend(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Complete a type of backend or a profile."""
    return [name for name in candidates.backends(_effective()) if name.startswith(typed)]


def complete_group(context: click.Context, parameter: click.Parameter, typed: str) -> list[str]:
    """Complete a worker group of the backend that is named before."""
    # click leaves arguments unparsed behind which an option lacks its value.
    backend = next(filter(None, (context.params.get("name"), *context.args)), None)
    found = candidates.groups(backend, _effective())
    return [name for name in found if name.startswith(typed)]


def complete_checks(
    context: click.Context, parameter: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Complete the last check in a list with commas."""
    from ...doctor.checks import CHECKS

    chosen, comma, last = typed.rpartition(",")
    return [
        CompletionItem(f"{chosen}{comma}{check.id}", help=check.sentence)
        for check in sorted(CHECKS, key=lambda check: check.id)
        if check.id.startswith(last) and check.id not in chosen.split(",")
    ]


def _effective() -> Branch:
    return resolve.fresh(resolve.gather()).tree
