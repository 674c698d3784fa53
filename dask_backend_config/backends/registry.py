"""Find the backend that a name or the configuration stands for."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..catalogue import backend_schema
from ..core.errors import UnknownKeyError
from ..core.fuzzy import nearest
from ..core.keys import hyphenated
from ..schedulers import ADDED
from . import constructor
from .config_tree import MISSING, NOT_A_SECTION, ConfigTree, live_config
from .scheduler_answers import SchedulerAnswers
from .section_options import check_options

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
    **{kind: (_JOBQUEUE, name) for kind, name in ADDED.items()},
}

_DEFAULT = f"{backend_schema.ROOT}.default"
_PROFILES = f"{backend_schema.ROOT}.profiles"
_AUTO, _LOCAL = "auto", "local"
#: Seconds for the controllers of all schedulers to answer.
_PROBE_LIMIT = 5.0


def get_backend(name: str | None = None, /, **arguments: Any) -> BaseDaskBackend:
    """Create a backend as configured.

    Parameters
    ----------
    name : str, optional
        ``auto``, a kind such as ``local`` or ``slurm``, or the name of a profile. By default the
        value of ``backends.default``. ``auto`` warns if it takes ``local`` because the scheduler of
        this machine does not answer.
    **arguments
        Arguments of the backend's constructor, which override the configuration and the profile;
        among them another ``name``, that of the cluster.

    Returns
    -------
    BaseDaskBackend
        Not started.

    Raises
    ------
    UnknownKeyError
        If `name` is unknown, or a profile contains an unknown key.
    ConfigValueError
        If an argument or a configured value is invalid.
    TypeError
        If the backend does not have an argument, or `name` is given as a keyword.
    """
    config, other = live_config(), arguments.get("name")
    if name is None and (other in BACKENDS or other in (config.get(_PROFILES) or ())):
        raise TypeError(f"name={other!r} is the cluster's name; write get_backend({other!r})")
    key = _DEFAULT if name is None else None
    if name is None:
        name = _checked(config, _DEFAULT) or _AUTO
    if name == _AUTO:
        name = _detected_kind()
    if name in BACKENDS:
        return _from_config(name, None, arguments)
    if "." in name or config.value(f"{_PROFILES}.{name}") is MISSING:
        raise _unknown_backend_error(config, name, key)
    return _from_config(kind_of_profile(config, name), name, arguments)


def _detected_kind() -> str:
    """Return what ``auto`` stands for; warn if a scheduler's commands find no controller."""
    answers = SchedulerAnswers(_PROBE_LIMIT)
    kind = answers.detected_kind(os.environ)
    for schedulers, problem in answers.silent() if kind == _LOCAL else ():
        titles = " or ".join(scheduler.title for scheduler in schedulers)
        choices = " or ".join([*(scheduler.kind for scheduler in schedulers), _LOCAL])
        message = f"{titles} does not answer, so {_AUTO} uses the local backend: {problem}"
        warnings.warn(f"{message} (Set {_DEFAULT} to {choices})", stacklevel=3)
    return kind


def _from_config(kind: str, profile: str | None, arguments: Mapping[str, Any]) -> BaseDaskBackend:
    made = backend_class(kind)
    constructor.refuse_unknown(made.__name__, kind, arguments)
    return made.from_config(profile, arguments)


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


def kind_of_profile(config: ConfigTree, name: str) -> str:
    """Return the kind of backend that a profile is for.

    Raises
    ------
    ConfigValueError
        If the profile is not a section, or does not set its backend.
    UnknownKeyError
        If its backend is unknown, or does not have one of its keys.
    """
    key = f"{_PROFILES}.{name}"
    profile = config.value(key)
    if not isinstance(profile, Mapping):
        raise config.error(key, profile, NOT_A_SECTION)
    kind: str | None = _checked(config, f"{key}.backend")
    if kind is None:
        wrong = f"must set the key backend to one of {', '.join(BACKENDS)}"
        raise config.error(key, profile, wrong)
    if kind not in BACKENDS:
        raise _unknown_backend_error(config, kind, f"{key}.backend")
    check_options(config, key, profile, f"{backend_schema.ROOT}.{kind}")
    return kind


def _checked(config: ConfigTree, key: str) -> Any:
    value = config.get(key)
    wrong = None if value is None else backend_schema.problem(key, value)
    if wrong:
        raise config.error(key, value, wrong)
    return value


def _unknown_backend_error(config: ConfigTree, name: str, key: str | None) -> UnknownKeyError:
    """Return the error for an unknown name; `key` sets it, or an argument if `key` is None."""
    names = [*BACKENDS]
    if key in (None, _DEFAULT):
        profiles = config.get(_PROFILES)
        names = [_AUTO, *BACKENDS, *(profiles if isinstance(profiles, Mapping) else ())]
    message = f"unknown backend or profile {name!r}"
    message = f"{key} is {name!r}: {message}" if key else message
    return _error(config, message, name, names, key)


def _error(
    config: ConfigTree, message: str, name: str, known: list[str], key: str | None
) -> UnknownKeyError:
    guess = nearest(name, map(hyphenated, known), cutoff=0.6)
    hint = f"Did you mean {guess}?" if guess else f"available: {', '.join(known)}"
    origin = config.origin_of(key) if key else None
    return UnknownKeyError(message, hint=hint, origin=origin, key=key)
