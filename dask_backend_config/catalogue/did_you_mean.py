"""The key that was probably meant: the nearest spelling, or the same name at its right level."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ..core.fuzzy import is_typo, nearest
from ..core.keys import PREFIX, hyphenated, join_path, key_of, variable_of
from . import backend_schema
from .catalogue import Path, catalogue
from .known_keys import PROFILES, keys_below, names_below
from .old_keys import new_name

#: How like a name must be (difflib's ratio): to beat the same name elsewhere, to be named at all
#: in its own section, and anywhere; and the whole name of a variable.
_VERY_LIKE, _LIKE, _LIKE_ANYWHERE, _MOSTLY_LIKE = 0.85, 0.65, 0.8, 0.9
_NAMESPACES = ("DASK_DISTRIBUTED_", "DASK_JOBQUEUE_", "DASK_BACKENDS_")


def suggest(path: Path) -> str | None:
    """The known key that was probably meant by an unknown one.

    Parameters
    ----------
    path : tuple of str
        As written, in any spelling and case; names may hold dots.

    Returns
    -------
    str or None
        Dotted and hyphenated. None where nothing is like it, or several keys equally are.

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
    names = _in_known_section(names)
    if names[0] == "jobqueue" and len(names) == 2 and names[1] not in names_below(names[:1]):
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
    """The known key whose variable differs from `variable` in nothing but underscores and case.

    Examples
    --------
    >>> respelled("DASK_DISTRIBUTED_WORKER_DAEMON")
    'distributed.worker.daemon'
    """
    if not _begins_with_top_name(variable):
        return None
    found = _by_letters().get(_letters(variable))
    if found is None:
        matches = ((key, start.match(variable)) for key, start in _free_maps())
        found = next((f"{key}.{key_of(match[1])}" for key, match in matches if match), None)
    return found


def unjoined(variable: str) -> str | None:
    """The key that a variable means which has one underscore where two belong.

    Parameters
    ----------
    variable : str
        Its name. Small misspellings in it are seen through where it begins with a namespace.

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
    """Whether `key` is known, and not only because sections of ``jobqueue`` may have any name."""
    names = tuple(hyphenated(key).split("."))
    if names[0] == "jobqueue" and names[1:2] and names[1] not in names_below(("jobqueue",)):
        return False
    return catalogue().knows(names)


def _begins_with_top_name(variable: str) -> bool:
    letters = _letters(variable).removeprefix(_letters(PREFIX)).lower()
    return f"{letters}-".startswith(tuple(f"{name}-" for name in catalogue().top_names))


def misspelt_top(name: str, is_section: bool) -> str | None:
    """The known top-level name that `name` differs from by a slip of the finger.

    Other top-level names are other packages' own, so less is taken for a misspelling here than
    `suggest` takes.

    Parameters
    ----------
    name : str
        As written.
    is_section : bool
        Whether keys stand below it.

    Examples
    --------
    >>> misspelt_top("distibuted", True), misspelt_top("distributed-ucxx", True)
    ('distributed', None)
    """
    known, spelled = catalogue(), hyphenated(name).lower()
    alike = any(known.is_section(path) is is_section for path in known.places(name))
    if alike or hyphenated(name) in known.top_names:
        return None
    for top, holds in _tops():
        longer = spelled.startswith(f"{top}-")
        if spelled == top or (holds is is_section and not longer and is_typo(spelled, top)):
            return top
    return None


@functools.cache
def _tops() -> list[tuple[str, bool]]:
    """The top-level names, and whether known keys stand below them."""
    # Asked for `backends`, it would read the schema, which no other name needs.
    return [(name, name == "backends" or bool(names_below((name,)))) for name in names_below(())]


@functools.cache
def _by_letters() -> Mapping[str, str]:
    keys = [join_path(path) for path in keys_below(())]
    return {_letters(variable_of(key)): key for key in reversed(keys)}


def _letters(variable: str) -> str:
    return re.sub("_+", "-", variable.upper())


@functools.cache
def _free_maps() -> list[tuple[str, re.Pattern[str]]]:
    """Maps of the user's own names below a namespace, and how a variable for one of them begins."""
    below = [path for path in keys_below(()) if len(path) > 1 and path != PROFILES]
    free = [path for path in below if catalogue().is_free(path)]
    return [
        (
            join_path(path),
            re.compile(f"(?i){_letters(variable_of(join_path(path))).replace('-', '_+')}_+(.+)"),
        )
        for path in sorted(free, key=len, reverse=True)
    ]


@functools.cache
def _by_name() -> Mapping[str, list[Path]]:
    """Last name -> where it stands; without the sections that all have the same names."""
    found: dict[str, list[Path]] = defaultdict(list)
    for name in names_below(()):
        if name not in ("jobqueue", "backends"):
            for path in ((name,), *keys_below((name,))):
                found[path[-1]].append(path)
    return found


def near_section(name: str) -> str | None:
    """The section of ``jobqueue`` that `name` misspells; any other name may be a section too.

    Examples
    --------
    >>> near_section("slrum"), near_section("LSF"), near_section("slurm2"), near_section("mysite")
    ('slurm', 'lsf', None, None)
    """
    sections, spelled = names_below(("jobqueue",)), hyphenated(name).lower()
    if hyphenated(name) in sections:
        return None
    return next((known for known in sections if _misspells(spelled, known)), None)


def _misspells(name: str, section: str) -> bool:
    if sorted(name) == sorted(section):
        return True
    return is_typo(name, section) and not name.startswith(section)


def _in_known_section(names: Path) -> Path:
    section = near_section(names[1]) if names[0] == "jobqueue" and len(names) > 1 else None
    return ("jobqueue", section, *names[2:]) if section else names


def _at_right_level(names: Path) -> str | None:
    candidates = [*_by_name().get(names[-1], ()), *_in_own_section(names)]
    return _best(names, candidates)


def _in_own_section(names: Path) -> Iterator[Path]:
    """Where the name, or dask-jobqueue's for the same thing, stands in its backend's section."""
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
    """The keys of one kind of backend, with their own and dask-jobqueue's names."""
    return [(path, [path[-1], *_theirs(path)]) for path in keys_below(("backends", kind))]


def _theirs(path: Path) -> list[str]:
    fallbacks = (key.split(".") for key in backend_schema.fallbacks(join_path(path)))
    return [names[-1] for names in fallbacks if names[0] == "jobqueue"]


def _best(names: Path, candidates: Iterable[Path]) -> str | None:
    """The candidate that has most of `names`, where no other has as many."""
    scores: dict[int, list[Path]] = defaultdict(list)
    for path in candidates:
        score = -len(path) if len(names) == 1 else len(set(path) & set(names))
        scores[score].append(path)
    best = scores[max(scores)] if scores else []
    return join_path(best[0]) if len(best) == 1 else None


def _nearest(names: Path, cutoff: float) -> str | None:
    """Each name replaced by the one most like it in its section, from the top down."""
    mended: Path = ()
    for name in names:
        below = names_below(mended)
        own = mended in (PROFILES, ("jobqueue",)) or (mended and catalogue().is_free(mended))
        found = name if own or name in below else _like(name, below, cutoff)
        if found is None:
            return None
        mended = (*mended, found)
    return join_path(mended)


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
