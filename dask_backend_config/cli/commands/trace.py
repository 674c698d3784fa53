"""``trace``: run a program and report which settings it changes, reads and changes too late."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Callable
from typing import TextIO

import click

from ...core.errors import DaskBackendError
from ...storage.files import replace_private
from ...tracing import Trace
from ..run_script import run
from ..terminal import FORMATS, STANDARD_OUTPUT, as_json, format_option

#: A string for which shells complete the names of files.
_FILE = click.Path(readable=False)


@click.command(
    short_help="Run a program and report the settings it changes too late.",
    context_settings={"allow_interspersed_args": False},
)
@format_option(*FORMATS)
@click.option(
    "--output",
    metavar="FILE",
    type=_FILE,
    help="Write the report to FILE, or to stdout if it is -.  [default: stderr]",
)
@click.option("--all", "everything", is_flag=True, help="List what libraries change and read, too.")
@click.option("-m", "is_module", is_flag=True, help="Run a module: -m MODULE [ARGS]...")
@click.argument(
    "words",
    metavar="SCRIPT [ARGS]...",
    nargs=-1,
    required=True,
    type=_FILE,
)
def trace(
    form: str, output: str | None, everything: bool, is_module: bool, words: tuple[str, ...]
) -> None:
    """Run SCRIPT and report which dask settings it changes, and which of them too late.

    The script runs as with `python SCRIPT ARGS`, with the same output and exit status. When it
    ends, the report lists the settings that came too late to have an effect, for example after the
    cluster was created. It also lists the settings that the script changed, with file and line, and
    the keys that it read.
    Worker processes are not traced.

    \b
    Examples:
      dask-backend-config trace analysis.py --input data.csv
      dask-backend-config trace --format json --output trace.json -m package.main
    """
    name, *arguments = words
    if not is_module and not os.path.exists(name):
        raise DaskBackendError(f"script '{name}' does not exist")
    write = _writer(output)
    if "dask" in sys.modules:
        _restart_without_dask()
    traced = Trace()
    # Registered before the program starts, so that it runs after the exit handlers of the program.
    atexit.register(_report, traced, form, everything, write)
    os.register_at_fork(after_in_child=lambda: atexit.unregister(_report))
    sys.exit(run(name, arguments, is_module, traced.start))


def _restart_without_dask() -> None:
    """Run the same command in this process again without dask, which ``dask`` has imported.

    A program may change the environment before it imports dask, and need not import this package.
    """
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    command = ["-m", __name__.partition(".")[0], *sys.argv[sys.argv.index("trace") :]]
    os.execv(sys.executable, [sys.executable, *flags, *command])  # noqa: S606


def _writer(output: str | None) -> Callable[[str], None]:
    """Return a function that writes the report.

    Raises
    ------
    WriteError
        If the file cannot be written. It is written empty to know this before the program runs.
    """
    if output is None or output == STANDARD_OUTPUT:
        return lambda text: _print(text, sys.__stdout__ if output else sys.__stderr__)
    path = os.path.abspath(output)
    replace_private(path, "")
    return lambda text: replace_private(path, text)


def _print(text: str, stream: TextIO | None) -> None:
    if stream is not None:
        stream.write(text)
        stream.flush()


def _report(traced: Trace, form: str, everything: bool, write: Callable[[str], None]) -> None:
    """Write the report after the output of the program; print errors on one line."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
        traced.stop()
        text = as_json(traced.as_json()) if form == "json" else traced.text(everything)
        write(text + "\n")
    except (DaskBackendError, OSError, ValueError) as error:
        _print(f"error: the report of the trace was not written: {error}\n", sys.__stderr__)
