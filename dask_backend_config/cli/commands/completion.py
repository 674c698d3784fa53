"""``completion``: print the script with which a shell completes this command."""

from __future__ import annotations

import click

from ..completion import PROGRAM, VARIABLE
from ..completion.shells import SHELLS


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script that lets a shell complete commands, options, keys and values.

    \b
    bash: add the first line to ~/.bashrc, or run the second one once if the
    package bash-completion is installed:
      eval "$(dask-backend-config completion bash)"
      dask-backend-config completion bash > \\
        ~/.local/share/bash-completion/completions/dask-backend-config

    \b
    zsh: add this to ~/.zshrc, after compinit:
      eval "$(dask-backend-config completion zsh)"

    \b
    fish: run this once:
      dask-backend-config completion fish > \\
        ~/.config/fish/completions/dask-backend-config.fish
    """
    click.echo(SHELLS[shell](context.command, {}, PROGRAM, VARIABLE).source(), nl=False)
