"""Read the arguments that a user sets for dask's scheduler."""

from __future__ import annotations

from collections.abc import Mapping

from ..catalogue import backend_schema, dask_keys
from ..core.fuzzy import nearest
from ..core.keys import hyphenated
from .options import BackendOptions, ResolvedOption

_NAME = "scheduler-options"
#: Arguments of the scheduler that other processes must know as well -> what to set instead.
_INSTEAD = {"security": "set the argument security of the backend"}

Entries = Mapping[str, ResolvedOption]


def scheduler_options(options: BackendOptions) -> Entries:
    """Return the keyword arguments for ``distributed.Scheduler``, each of the highest layer.

    Raises
    ------
    ConfigValueError
        If the scheduler has no such argument.
    """
    entries = options.entries(_NAME)
    known = dask_keys.entry(("jobqueue", "*", _NAME))["argument-names"]
    for name, option in entries.items():
        if name in _INSTEAD:
            raise options.error_about(option, _INSTEAD[name])
        if hyphenated(name) not in known:
            meant = nearest(name, known)
            hint = f"; did you mean {meant.replace('-', '_')}?" if meant else ""
            raise options.error_about(option, f"dask's scheduler has no such argument{hint}")
    return entries


def own_or_entry(
    options: BackendOptions, name: str, entries: Entries, entry: str = ""
) -> ResolvedOption:
    """Return an option of the backend, or the argument of the scheduler that means the same.

    The option comes first if a user sets it; but an argument of the constructor overrides files.

    Parameters
    ----------
    options : BackendOptions
    name : str
        The option.
    entries : mapping
        From `scheduler_options`.
    entry : str, optional
        The scheduler's name, by default that of the option.

    Raises
    ------
    ConfigValueError
        If the value of the argument is invalid.
    """
    own, theirs = options.resolve(name), entries.get(entry or name.replace("-", "_"))
    if theirs is None or theirs.value is None or own.argument:
        return own
    key = None if own.from_dask_jobqueue else own.key
    if key and options.config.is_set_by_user(key) and not theirs.argument:
        return own
    if wrong := backend_schema.problem(f"{options.section}.{name}", theirs.value):
        raise options.error_about(theirs, wrong)
    return theirs
