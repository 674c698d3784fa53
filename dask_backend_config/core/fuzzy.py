"""Find the known name that a misspelled one probably means."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from .keys import hyphenated

#: Longer words are not compared: the time grows with the square of the length.
_MAX_LENGTH = 300
_FILLERS = frozenset(("limit", "n", "name", "nb", "num", "number", "of"))
_NEGATION = "no"
_SHORTEST_ABBREVIATION = 3


def nearest(word: str, candidates: Iterable[str], cutoff: float = 0.75) -> str | None:
    """Return the candidate that is most similar to `word`, None if none is similar enough.

    Parameters
    ----------
    word : str
        The misspelled name, with ``-`` or ``_``.
    candidates : iterable of str
        The known names, with ``-``.
    cutoff : float, optional
        The least similarity: twice the number of common letters, divided by the number of letters
        of both words (``difflib.SequenceMatcher.ratio``).

    Examples
    --------
    >>> nearest("wroker", ["worker", "scheduler"])
    'worker'
    """
    if len(word) > _MAX_LENGTH:
        return None
    word = hyphenated(word)
    letters = _letter_bits(word)
    # Counting common letters excludes nearly all candidates 20 times faster than difflib.
    possible = [
        other
        for other in candidates
        if 2 * (letters & _letter_bits(other)).bit_count() >= cutoff * (len(word) + len(other))
    ]
    if not possible:
        return None
    import difflib  # takes 0.5 ms, which an import without a misspelling need not pay

    return next(iter(difflib.get_close_matches(word, possible, n=1, cutoff=cutoff)), None)


@functools.lru_cache(maxsize=4096)
def _letter_bits(word: str) -> int:
    """Return one bit for each letter: two words share at least as many bits as letters."""
    bits = 0
    for letter in word:
        bit = 1 << 8 * (ord(letter) & 31)
        while bits & bit:
            bit <<= 1
        bits |= bit
    return bits


def is_typo(word: str, meant: str) -> bool:
    """Return whether `word` differs from `meant` by one mistake in five letters, at most two.

    A mistake is a letter that is missing, added, wrong or swapped with the next.

    Examples
    --------
    >>> is_typo("distirbuted", "distributed"), is_typo("pools", "pool"), is_typo("arary", "array")
    (True, False, True)
    """
    return mistakes(word, meant, min(2, len(word) // 5, len(meant) // 5)) is not None


def is_same_or_typo(name: str, meant: str) -> bool:
    """Return whether each word of `name` is that of `meant` or a typo of it, see `is_typo`.

    Examples
    --------
    >>> is_same_or_typo("temporary-directroy", "temporary-directory")
    True
    >>> is_same_or_typo("nb-workers", "num-workers"), is_same_or_typo("job-queue", "jobqueue")
    (False, True)
    """
    words, others = name.split("-"), meant.split("-")
    if len(words) == len(others):
        pairs = zip(words, others, strict=True)
        return all(word == other or is_typo(word, other) for word, other in pairs)
    return "".join(words) == "".join(others)


def is_misspelt(name: str, meant: str) -> bool:
    """Return whether `name` is a misspelled name of a queue or profile, not that of another one.

    Names such as gpu1 and gpu2, or cpu and gpu, are different.

    Examples
    --------
    >>> is_misspelt("mian", "main"), is_misspelt("gpus", "gpu"), is_misspelt("gpuq", "gpu_q")
    (True, True, True)
    >>> is_misspelt("gpu1", "gpu2"), is_misspelt("cpu_queue", "gpu_queue")
    (False, False)
    """
    word, other = hyphenated(name).lower(), hyphenated(meant).lower()
    if re.findall(r"\d", word) != re.findall(r"\d", other):
        return False
    if is_same_or_typo(word, other) or sorted(word) == sorted(other):
        return True
    return (
        len(word) != len(other)
        and min(len(word), len(other)) > 2
        and bool(mistakes(word, other, 1))
    )


def mistakes(word: str, meant: str, limit: int) -> int | None:
    """Return by how many mistakes `word` differs from `meant`, None if they are more than `limit`.

    Examples
    --------
    >>> mistakes("wroker", "worker", 1), mistakes("locker", "worker", 1)
    (1, None)
    """
    if abs(len(word) - len(meant)) > limit or len(set(word) ^ set(meant)) > 2 * limit:
        return None
    found = _edit_distance(word, meant)
    return found if found <= limit else None


def shares_words(name: str, other: str) -> bool:
    """Return whether `name` is made of most words of `other`, in any order, and of no other words.

    Words such as ``number`` or ``name`` do not count, and a word may be abbreviated.

    Examples
    --------
    >>> shares_words("n-workers", "number-of-workers"), shares_words("max", "maximum")
    (True, True)
    >>> shares_words("queue-name", "queue"), shares_words("address", "contact-address")
    (True, False)
    """
    words, others = _content(name), _content(other)
    if not words or 2 * len(words) <= len(others) or _NEGATION in others - words:
        return False
    return all(any(_abbreviates(word, full) for full in others) for word in words)


def _content(name: str) -> set[str]:
    return {word for word in name.split("-") if word not in _FILLERS}


def _abbreviates(word: str, full: str) -> bool:
    shorter, longer = sorted((word, full), key=len)
    return word == full or (len(shorter) >= _SHORTEST_ABBREVIATION and longer.startswith(shorter))


def _edit_distance(word: str, meant: str) -> int:
    """Return how many letters must be added, removed, changed or swapped with the next."""
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for here, letter in enumerate(word, 1):
        above, row = row, [here]
        for there, other in enumerate(meant, 1):
            cost = min(above[there] + 1, row[-1] + 1, above[there - 1] + (letter != other))
            if before and there > 1 and word[here - 2 : here] == other + meant[there - 2]:
                cost = min(cost, before[there - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]
