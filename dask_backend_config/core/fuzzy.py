"""Slips of the finger: words that are like others."""

from __future__ import annotations

import functools

from .keys import nearest

#: A word of more letters is like no known name.
_LONGEST = 300


def most_like(word: str, candidates: tuple[str, ...], cutoff: float) -> str | None:
    """The candidate most like `word`, as `keys.nearest` finds it, in a fraction of its time.

    Parameters
    ----------
    word : str
    candidates : tuple of str
        Known names, the same ones at each call.
    cutoff : float
        How like it must be: twice the letters in common, divided by all letters of both.
    """
    if len(word) > _LONGEST:
        return None
    letters, size = _letters(word), len(word)
    possible = [
        other
        for other, length, others in _measured(candidates)
        if 2 * (letters & others).bit_count() >= cutoff * (size + length)
    ]
    return nearest(word, possible, cutoff) if possible else None


def _letters(word: str) -> int:
    """A bit for each letter: two words have at most as many letters in common as bits."""
    bits = 0
    for letter in word:
        bit = 1 << 8 * (ord(letter) & 31)
        while bits & bit:
            bit <<= 1
        bits |= bit
    return bits


@functools.cache
def _measured(candidates: tuple[str, ...]) -> list[tuple[str, int, int]]:
    return [(other, len(other), _letters(other)) for other in candidates]


def is_slip(word: str, meant: str) -> bool:
    """Whether one letter in five, two at most, is missing, added, wrong or swapped.

    Examples
    --------
    >>> is_slip("distirbuted", "distributed"), is_slip("pools", "pool"), is_slip("arary", "array")
    (True, False, True)
    """
    limit = min(2, len(word) // 5, len(meant) // 5)
    if abs(len(word) - len(meant)) > limit or len(set(word) ^ set(meant)) > 2 * limit:
        return False
    return _edits(word, meant) <= limit


def _edits(word: str, meant: str) -> int:
    """The number of letters to add, take away, change or swap with the next."""
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
