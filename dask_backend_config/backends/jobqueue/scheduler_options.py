"""Read the arguments that a user sets for dask's scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...catalogue import dask_keys
from ...core.fuzzy import nearest
from ...core.keys import hyphenated
from ..options import BackendOptions

_NAME = "scheduler-options"


def scheduler_options(options: BackendOptions) -> Mapping[str, Any]:
    """Return the keyword arguments for ``distributed.Scheduler``.

    Raises
    ------
    ConfigValueError
        If it has no such argument.
    """
    value, key = options.dask_jobqueue_value(_NAME), options.dask_jobqueue_key(_NAME)
    if value is not None and not isinstance(value, Mapping):
        raise options.config.error(key, value, "must be a section with keys of its own")
    known = dask_keys.entry(("jobqueue", "*", _NAME))["argument-names"]
    for name, each in (value or {}).items():
        if hyphenated(str(name)) not in known:
            meant = nearest(str(name), known)
            hint = f"; did you mean {meant.replace('-', '_')}?" if meant else ""
            wrong = f"dask's scheduler has no argument {name}{hint}"
            raise options.config.error(f"{key}.{name}", each, wrong)
    return {name.replace("-", "_"): each for name, each in (value or {}).items()}
