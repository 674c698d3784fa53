"""Errors about options that name the argument or key that sets each value, and its origin."""

from __future__ import annotations

from ..catalogue import backend_schema, shipped
from ..core import units
from ..core.equality import strictly_equal
from ..core.errors import ConfigValueError, OptionError
from ..core.origins import Origin
from .options import BackendOptions, ResolvedOption
from .resources import RESOURCES


def conflict(options: BackendOptions, *problems: tuple[str, str]) -> ConfigValueError:
    """Return the error for values that exclude each other, about the first that a user sets.

    Parameters
    ----------
    options : BackendOptions
    *problems : tuple of str
        An option, and what is wrong with its value.
    """
    by_user = (entry for entry in problems if _is_set_by_user(options, options.resolve(entry[0])))
    name, wrong = next(by_user, problems[0])
    return options.error(name, wrong)


def located(options: BackendOptions, error: OptionError) -> ConfigValueError:
    """Return the error about the argument or key that sets the option of `error`."""
    option = _resolved(options, error.option)
    if option.value is None:  # an environment variable sets it
        return error
    found = options.error_about(option, error.problem)
    found.hint = error.hint
    return found


def sources(options: BackendOptions, name: str) -> list[str]:
    """Return what sets an option, or the options of a section: key, value and origin.

    Values that no user sets are left out.

    Parameters
    ----------
    options : BackendOptions
    name : str
        Of an option below ``backends.<kind>``, or of a key below ``jobqueue.<kind>``.
    """
    below = (backend_schema.node(f"{options.section}.{name}") or {}).get("properties")
    names = [f"{name}.{each}" for each in below] if below else [name]
    found = [_resolved(options, each) for each in names]
    return [_source(options, option) for option in found if _is_set_by_user(options, option)]


def _resolved(options: BackendOptions, name: str) -> ResolvedOption:
    for option in (name, f"{RESOURCES}.{name}"):
        if backend_schema.node(f"{options.section}.{option}"):
            return options.resolve(option)
    key = options.dask_jobqueue_key(name)
    return ResolvedOption(options.config.get(key), key)


def _is_set_by_user(options: BackendOptions, option: ResolvedOption) -> bool:
    if option.value is None or option.is_shipped:
        return False
    return option.key is None or not _origin(options, option.key, option.value).is_default


def _source(options: BackendOptions, option: ResolvedOption) -> str:
    if option.key is None:
        return f"argument {option.argument} ({option.value!r})"
    return f"{option.key} ({option.value!r}, {_origin(options, option.key, option.value)})"


def _origin(options: BackendOptions, key: str, value: object) -> Origin:
    """Return the origin of a value; that of code if the key has another one by now."""
    if not strictly_equal(options.config.get(key), value):
        return Origin("code")
    return options.config.origin_of(key) or Origin("default", name=shipped.PACKAGES[2].package)


def duration_argument(name: str, value: str | float) -> float:
    """Return the seconds of an argument of a method.

    Raises
    ------
    ConfigValueError
        If it is not a duration.
    """
    try:
        return units.duration(value)
    except (TypeError, ValueError):
        wrong = f"must be a duration: {units.DURATION_FORMS}"
        raise ConfigValueError(f"argument {name} is {value!r}: {wrong}") from None
