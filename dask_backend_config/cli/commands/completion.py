"""``completion``: the script by which a shell completes this command."""

from __future__ import annotations

import click

from ..completion.shells import PROGRAM, SHELLS, VARIABLE


@click.command(short_help="Print the script for completion in a shell.")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script by which SHELL completes commands, options, keys and values.

    \b
    For bash, in ~/.bashrc, or once into a file of the package bash-completion:
      eval "$(dask-backend-config completion bash)"
      dask-backend-config completion bash > \\
        ~/.local/share/bash-completion/completions/dask-backend-config

    \b
    For zsh, in ~/.zshrc after compinit:
      eval "$(dask-backend-config completion zsh)"

    \b
    For fish, once:
      dask-backend-config completion fish > \\
        ~/.config/fish/completions/dask-backend-config.fish
    """
    click.echo(SHELLS[shell](context.command, {}, PROGRAM, VARIABLE).source(), nl=False)
