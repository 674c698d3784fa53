"""The time after which a worker ends itself, before the walltime of its job."""

from __future__ import annotations

from dataclasses import dataclass

from ...core import units
from ...schedulers.amounts import hours_minutes_seconds
from ..option_errors import conflict
from ..options import BackendOptions
from ..resources import WALLTIME

_MARGIN, _STAGGER = "lifetime-margin", "lifetime-stagger"
_ATTEMPTS = "walltime-attempts"
#: The part of the margin before the walltime in which a worker only passes on its results.
_RESERVED_PART = 1 / 4
_LIFETIME = "distributed.worker.lifetime.duration"
_DISTRIBUTED_STAGGER = "distributed.worker.lifetime.stagger"


@dataclass(frozen=True)
class RetirementOptions:
    """Options of the end of a worker.

    Attributes
    ----------
    reserve : float
        Seconds before the walltime at which a worker leaves, even if its tasks have not ended.
    attempts : int
        How many times a task may run into the walltime of its worker before it fails.
    """

    reserve: float = 0.0
    attempts: int = 1


def retirement_options(options: BackendOptions, walltime: int | None) -> RetirementOptions:
    """Return the options of a worker's end for a walltime in seconds.

    Raises
    ------
    ConfigValueError
        If a value is invalid.
    """
    margin, stagger = (seconds(options, name) or 0.0 for name in (_MARGIN, _STAGGER))
    margin, _ = _fitting(options, walltime, margin, stagger)
    return RetirementOptions(margin * _RESERVED_PART, options.value(_ATTEMPTS))


def seconds(options: BackendOptions, name: str) -> float | None:
    """Return the seconds of an option that is a duration, None if it is not set.

    Raises
    ------
    ConfigValueError
        If the value is invalid.
    """
    value = options.value(name)
    return None if value is None else units.duration(value)


def lifetime(options: BackendOptions, walltime: int | None) -> tuple[int, float] | None:
    """Return `WorkerJob.lifetime` for a walltime in seconds.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or leaves no time to work.
    """
    margin, stagger = (seconds(options, name) or 0.0 for name in (_MARGIN, _STAGGER))
    margin, stagger = _fitting(options, walltime, margin, stagger)
    culprit = _MARGIN
    if stagger >= margin and options.resolve(_STAGGER).key == _DISTRIBUTED_STAGGER:
        margin, culprit = margin + stagger, _STAGGER
    elif not margin:
        stagger = 0.0  # no worker could end later than planned and still in time
    elif stagger >= margin:
        raise conflict(
            options,
            (_STAGGER, f"must be less than {_MARGIN}, which is {margin:g} s"),
            (_MARGIN, f"must be more than {_STAGGER}, which is {stagger:g} s"),
        )
    configured = distributed_seconds(options, _LIFETIME)  # which its workers would read
    if walltime is None:
        return None
    if walltime - margin <= stagger:
        clock = hours_minutes_seconds(walltime)
        raise conflict(
            options,
            (culprit, f"leaves no time to work, with a walltime of {clock}"),
            (WALLTIME, f"too short for a {culprit} of {margin:g} s"),
        )
    limit = min(walltime - margin, configured or walltime)
    if limit <= stagger:
        wrong = f"must be more than {_STAGGER}, which is {stagger:g} s"
        raise options.config.error(_LIFETIME, options.config.get(_LIFETIME), wrong)
    return int(limit), stagger


def _fitting(
    options: BackendOptions, walltime: int | None, margin: float, stagger: float
) -> tuple[float, float]:
    """Return margin and stagger, which are shorter for a short walltime if they are defaults."""
    if walltime is None or walltime / 4 >= margin or not _is_default(options, _MARGIN):
        return margin, stagger
    if _is_default(options, _STAGGER):
        stagger = min(stagger, walltime / 16)
    return walltime / 4, stagger


def _is_default(options: BackendOptions, name: str) -> bool:
    key = options.resolve(name).key
    return key is not None and not options.config.is_set_by_user(key)


def distributed_seconds(options: BackendOptions, key: str) -> float | None:
    """Return the seconds of a key of distributed that is a duration, None if it is not set.

    Raises
    ------
    ConfigValueError
        If the value is invalid.
    """
    value = options.config.get(key)
    try:
        return units.duration(value) if value else None
    except ValueError:
        wrong = f"must be a duration: {units.DURATION_FORMS}"
        raise options.config.error(key, value, wrong) from None
