"""Show on standard error what a slow command is doing."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress_on_stderr() -> Iterator[Callable[[str], None]]:
    """Show progress: one line that is replaced on a terminal, otherwise a line for each step.

    Warnings and logged warnings within the block are shown too, such as why a job waits.
    """
    logger = logging.getLogger(__package__.partition(".")[0])
    propagate = logger.propagate
    with _display() as show, warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: show(str(message))
        handler, logger.propagate = _ShowWarnings(show), False
        logger.addHandler(handler)
        try:
            yield show
        finally:
            logger.removeHandler(handler)
            logger.propagate = propagate


@contextmanager
def _display() -> Iterator[Callable[[str], None]]:
    if not sys.stderr.isatty():
        yield lambda text: click.echo(f"{text} ...", err=True)
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("") as status:
        yield lambda text: status.update(escape(f"{text} ..."))


class _ShowWarnings(logging.Handler):
    """A log handler that shows warnings; a logged error is raised as well, and shown then."""

    def __init__(self, show: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._show = show

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno <= logging.WARNING:
            self._show(record.getMessage())
