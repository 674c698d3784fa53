"""Lines to the terminal, in colour where it has some."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click

from ..report.findings_text import NO_WRAP, STYLES, Line

FORMATS = ("text", "json")


def format_option(*formats: str) -> Callable[..., Callable[..., object]]:
    """``--format``, text where not given."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print.",
    )


def print_lines(render: Callable[[int], Iterable[Line]]) -> None:
    """Print what `render` makes for a width: styled and wrapped on a terminal, plain otherwise."""
    if sys.stdout.isatty():
        _print_styled(render(shutil.get_terminal_size().columns))
    else:
        for line in render(NO_WRAP):
            click.echo("".join(text for text, _ in line).rstrip())


def _print_styled(lines: Iterable[Line]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)  # which knows NO_COLOR and dumb terminals
    for line in lines:
        pieces: Iterator[tuple[str, str]] = ((text, STYLES.get(style, "")) for text, style in line)
        console.print(Text.assemble(*pieces), soft_wrap=True)


@contextmanager
def progress_on_stderr() -> Iterator[Callable[[str], None]]:
    """Tell what happens: a line that replaces itself on a terminal, a line each otherwise.

    What is warned of within the block is told as well, such as why a job waits.
    """
    if not sys.stderr.isatty():
        with _warnings_told_by(lambda text: click.echo(f"{text} ...", err=True)) as tell:
            yield tell
        return
    from rich.console import Console
    from rich.markup import escape

    with (
        Console(stderr=True).status("") as status,
        _warnings_told_by(lambda text: status.update(escape(f"{text} ..."))) as tell,
    ):
        yield tell


@contextmanager
def _warnings_told_by(tell: Callable[[str], None]) -> Iterator[Callable[[str], None]]:
    """Hand what is warned of to `tell`; what is logged as worse is raised, too, and told there."""
    import logging
    import warnings

    class Teller(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno <= logging.WARNING:
                tell(record.getMessage())

    logger, handler = logging.getLogger(__package__.partition(".")[0]), Teller(logging.WARNING)
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: tell(str(message))
            yield tell
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
