"""Find the key that was probably meant: a similar name here, or the same name elsewhere.

One rule decides, so that no suggestion is better than a wrong one. A known key is suggested if its
last name and its place both match what was written, and no other key matches as well:

- Last name: the same, misspelled by a few letters, or made of the same words (`queue` for
  `queue-name`).
- Place: the same section, or a section whose name was left out (`worker.daemon`).
- In another section, only the same last name counts, and only if it is distinctive.
"""

from __future__ import annotations

import re
from collections import ChainMap, defaultdict

from ..core.fuzzy import is_same_or_typo, is_typo, mistakes, shares_words
from ..core.keys import PREFIX, hyphenated, join_path, key_of, variable_of
from . import backend_schema
from .candidates import NAMESPACES, candidates
from .installation import cached
from .known_keys import Path, catalogue, holds_own_names, keys_below, names_below
from .old_keys import new_name

#: Where a candidate is: at the written place, below a top-level name that was left out, with more
#: sections left out, or in another section.
_HERE, _TOP_LEFT_OUT, _DEEPER, _ELSEWHERE = range(4)
#: The likeness of a name that has the same words, behind each number of misspelled letters.
_SAME_WORDS = 10
#: Sections that users confuse.
_PROCESSES = {"worker", "nanny", "scheduler", "comm"}
_PREFIXES = ("DASK_DISTRIBUTED_", "DASK_JOBQUEUE_", "DASK_BACKENDS_")
#: The version of the format of dask's file: no code reads it.
_NOT_SETTINGS = ("distributed.version",)
#: A variable cannot set most of its names, which contain dots.
_LOGGERS = ("distributed", "logging")


@cached
def suggest(path: Path, is_section: bool | None = None) -> str | None:
    """Return the known key that was probably meant by an unknown one.

    Parameters
    ----------
    path : tuple of str
        As written, in any spelling and case; names may contain dots.
    is_section : bool, optional
        Whether it contains keys; None if that is unknown.

    Returns
    -------
    str or None
        Dotted and hyphenated. None if no key, or several keys, match.

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
    if catalogue().knows(names):
        found: str | None = join_path(names)
    else:
        found = (
            new_name(names, catalogue())
            or backend_schema.for_all_groups(join_path(names))
            or _with_letters(variable_of(join_path(names)))
            or _best(names, is_section)
        )
    return (new_name(tuple(found.split(".")), catalogue()) or found) if found else None


def _best(names: Path, is_section: bool | None) -> str | None:
    """Return the only candidate of the best rank."""
    ranked: dict[tuple[bool, bool, int, int], list[Path]] = defaultdict(list)
    for last, found in candidates(names).items():
        likeness = _likeness(names[-1], last)
        if likeness is None:
            continue
        for sections, meant in found:
            place = _place(names[:-1], sections)
            is_alias = (*sections, last) != meant
            if is_alias and likeness:
                continue
            if _is_close(names[-1], last, place) and _is_of_kind(meant, is_section, likeness):
                same_words = likeness == _SAME_WORDS
                rank = (place == _ELSEWHERE, same_words, place, likeness + is_alias)
                ranked[rank].append(meant)
    if not ranked:
        return None
    best = min(ranked)
    plausible = _plausible(names, is_section, best[2], list(dict.fromkeys(ranked[best])))
    return join_path(plausible[0]) if len(plausible) == 1 else None


def _likeness(name: str, other: str) -> int | None:
    """Return how much a name differs, 0 for the same; None if it is another name."""
    if name == other:
        return 0
    limit = min(3, (min(len(name), len(other)) + 1) // 4)
    found = mistakes(name, other, limit)
    return _SAME_WORDS if found is None and shares_words(name, other) else found


def _is_close(name: str, other: str, place: int) -> bool:
    """Return whether a like name is close enough: the more so, the less its place agrees."""
    if place == _ELSEWHERE:
        return name == other or ("-" in name and is_same_or_typo(name, other))
    return place != _DEEPER or is_same_or_typo(name, other) or shares_words(name, other)


def _place(sections: Path, known: Path) -> int:
    """Return where a candidate is, seen from the written sections."""
    others = iter(known)
    if not all(any(_is_same_section(name, other) for other in others) for name in sections):
        return _ELSEWHERE
    if len(sections) == len(known):
        return _HERE
    is_below_top = len(sections) == len(known) - 1
    return _TOP_LEFT_OUT if is_below_top and _place(sections, known[1:]) == _HERE else _DEEPER


def _is_same_section(name: str, known: str) -> bool:
    likeness = _likeness(name, known)
    return likeness is not None and (likeness < _SAME_WORDS or known.startswith(name))


def _is_of_kind(path: Path, is_section: bool | None, likeness: int) -> bool:
    """Return whether a candidate is a section if one was written, and a value if not."""
    if catalogue().is_free(path):
        return True
    found = bool(names_below(path))
    return found is is_section if is_section is not None else not found or likeness < _SAME_WORDS


def _plausible(names: Path, is_section: bool | None, place: int, found: list[Path]) -> list[Path]:
    """Return the candidates of one place that there is a good reason for."""
    if place == _TOP_LEFT_OUT and len({path[1:] for path in found}) == 1:
        return sorted(found)[:1]  # backends override the sections of jobqueue
    if place == _DEEPER and names[0] not in NAMESPACES:
        beside = [path for path in found if path[-2:-1] == names[-2:-1]]
        places = candidates(names)[found[0][-1]]
        is_unique = sum(_is_of_kind(path, is_section, 0) for _, path in places) == 1
        return beside or (found if is_unique else [])
    if place != _ELSEWHERE:
        return found
    # The sections of schedulers have the same names for different things.
    others = [path for path in found if path[0] not in NAMESPACES]
    found = others or [path for path in found if path[0] != names[0]]
    if "-" not in names[-1]:
        found = [path for path in found if path[0] == names[0]]
        return found if len(found) == 1 and _is_confused(found[0][1:-1], names[1:-1]) else []
    shared = [len(set(path[1:]) & set(names[1:])) for path in found]
    return [path for path, number in zip(found, shared, strict=True) if number == max(shared)]


def _is_confused(sections: Path, written: Path) -> bool:
    """Return whether sections are those written but for one process's, or for superfluous ones."""
    if len(sections) < len(written):
        return set(sections) <= set(written)
    return sections[1:] == written[1:] and {*sections[:1], *written[:1]} <= _PROCESSES


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
    if found := _with_letters(variable):
        return found
    matches = ((key, start.match(variable)) for key, start in _free_maps())
    return next((f"{key}.{key_of(match[1])}" for key, match in matches if match), None)


