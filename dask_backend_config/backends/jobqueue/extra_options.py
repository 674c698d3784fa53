"""Read the options that users add to the head of a job script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...core.strings import has_line_break
from ...schedulers import BatchScheduler
from ...schedulers.option_words import without_prefix
from ..options import BackendOptions


def setup_options(options: BackendOptions) -> dict[str, Any]:
    """Return the setup commands, and whether they must succeed, as arguments of `WorkerJob`."""
    return {
        "setup": options.value("setup-script-commands") or (),
        "require_setup": options.value("require-setup"),
    }


def extra_options(options: BackendOptions, scheduler: BatchScheduler) -> list[str]:
    """Return the options that follow those of the request.

    In dask-jobqueue, HTCondor's are a mapping.

    Raises
    ------
    ConfigValueError
        If one of them begins with the prefix of a job script, does not begin with ``-``, or has
        several lines.
    """
    name = "extra-script-options"
    lines = options.value(name)
    if lines is None and not scheduler.prefix:
        return _submit_commands(options)
    for line in lines or ():
        if bare := without_prefix(line):
            raise options.error(name, f"{line!r} must be without its prefix: write {bare!r}")
        if scheduler.prefix and line.strip()[:1] not in ("-", "#", ""):
            raise options.error(name, f"{line!r} must begin with -")
    return lines or []


def _submit_commands(options: BackendOptions) -> list[str]:
    """Return the entries of dask-jobqueue's mapping as lines ``NAME = VALUE``."""
    for name in ("job-extra-directives", "job-extra"):
        values = options.dask_jobqueue_value(name)
        if not values:
            continue
        key = options.dask_jobqueue_key(name)
        if not isinstance(values, Mapping):
            raise options.config.error(key, values, "must be a mapping of submit commands")
        lines = [f"{command} = {value}" for command, value in values.items()]
        if any(has_line_break(line) for line in lines):
            raise options.config.error(key, values, "must not contain a line break")
        return lines
    return []
