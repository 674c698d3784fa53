"""Find the backend that a name or the configuration stands for."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..catalogue import backend_schema
from ..catalogue.backend_schema import keys as schema_keys
from ..core.errors import UnknownKeyError
from ..core.fuzzy import nearest
from ..core.keys import hyphenated
from .options import MISSING, live_config
from .scheduler_answers import SchedulerAnswers

if TYPE_CHECKING:
    from .base import BaseDaskBackend

_JOBQUEUE = "dask_backend_config.backends.jobqueue.by_scheduler"
#: Section below ``backends`` -> module and name of its class.
BACKENDS = {
    "local": ("dask_backend_config.backends.local.backend", "DaskLocalCluster"),
    "lsf": (_JOBQUEUE, "DaskLSFBackend"),
    "pbs": (_JOBQUEUE, "DaskPBSBackend"),
    "slurm": (_JOBQUEUE, "DaskSLURMBackend"),
    "sge": (_JOBQUEUE, "DaskSGEBackend"),
    "htcondor": (_JOBQUEUE, "DaskHTCondorBackend"),
    "oar": (_JOBQUEUE, "DaskOARBackend"),
    "moab": (_JOBQUEUE, "DaskMoabBackend"),
}

_DEFAULT = f"{backend_schema.ROOT}.default"
_PROFILES = f"{backend_schema.ROOT}.profiles"
_AUTO = "auto"
#: Seconds for the controllers of all schedulers to answer.
_PROBE_LIMIT = 5.0


def get_backend(name: str | None = None) -> BaseDaskBackend:
    """Create a backend as configured.

    Parameters
    ----------
    name : str, optional
        ``auto``, a kind such as ``local`` or ``slurm``, or the name of a profile. By default the
        value of ``backends.default``.

    Returns
    -------
    BaseDaskBackend
        Not started.

    Raises
    ------
    UnknownKeyError
        If `name` is unknown, or a profile contains an unknown key.
    ConfigValueError
        If a configured value is invalid.
    """
    key = _DEFAULT if name is None else None
    if name is None:
        name = _checked(_DEFAULT) or _AUTO
    if name == _AUTO:
        name = SchedulerAnswers(_PROBE_LIMIT).detected_kind(os.environ)
    if name in BACKENDS:
        return backend_class(name).from_config()
    profile = live_config().value(f"{_PROFILES}.{name}") if "." not in name else MISSING
    if profile is MISSING:
        raise _unknown_backend_error(name, key)
    return _from_profile(name, profile)


def backend_class(kind: str) -> type[BaseDaskBackend]:
    """Import and return the class of a kind of backend.

    Raises
    ------
    KeyError
        If `BACKENDS` lacks it.
    """
    module, name = BACKENDS[kind]
    found: type[BaseDaskBackend] = getattr(importlib.import_module(module), name)
    return found


def _from_profile(name: str, profile: Any) -> BaseDaskBackend:
    key = f"{_PROFILES}.{name}"
    if not isinstance(profile, Mapping):
        raise live_config().error(key, profile, "must be a section with keys of its own")
    kind = _checked(f"{key}.backend")
    if kind is None:
        wrong = f"must set the key backend to one of {', '.join(BACKENDS)}"
        raise live_config().error(key, profile, wrong)
    if kind not in BACKENDS:
        raise _unknown_backend_error(kind, f"{key}.backend")
    section = f"{backend_schema.ROOT}.{kind}."
    for option in _option_names(profile):
        if option != "backend" and not backend_schema.node(section + option):
            keys = (key for key in schema_keys() if key.startswith(section))
            names = [key.removeprefix(section) for key in keys]
            message = f"unknown key {key}.{option}: the backend {kind} does not have it"
            raise _error(message, option, names, f"{key}.{option}")
    return backend_class(kind).from_config(name)


def _checked(key: str) -> Any:
    value = live_config().get(key)
    wrong = None if value is None else backend_schema.problem(key, value)
    if wrong:
        raise live_config().error(key, value, wrong)
    return value


def _option_names(section: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    for name, value in section.items():
        key = prefix + hyphenated(str(name))
        if isinstance(value, Mapping):
            yield from _option_names(value, f"{key}.")
        else:
            yield key


def _unknown_backend_error(name: str, key: str | None) -> UnknownKeyError:
    """Return the error for an unknown name; `key` sets it, or an argument if `key` is None."""
    names = [*BACKENDS]
    if key in (None, _DEFAULT):
        profiles = live_config().get(_PROFILES)
        names = [_AUTO, *BACKENDS, *(profiles if isinstance(profiles, Mapping) else ())]
    message = f"unknown backend or profile {name!r}"
    return _error(f"{key} is {name!r}: {message}" if key else message, name, names, key)


def _error(message: str, name: str, known: list[str], key: str | None) -> UnknownKeyError:
    guess = nearest(name, map(hyphenated, known), cutoff=0.6)
    hint = f"Did you mean {guess}?" if guess else f"available: {', '.join(known)}"
    origin = live_config().origin_of(key) if key else None
    return UnknownKeyError(message, hint=hint, origin=origin)
