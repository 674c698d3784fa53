"""The command line. It starts without dask, so that it works where dask cannot be imported."""

from __future__ import annotations

import importlib
import os
import traceback
from typing import Any

import click

from ..core.errors import DaskBackendError
from ..core.version import __version__

#: Subcommand -> the module that holds it under its own name, imported when it is asked for.
COMMANDS = {
    "doctor": "doctor",
    "show": "show",
    "explain": "explain",
    "set": "set",
    "unset": "unset",
    "apply": "apply",
    "restore": "restore",
    "init": "init",
    "job-script": "job_script",
    "trace": "trace",
    "completion": "completion",
}
BUG = 3
INTERRUPTED = 130
#: By which a shell asks for completions, as click names it.
COMPLETION_VARIABLE = "_DASK_BACKEND_CONFIG_COMPLETE"


class Group(click.Group):
    """Loads subcommands late; turns exceptions into one line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Subcommands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".commands.{COMMANDS[cmd_name]}", __package__)
        name = {"set": "set_"}.get(cmd_name, COMMANDS[cmd_name])  # a builtin's name
        command: click.Command = getattr(module, name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand; expected errors exit 1, ours 3, an interruption 130."""
        try:
            return super().invoke(ctx)
        except DaskBackendError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception:
            traceback.print_exc()
            click.echo("error: this is a bug of dask_backend_config; please report it", err=True)
            ctx.exit(BUG)


@click.group("backend-config", cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dask-backend-config")
def cli() -> None:
    """Dask's configuration: where each value comes from, what is wrong, and what to write.

    \b
    Examples:
      dask-backend-config doctor
      dask-backend-config show --diff
      dask-backend-config explain distributed.worker.daemon
      dask-backend-config set distributed.worker.daemon false

    Each command has examples of its own: dask-backend-config COMMAND --help.
    """


def main() -> None:
    """Run the command line and exit."""
    if COMPLETION_VARIABLE in os.environ:
        from .completion.shells import register

        register()
    cli(prog_name="dask-backend-config")
