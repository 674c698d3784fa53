"""The command line. It starts without dask, so that it works if dask cannot be imported."""

from __future__ import annotations

import importlib
import os
import traceback
from typing import Any

import click

from ..core.errors import DaskBackendError
from ..core.version import __version__
from .completion import PROGRAM, VARIABLE

#: Subcommand -> its module in `commands`, imported when the subcommand runs.
COMMANDS = {
    "doctor": "doctor",
    "show": "show",
    "explain": "explain",
    "set": "set",
    "unset": "unset",
    "apply": "apply",
    "migrate": "migrate",
    "restore": "restore",
    "init": "init",
    "job-script": "job_script",
    "schema": "schema",
    "trace": "trace",
    "snapshot": "snapshot",
    "diff": "diff",
    "completion": "completion",
}
BUG = 3
INTERRUPTED = 130


class Group(click.Group):
    """The group of subcommands, which turns exceptions into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f".commands.{COMMANDS[cmd_name]}", __package__)
        name = {"set": "set_"}.get(cmd_name, COMMANDS[cmd_name])  # set is a builtin
        command: click.Command = getattr(module, name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand; exit 1 on an expected error, 3 on a bug, 130 on Ctrl-C."""
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
            _report_bug()
            ctx.exit(BUG)


def _report_bug() -> None:
    """Print the traceback, the versions, and where to report the bug."""
    from ..report.versions import versions

    traceback.print_exc()
    found = ", ".join(f"{name} {version}" for name, version in versions().items())
    click.echo(
        f"error: this is a bug in {PROGRAM}\n"
        f"versions: {found}\n"
        f"Please report the lines above in the issue tracker of {PROGRAM}.",
        err=True,
    )


@click.group("backend-config", cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """See where every dask setting comes from, find mistakes, and change settings.

    \b
    Examples:
      dask-backend-config doctor
      dask-backend-config show --diff
      dask-backend-config explain distributed.worker.daemon
      dask-backend-config set distributed.worker.daemon false

    Run dask-backend-config COMMAND --help for the options and examples of a command.
    """


def main() -> None:
    """Run the command line and exit."""
    if VARIABLE in os.environ:
        from .completion.shells import register

        register()
    cli(prog_name=PROGRAM)
