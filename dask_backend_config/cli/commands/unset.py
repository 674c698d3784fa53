"""``unset``: remove one key from a file."""

from __future__ import annotations

import click

from ...catalogue.did_you_mean import suggest
from ...catalogue.known_keys import catalogue
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
    """Remove KEY from a file; the rest of the file stays as it is.

    If several files set KEY, it is removed from the one with the highest priority. Prints the new
    effective value and its origin. Exits 1 if a variable still sets the key.

    \b
    Example:
      dask-backend-config unset distributed.worker.daemon
    """
    name = key_path(key)
    file = file_in(path, name) if path else _highest_file(name)
    if not plan_edits(file, [Remove(name)]).changes:
        raise EditError(f"{tilde(file)} does not set {key}", hint=_see_layers(key))
    planned = carry_out(lambda: plan_edits(file, [Remove(name)]), dry_run)
    after = resolve.fresh(resolve.gather(texts={file: planned.text})).value(join_path(name))
    if after is not None:
        value = shown(masked(after.key, after.value))
        click.echo(f"{after.key} is now {value} ({after.origin})", err=dry_run)
    context.exit(1 if after and after.origin.kind in ("variable", "inherited") else 0)


def _highest_file(name: tuple[str, ...]) -> str:
    files = [file.path for file in resolve.gather().files if says(file, name)]
    if not files:
        key = join_path(name)
        if not catalogue().knows(name) and suggest(name):
            raise unknown(key)
        raise EditError(f"no file sets {key}", hint=_see_layers(key))
    return files[-1]


def _see_layers(key: str) -> str:
    return f"Run: dask-backend-config explain {key}"
