"""``trace``: what a script does with dask's configuration."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import TextIO

import click

from ...core.errors import DaskBackendError
from ...storage.files import write_error
from ...storage.private_folder import replace
from ...tracing import Trace
from ..completion.callbacks import complete_file
from ..run_script import Program, restore, run
from ..terminal import FORMATS, as_json, format_option

STANDARD_OUTPUT = "-"
_WORDS = "dask_backend_config.trace.words"
_WITH_VALUE = ("--format", "--output")


class _Trace(click.Command):
    """What follows the program's name is its own, options too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``--`` behind ``-m MODULE``, which click would not take for a program's name."""
        ctx.meta[_WORDS] = list(args)
        place = 0
        while place < len(args) and args[place].startswith("-"):
            if args[place].startswith("-m"):
                place += 2 if args[place] == "-m" else 1
                args = [*args[:place], "--", *args[place:]]
                break
            place += 2 if args[place] in _WITH_VALUE else 1
        return super().parse_args(ctx, args)


@click.command(
    cls=_Trace,
    short_help="Run a script and show what it does with configuration.",
    context_settings={"allow_interspersed_args": False},
)
@format_option(*FORMATS)
@click.option(
    "--output",
    metavar="FILE",
    shell_complete=complete_file,
    help="Write the report to FILE instead of to stderr.",
)
@click.option("--all", "everything", is_flag=True, help="List what libraries set and read, too.")
@click.option("-m", "module", metavar="MODULE", help="Run a module, as `python -m MODULE` does.")
@click.argument(
    "words",
    metavar="SCRIPT [ARGS]...",
    nargs=-1,
    type=click.UNPROCESSED,
    shell_complete=complete_file,
)
@click.pass_context
def trace(
    context: click.Context,
    form: str,
    output: str | None,
    everything: bool,
    module: str | None,
    words: tuple[str, ...],
) -> None:
    """Run SCRIPT and show what it does with dask's configuration.

    It runs as `python SCRIPT ARGS` would, with the same output and exit status. At its end the
    report says which values it set and where, which keys it read, and which sets came too late to
    have an effect, such as after the cluster was made that they were for. Other processes, so
    workers too, are not looked into.

    \b
    Examples:
      dask-backend-config trace analysis.py --input data.csv
      dask-backend-config trace --format json --output trace.json -m package.main
    """
    if module is None and not words:
        raise click.UsageError("Missing argument 'SCRIPT [ARGS]...', or -m MODULE.")
    program = Program(module or words[0], words if module else words[1:], module is not None)
    program.check()
    write = _writer(output)
    if "dask" in sys.modules:
        _start_anew(context.meta[_WORDS])
    traced = Trace()

    def conclude() -> None:
        traced.stop()
        restore()
        text = as_json(traced.as_json()) if form == "json" else traced.text(everything)
        write(text + "\n")

    # Registered before anything of the program's, so that it comes after all of that.
    atexit.register(_in_this_process(conclude))
    sys.exit(run(program, traced.start))


def _start_anew(words: Sequence[str]) -> None:
    """Do the same in this process without dask, which `dask backend-config` has imported.

    A program may change the environment before it imports dask, and need not import this package.
    """
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    package = __name__.partition(".")[0]
    os.execv(sys.executable, [sys.executable, *flags, "-m", package, "trace", *words])  # noqa: S606


def _writer(output: str | None) -> Callable[[str], None]:
    """What writes the report, where that is allowed, which is known before the program runs.

    Raises
    ------
    WriteError
        Where it is not.
    """
    if output is None or output == STANDARD_OUTPUT:
        return lambda text: _print(text, sys.__stderr__ if output is None else sys.__stdout__)
    path = os.path.abspath(output)
    folder = os.path.dirname(path)
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        error = NotADirectoryError(0, f"there is no folder {folder} that can be written to")
        raise write_error(output, "cannot be written", error)
    return lambda text: replace(path, text)


def _print(text: str, stream: TextIO | None) -> None:
    if stream is not None:
        stream.write(text)
        stream.flush()


def _in_this_process(conclude: Callable[[], None]) -> Callable[[], None]:
    """Not in one that was forked; what goes wrong is one line and no exception at exit."""
    process = os.getpid()

    def last() -> None:
        if os.getpid() != process:
            return
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            conclude()
        except (DaskBackendError, OSError, ValueError) as error:
            _print(f"error: the report of the trace was not written: {error}\n", sys.__stderr__)

    return last
