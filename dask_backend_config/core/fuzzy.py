"""Find the known name that a misspelled one probably means."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from .keys import hyphenated

#: Longer words are not compared: the time grows with the square of the length.
_MAX_LENGTH = 300


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
    limit = min(2, len(word) // 5, len(meant) // 5)
    if abs(len(word) - len(meant)) > limit or len(set(word) ^ set(meant)) > 2 * limit:
        return False
    return _edit_distance(word, meant) <= limit


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
