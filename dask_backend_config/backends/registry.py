"""Which backends there are, and which one configuration names."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..catalogue import backend_schema
from ..catalogue.backend_schema import keys as known_keys
from ..core.errors import UnknownKeyError
from ..core.keys import hyphenated
from ..core.fuzzy import nearest
from ..schedulers import BatchScheduler, Output
from ..schedulers.detection import detect
from ..schedulers.run import ask_all
from .options import MISSING, configured, value_error

if TYPE_CHECKING:
    from .base import BaseDaskBackend

#: Name below ``backends`` -> where its class is.
BACKENDS = {
    "local": ("dask_backend_config.backends.local.backend", "DaskLocalCluster"),
    "lsf": ("dask_backend_config.backends.jobqueue.lsf", "DaskLSFBackend"),
    "pbs": ("dask_backend_config.backends.jobqueue.pbs", "DaskPBSBackend"),
    "slurm": ("dask_backend_config.backends.jobqueue.slurm", "DaskSLURMBackend"),
    "sge": ("dask_backend_config.backends.jobqueue.sge", "DaskSGEBackend"),
    "htcondor": ("dask_backend_config.backends.jobqueue.htcondor", "DaskHTCondorBackend"),
    "oar": ("dask_backend_config.backends.jobqueue.oar", "DaskOARBackend"),
    "moab": ("dask_backend_config.backends.jobqueue.moab", "DaskMoabBackend"),
}

_DEFAULT = f"{backend_schema.ROOT}.default"
_PROFILES = f"{backend_schema.ROOT}.profiles"
_AUTO = "auto"
#: Seconds that a controller has to show that it is there.
_PROBE_LIMIT = 5.0


def get_backend(name: str | None = None) -> BaseDaskBackend:
    """Make the backend that configuration describes.

    Parameters
    ----------
    name : str, optional
        ``auto``, the name of a kind such as ``local``, or of a profile; what
        ``backends.default`` says where it is None.

    Returns
    -------
    BaseDaskBackend
        Not started.

    Raises
    ------
    UnknownKeyError
        Where nothing has that name, or a profile holds a key that its backend does not have.
    ConfigValueError
        Where a configured value cannot be meant.
    """
    said = name
    if name is None:
        name = _checked(_DEFAULT, _AUTO)
    if name == _AUTO:
        name = detected()
    if name in BACKENDS:
        return backend_class(name).from_config()
    profile = configured(f"{_PROFILES}.{name}") if "." not in name else MISSING
    if profile is MISSING:
        raise _unknown(name, None if said else _DEFAULT)
    return _of_profile(name, profile)


def detected() -> str:
    """The kind of backend that ``auto`` means here.

    That of the job that this process runs in; else that of a controller which answers within
    seconds; else ``local``.
    """
    return detect(os.environ, _answers, lambda program: shutil.which(program) is not None)


def _answers(schedulers: Sequence[BatchScheduler]) -> dict[str, Output]:
    outputs = ask_all([entry.probe for entry in schedulers], _PROBE_LIMIT)
    return {entry.kind: output for entry, output in zip(schedulers, outputs, strict=True)}


def backend_class(kind: str) -> type[BaseDaskBackend]:
    """The class of a kind of backend; imported now.

    Raises
    ------
    KeyError
        Where `BACKENDS` does not hold it.
    """
    module, name = BACKENDS[kind]
    found: type[BaseDaskBackend] = getattr(importlib.import_module(module), name)
    return found


def _of_profile(name: str, profile: Any) -> BaseDaskBackend:
    key = f"{_PROFILES}.{name}"
    if not isinstance(profile, Mapping):
        raise value_error(key, profile, "must be a section with keys of its own")
    kind = _checked(f"{key}.backend", None)
    if kind is None:
        kinds = ", ".join(BACKENDS)
        raise value_error(key, profile, f"must name its kind in the key backend, one of {kinds}")
    if kind not in BACKENDS:
        raise _unknown(kind, f"{key}.backend")
    for tunable in _tunables(profile):
        if (
            tunable != "backend"
            and backend_schema.node(f"{backend_schema.ROOT}.{kind}.{tunable}") is None
        ):
            raise _unknown_tunable(f"{key}.{tunable}", kind, tunable)
    return backend_class(kind).from_config(name)


def _checked(key: str, default: str | None) -> Any:
    value = configured(key)
    if value is MISSING or value is None:
        return default
    wrong = backend_schema.problem(key, value)
    if wrong:
        raise value_error(key, value, wrong)
    return value


def _tunables(section: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    for name, value in section.items():
        key = prefix + hyphenated(str(name))
        if isinstance(value, Mapping):
            yield from _tunables(value, f"{key}.")
        else:
            yield key


def _unknown(name: str, key: str | None) -> UnknownKeyError:
    """The error for a name that no backend and no profile has; `key` says it, or an argument."""
    names = [*BACKENDS]
    if key in (None, _DEFAULT):
        profiles = configured(_PROFILES)
        names = [_AUTO, *BACKENDS, *(profiles if isinstance(profiles, Mapping) else ())]
    guess = nearest(name, map(hyphenated, names), cutoff=0.6)
    hint = f"there are {', '.join(names)}" if len(names) > 1 else f"there is {names[0]}"
    hint += f"; the nearest is {guess}" if guess else ""
    wrong = f"there is no backend or profile {name!r}"
    return _error(f"{key} is {name!r}: {wrong}" if key else wrong, hint, key)


def _unknown_tunable(key: str, kind: str, tunable: str) -> UnknownKeyError:
    prefix = f"{backend_schema.ROOT}.{kind}."
    known = [name.removeprefix(prefix) for name in known_keys() if name.startswith(prefix)]
    guess = nearest(tunable, known, cutoff=0.6)
    hint = f"the nearest is {guess}" if guess else f"there are {', '.join(known)}"
    return _error(f"{key} is unknown to the backend {kind}", hint, key)


def _error(message: str, hint: str, key: str | None) -> UnknownKeyError:
    from ..config.resolve import origin_in_process

    return UnknownKeyError(message, hint=hint, origin=origin_in_process(key) if key else None)
