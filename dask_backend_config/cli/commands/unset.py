"""``unset``: one key out of a file, and no other byte."""

from __future__ import annotations

import click

from ...catalogue.catalogue import catalogue
from ...catalogue.did_you_mean import suggest
from ...config import resolve
from ...config.explain import unknown
from ...config.target_file import file_in, says
from ...core.errors import EditError
from ...core.keys import join_path
from ...core.origins import tilde
from ...core.secrets import masked
from ...core.strings import shown
from ...doctor.edit_plan import plan_edits
from ...yaml_edit.patch import Remove
from ..completion.callbacks import complete_key_in_files
from ..edit import carry_out, dry_run_option, file_option, key_path


@click.command(short_help="Remove one key from a file.")
@click.argument("key", shell_complete=complete_key_in_files)
@file_option
@dry_run_option
@click.pass_context
def unset(context: click.Context, key: str, path: str | None, dry_run: bool) -> None:
    """Remove KEY from the highest file that says it, leaving every other byte as it is.

    It prints what the value is then, and where from. Exit status: 1 where a variable still sets it.

    \b
    Example:
      dask-backend-config unset distributed.worker.daemon
    """
    name = key_path(key)
    file = file_in(path, name) if path else _holder(name)
    if not plan_edits(file, [Remove(name)]).changes:
        raise EditError(
            f"{tilde(file)} says nothing of {key}", hint=f"explain {key} shows who does"
        )
    wanted = carry_out(lambda: plan_edits(file, [Remove(name)]), dry_run)
    after = resolve.fresh(resolve.gather(texts={file: wanted.text})).value(join_path(name))
    if after is not None:
        value = shown(masked(after.key, after.value))
        click.echo(f"{after.key} is now {value}, {after.origin}", err=dry_run)
    context.exit(1 if after and after.origin.kind in ("variable", "inherited") else 0)


def _holder(name: tuple[str, ...]) -> str:
    holders = [file.path for file in resolve.gather().files if says(file, name)]
    if not holders:
        key = join_path(name)
        if not catalogue().knows(name) and suggest(name):
            raise unknown(key)
        raise EditError(f"no file says {key}", hint=f"explain {key} shows where it comes from")
    return holders[-1]
