"""Print lines and JSON for people and programs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable
from typing import Any

import click

from ..report.layout import NO_WRAP, STYLES, Line, plain

FORMATS = ("text", "json")
#: The value of an option for a file that stands for standard output, or input.
STANDARD_OUTPUT = STANDARD_INPUT = "-"


def format_option(*formats: str) -> Callable[..., Callable[..., object]]:
    """Return the option ``--format``; the first format is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        metavar="FORMAT",
        default=formats[0],
        show_default=True,
        help=f"The output format: {', '.join(formats[:-1])} or {formats[-1]}.",
    )


def as_json(data: Any) -> str:
    """Return JSON text; a value that JSON cannot hold becomes its ``str``."""
    return json.dumps(data, indent=2, default=str)


def print_lines(render: Callable[[int], Iterable[Line]]) -> None:
    """Print lines, with styles on a terminal, wrapped there or to the variable COLUMNS.

    Parameters
    ----------
    render : callable
        Number of columns -> lines.
    """
    if not sys.stdout.isatty():
        columns = os.environ.get("COLUMNS", "")
        for line in render(int(columns) if columns.isdecimal() else NO_WRAP):
            click.echo(plain(line))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)  # it respects NO_COLOR and TERM=dumb
    for line in render(shutil.get_terminal_size().columns):
        text = Text.assemble(*((piece, STYLES.get(style, "")) for piece, style in line))
        text.rstrip()
        console.print(text, soft_wrap=True)
