"""Find the key that was probably meant: a similar name, or the same name in another section."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from ..core.fuzzy import is_typo, nearest
from ..core.keys import PREFIX, hyphenated, join_path, key_of, variable_of
from . import backend_schema
from .known_keys import PROFILES, Path, catalogue, keys_below, names_below
from .old_keys import new_name

#: How similar a name must be (difflib's ratio): to be preferred to the same name elsewhere, to be
#: suggested in its own section, and anywhere; and the complete name of a variable.
_VERY_LIKE, _LIKE, _LIKE_ANYWHERE, _MOSTLY_LIKE = 0.85, 0.65, 0.8, 0.9
_NAMESPACES = ("DASK_DISTRIBUTED_", "DASK_JOBQUEUE_", "DASK_BACKENDS_")


def suggest(path: Path) -> str | None:
    """Return the known key that was probably meant by an unknown one.

    Parameters
    ----------
    path : tuple of str
        As written, in any spelling and case; names may contain dots.

    Returns
    -------
    str or None
        Dotted and hyphenated. None if no key, or several keys, are similar.

    Examples
    --------
    >>> suggest(("distributed", "wroker", "daemn"))
    'distributed.worker.daemon'
    >>> suggest(("distributed", "worker", "allowed-failures"))
    'distributed.scheduler.allowed-failures'
    """
    names = tuple(part for name in path for part in hyphenated(name).lower().split("."))
    if not all(names):
        return None
    if names[0] == "jobqueue" and len(names) > 1:
        names = ("jobqueue", near_section(names[1]) or names[1], *names[2:])
        if len(names) == 2 and names[1] not in names_below(("jobqueue",)):
            return None
    found = join_path(names) if catalogue().knows(names) else _guess(names)
    return (new_name(tuple(found.split(".")), catalogue()) or found) if found else None


def _guess(names: Path) -> str | None:
    return (
        new_name(names, catalogue())
        or respelled(variable_of(join_path(names)))
        or _nearest(names, _VERY_LIKE)
        or _at_right_level(names)
        or _nearest(names, _LIKE)
        or _nearest_anywhere(names)
    )


def respelled(variable: str) -> str | None:
    """Return the known key whose variable differs only in underscores and case.

    Examples
    --------
    >>> respelled("DASK_DISTRIBUTED_WORKER_DAEMON")
    'distributed.worker.daemon'
    """
    letters = _letters(variable).removeprefix(_letters(PREFIX)).lower()
    if not f"{letters}-".startswith(tuple(f"{name}-" for name in catalogue().top_names)):
        return None
    if found := _by_letters().get(_letters(variable)):
        return found
    matches = ((key, start.match(variable)) for key, start in _free_maps())
    return next((f"{key}.{key_of(match[1])}" for key, match in matches if match), None)


def unjoined(variable: str) -> str | None:
    """Return the key that was meant by a variable with one underscore in place of two.

    Parameters
    ----------
    variable : str
        Its name. It may be misspelled slightly if it begins with a namespace.

    Examples
    --------
    >>> unjoined("DASK_DISTRIBUTED__WORKER_DAEMON"), unjoined("DASK_SCHEDULER_ADDRESS")
    ('distributed.worker.daemon', None)
    """
    key = key_of(variable)
    if _is_known(key):
        return None
    found = respelled(variable)
    if found is None and variable.startswith(_NAMESPACES):
        found = _by_letters().get(
            nearest(_letters(variable), tuple(_by_letters()), _MOSTLY_LIKE) or ""
        )
    return found if found and key.count(".") < found.count(".") else None


def _is_known(key: str) -> bool:
    """Return whether `key` is known; a section of ``jobqueue`` must be a scheduler here."""
    names = tuple(hyphenated(key).split("."))
    if names[0] == "jobqueue" and names[1:2] and names[1] not in names_below(("jobqueue",)):
        return False
    return catalogue().knows(names)


def misspelt_top(name: str, is_section: bool) -> str | None:
    """Return the known top-level name of which `name` is a misspelling.

    Unknown top-level names may belong to other packages, so `name` must be more similar than for
    `suggest`.

    Parameters
    ----------
    name : str
        As written.
    is_section : bool
        Whether it contains keys.

    Examples
    --------
    >>> misspelt_top("distibuted", True), misspelt_top("distributed-ucxx", True)
    ('distributed', None)
    """
    known, spelled = catalogue(), hyphenated(name).lower()
    alike = any(known.is_section(path) is is_section for path in known.places(name))
    if alike or hyphenated(name) in known.top_names:
        return None
    for top in names_below(()):
        is_longer = spelled.startswith(f"{top}-")
        if spelled == top or (
            not is_longer and is_typo(spelled, top) and bool(names_below((top,))) is is_section
        ):
            return top
    return None


@functools.cache
def _by_letters() -> Mapping[str, str]:
    keys = [join_path(path) for path in keys_below(())]
    return {_letters(variable_of(key)): key for key in reversed(keys)}


def _letters(variable: str) -> str:
    return re.sub("_+", "-", variable.upper())


@functools.cache
def _free_maps() -> list[tuple[str, re.Pattern[str]]]:
    """Return maps with names of the user, and a pattern for how variables for them begin."""
    found = []
    for path in sorted(keys_below(()), key=len, reverse=True):
        if len(path) > 1 and path != PROFILES and catalogue().is_free(path):
            key = join_path(path)
            start = _letters(variable_of(key)).replace("-", "_+")
            found.append((key, re.compile(f"(?i){start}_+(.+)")))
    return found


@functools.cache
def _by_name() -> Mapping[str, list[Path]]:
    """Return last name -> its places, without the sections that all have the same names."""
    found: dict[str, list[Path]] = defaultdict(list)
    for name in names_below(()):
        if name not in ("jobqueue", "backends"):
            for path in ((name,), *keys_below((name,))):
                found[path[-1]].append(path)
    return found


def near_section(name: str) -> str | None:
    """Return the section of ``jobqueue`` of which `name` is a misspelling; other names are valid.

    Examples
    --------
    >>> near_section("slrum"), near_section("LSF"), near_section("slurm2"), near_section("mysite")
    ('slurm', 'lsf', None, None)
    """
    sections, spelled = names_below(("jobqueue",)), hyphenated(name).lower()
    if hyphenated(name) in sections:
        return None
    for known in sections:
        is_longer = spelled.startswith(known)
        if sorted(spelled) == sorted(known) or (not is_longer and is_typo(spelled, known)):
            return known
    return None


def _at_right_level(names: Path) -> str | None:
    """Return the place of the last name that has most of `names`, if it is the only one."""
    scores: dict[int, list[Path]] = defaultdict(list)
    for path in (*_by_name().get(names[-1], ()), *_in_own_section(names)):
        score = -len(path) if len(names) == 1 else len(set(path) & set(names))
        scores[score].append(path)
    best = scores[max(scores)] if scores else []
    return join_path(best[0]) if len(best) == 1 else None


def _in_own_section(names: Path) -> Iterator[Path]:
    """Yield the places of the name, or of dask-jobqueue's equivalent, in its backend's section."""
    profile = names[:2] == PROFILES
    section = names[: 3 if profile else 2]
    if names[0] != "backends" or len(names) <= len(section):
        return
    kinds = [kind for kind in names_below(PROFILES[:1]) if kind != PROFILES[1]]
    keys = [entry for kind in (kinds if profile else section[1:]) for entry in _named(kind)]
    exact = [path for path, called in keys if names[-1] in called]
    found = exact or [path for path, _ in keys if path[-1].endswith(f"-{names[-1]}")]
    yield from dict.fromkeys((*section, *path[2:]) for path in found)


@functools.cache
def _named(kind: str) -> list[tuple[Path, list[str]]]:
    """Return the keys of one kind of backend, with their own and dask-jobqueue's names."""
    found = []
    for path in keys_below(("backends", kind)):
        fallbacks = (key.split(".") for key in backend_schema.fallbacks(join_path(path)))
        theirs = [names[-1] for names in fallbacks if names[0] == "jobqueue"]
        found.append((path, [path[-1], *theirs]))
    return found


def _nearest(names: Path, cutoff: float) -> str | None:
    """Return the key with each name replaced by the most similar one in its section."""
    corrected: Path = ()
    for name in names:
        below = names_below(corrected)
        own = corrected == ("jobqueue",) or catalogue().is_free(corrected)
        found = name if own or name in below else _like(name, below, cutoff)
        if found is None:
            return None
        corrected = (*corrected, found)
    return join_path(corrected)


def _like(name: str, candidates: tuple[str, ...], cutoff: float) -> str | None:
    longer = [other for other in candidates if _is_part(name, other)]
    if len(longer) == 1 and cutoff < _VERY_LIKE:
        return longer[0]
    return nearest(name, candidates, cutoff)


def _is_part(name: str, longer: str) -> bool:
    return longer.startswith(f"{name}-") or longer.endswith(f"-{name}")


def _nearest_anywhere(names: Path) -> str | None:
    closed = names[0] in ("jobqueue", "backends")
    name = None if closed else nearest(names[-1], tuple(_by_name()), _LIKE_ANYWHERE)
    return _at_right_level((*names[:-1], name)) if name else None