def unjoined(variable: str, is_section: bool = False) -> str | None:
    """Return the key that was meant by a variable with one underscore in place of two.

    Parameters
    ----------
    variable : str
        Its name. Its words may be misspelled slightly if it begins with a namespace.
    is_section : bool, optional
        Whether its value contains keys, so that it may be meant for a section.

    Examples
    --------
    >>> unjoined("DASK_DISTRIBUTED__WORKER_DAEMON"), unjoined("DASK_SCHEDULER_ADDRESS")
    ('distributed.worker.daemon', None)
    """
    key = key_of(variable)
    if _is_known(key):
        return None
    found = respelled(variable)
    if found is None and variable.startswith(_PREFIXES):
        letters = _letters(variable)
        known = ChainMap(*map(_by_letters, names_below(())))
        alike = [key for name, key in known.items() if is_same_or_typo(letters, name)]
        found = alike[0] if len(alike) == 1 else None
    if found is None or key.count(".") >= found.count(".") or found in _NOT_SETTINGS:
        return None
    path = tuple(found.split("."))
    is_map = catalogue().is_free(path) and not catalogue().is_free(path[:-1])
    return None if not is_section and (is_map or names_below(path)) else found


def _is_known(key: str) -> bool:
    """Return whether `key` is known; a section of ``jobqueue`` must be a scheduler here."""
    names = tuple(hyphenated(key).split("."))
    if names[0] == "jobqueue" and names[1:2] and names[1] not in names_below(("jobqueue",)):
        return False
    return catalogue().knows(names)


def misspelt_top(name: str, is_section: bool) -> str | None:
    """Return the known top-level name of which `name` is a misspelling.

    Unknown top-level names may belong to other packages, so `name` must be more similar than for
    `suggest`: a few letters in long words.

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
        if is_same_or_typo(spelled, top) and bool(names_below((top,))) is is_section:
            return top
    return None


def _with_letters(variable: str) -> str | None:
    """Return the first key of whose variable a name differs in its separators only."""
    letters = _letters(variable)
    tops = (top for top in names_below(()) if letters.startswith(_letters(variable_of(top))))
    return next((key for top in tops if (key := _by_letters(top).get(letters))), None)


@cached
def _by_letters(top: str) -> dict[str, str]:
    keys = [join_path(path) for path in ((top,), *keys_below((top,)))]
    return {_letters(variable_of(key)): key for key in reversed(keys)}


def _letters(variable: str) -> str:
    return re.sub("_+", "-", variable.upper())


@cached
def _free_maps() -> list[tuple[str, re.Pattern[str]]]:
    """Return maps with names of the user, and a pattern for how variables for them begin."""
    found = []
    for path in sorted(keys_below(()), key=len, reverse=True):
        is_ours = holds_own_names(path) or path == _LOGGERS
        if len(path) > 1 and not is_ours and catalogue().is_free(path):
            start = _letters(variable_of(join_path(path))).replace("-", "_+")
            found.append((join_path(path), re.compile(f"(?i){start}_+(.+)")))
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
