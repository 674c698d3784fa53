"""Describe the scheduler's own environment variables that set the same as a key."""

from __future__ import annotations

from collections.abc import Mapping

from ..catalogue import backend_schema
from ..schedulers import SCHEDULERS
from ..schedulers.option_reader import variables_for

_RESOURCES = "resources-per-worker"
#: Option -> the field of `JobRequest` that it sets.
_FIELDS = {
    "queue-name": "queue",
    "account": "account",
    "job-name": "name",
    f"{_RESOURCES}.number-of-threads": "threads",
    f"{_RESOURCES}.per-thread-memory-limit": "memory",
    f"{_RESOURCES}.wallclock-time-limit": "walltime",
    f"{_RESOURCES}.number-of-gpus": "gpus",
}


def describe_script_variables(key: str, is_set: bool, environ: Mapping[str, str]) -> str:
    """Return which variables set the same as a key, and which of both counts; empty if none does.

    Parameters
    ----------
    key : str
        Below ``backends`` or ``jobqueue``, with ``-`` in names.
    is_set : bool
        Whether it, or a key that is read instead, has a value.
    environ : mapping
        The environment variables.
    """
    names = sorted(
        {
            variable
            for kind, scheduler in SCHEDULERS.items()
            for option, field in _FIELDS.items()
            if key in _keys(kind, option)
            for variable in variables_for(scheduler, field, environ)
        }
    )
    if not names:
        return ""
    found = ", ".join(f"{name}={environ[name]}" for name in names)
    return f"{found} (ignored: job scripts set the same)" if is_set else f"{found} (in effect)"


def _keys(kind: str, option: str) -> tuple[str, ...]:
    key = f"{backend_schema.ROOT}.{kind}.{option}"
    return key, *backend_schema.fallbacks(key)
