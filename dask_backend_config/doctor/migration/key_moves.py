"""Translate keys and values of dask-jobqueue into those of the backends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ...backends.jobqueue.job_size import workers_per_job
from ...backends.options import BackendOptions
from ...backends.resources import MEMORY, THREADS, WALLTIME
from ...catalogue import backend_schema, fates
from ...catalogue.known_keys import MISSING, Path, catalogue
from ...core import units
from ...core.keys import hyphenated, join_path
from ...core.strings import shown
from ...schedulers import SCHEDULERS
from ...schedulers.amounts import hours_minutes_seconds
from .sections import JOBQUEUE, Kept, OldSection

_AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)(\s*[A-Za-z]+)\s*")
#: With more digits, an amount is written in a smaller unit.
_MAX_DIGITS = 7
_PYTHON, _LAUNCHER = "python", "worker-launcher"
#: For a whole job in dask-jobqueue, for a thread or worker here.
_OF_JOB = ("cores", "memory")


@dataclass(frozen=True, slots=True)
class KeyMove:
    """A key of dask-jobqueue, and the key of a backend that replaces it.

    Attributes
    ----------
    old : str
        The name in the old section.
    new : tuple of str
        The names below the new section.
    old_value : object
        Its value.
    new_value : object
        The value for the new key; `MISSING` if it stays as it is written.
    others : mapping
        Further keys of the new section, and their values.
    """

    old: str
    new: Path
    old_value: Any
    new_value: Any = MISSING
    others: Mapping[str, Any] | None = None

    @property
    def comment(self) -> str:
        """The comment that explains a new value."""
        if self.new_value is MISSING or not self.old_value:
            return ""
        of_job = " for the whole job" if self.old in _OF_JOB else ""
        return f"{self.old} was {self.old_value}{of_job}"


def key_moves(
    section: OldSection, values: Mapping[Any, Any], options: BackendOptions
) -> tuple[list[KeyMove], list[Kept]]:
    """Return how the keys of a section are moved, and which keys are not.

    Parameters
    ----------
    section : OldSection
    values : mapping
        The keys and values of the section in the file.
    options : BackendOptions
        The options of its backend before the move.
    """
    moves: dict[str, KeyMove] = {}
    kept: list[Kept] = []
    for name in sorted(values, key=lambda name: _rank(section.kind, name, values[name])):
        path, value = (*section.path, name), values[name]
        target = fates.replacement(_old_key(section.kind, name))
        if target is None:
            kept.append(Kept(path, _why_without_replacement(section.kind, name, value)))
        elif target in moves:
            other = join_path((*section.path, moves[target].old))
            kept.append(Kept(path, f"no effect: {other} is set, too"))
        else:
            move = _key_move(section, name, target, value, options)
            if isinstance(move, KeyMove):
                moves[target] = move
            else:
                kept.append(Kept(path, move, is_explained=True))
    return list(moves.values()), kept


def is_default(kind: str, name: str, value: Any) -> bool:
    """Return whether a key without a replacement sets what a backend does anyway."""
    key = _old_key(kind, name)
    is_unused = (fates.with_backends(key) or "").startswith("without effect")
    return value in (None, "", [], {}) or (is_unused and not fates.has_no_effect(key, value))


def _old_key(kind: str, name: str) -> str:
    return hyphenated(join_path((JOBQUEUE, kind, name)))


def _rank(kind: str, name: str, value: Any) -> tuple[bool, int]:
    """Return a sort key: of several names of an option, dask-jobqueue reads the least."""
    key = _old_key(kind, name)
    target = fates.replacement(key)
    order = backend_schema.fallbacks(target) if target else ()
    return value in (None, "", []), order.index(key) if key in order else 0


def _why_without_replacement(kind: str, name: str, value: Any) -> str:
    key = _old_key(kind, name)
    if not catalogue().knows(tuple(key.split("."))):
        return "unknown key: dask-jobqueue ignores it"
    if fates.has_no_effect(key, value):
        return f"{fates.with_backends(key)}"
    if is_default(kind, name, value):
        return "nothing replaces it; its value is the default"
    return "no key of the backends replaces it; they read it here, too"


def _key_move(
    section: OldSection, old: str, target: str, value: Any, options: BackendOptions
) -> KeyMove | str:
    """Return the move of a key, or why it cannot be moved."""
    new = tuple(target.split(".")[2:])
    if section.has_arguments:
        new = tuple(name.replace("-", "_") for name in new)
    name = join_path(target.split(".")[2:])
    new_value: Any = value
    if value == "" and backend_schema.problem(target, value):
        new_value = None
    elif value is not None and name in (THREADS, MEMORY):
        new_value = _share(name, value, options)
        if new_value is None:
            return f"{shown(value)} cannot be divided by the threads of a job without a remainder"
    elif value is not None and name == WALLTIME:
        new_value = _walltime(value, section.kind)
    elif name == _PYTHON and " " in str(value).strip():
        launcher, _, python = str(value).strip().rpartition(" ")
        return KeyMove(old, new, value, python, {_LAUNCHER: launcher})
    return KeyMove(old, new, value, MISSING if new_value == value else new_value)


def _share(name: str, value: Any, options: BackendOptions) -> Any:
    """Return the threads of each worker, or the memory of each thread, of a job's amount."""
    workers = workers_per_job(options)
    threads = options.resolve(THREADS)
    each = (threads.value or 1) // (workers if threads.from_dask_jobqueue else 1)
    return each if name == THREADS else per_thread(value, each * workers)


def _walltime(value: Any, kind: str) -> str:
    """Return a walltime in our form: unchanged if it means the same there."""
    seconds = SCHEDULERS[kind].read_walltime(str(value))
    try:
        if units.walltime(value) == seconds:
            return str(value)
    except ValueError:
        pass
    return hours_minutes_seconds(seconds)


def per_thread(memory: Any, threads: int) -> Any:
    """Return the memory of each thread, None if it is not a whole number of bytes.

    Examples
    --------
    >>> per_thread("120GB", 24), per_thread("10 GB", 4), per_thread("1 GiB", 3)
    ('5GB', '2.5 GB', None)
    """
    if threads == 1:
        return memory
    total = units.memory(memory)
    if total % threads:
        return None
    match = _AMOUNT.fullmatch(str(memory))
    amount = Fraction(match[1]) / threads if match else Fraction(0)
    text = f"{float(amount):g}{match[2]}" if match else ""
    is_short = match is not None and len(text) <= _MAX_DIGITS + len(match[2])
    return text if is_short and units.memory(text) * threads == total else total // threads
