"""The prose of all pages is spelt as a dictionary has it, or as docs/spelling.txt does."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from spellchecker import SpellChecker

from tests.docs.pages import DOCS, PAGES, name_of, prose_of

WORDS = DOCS / "spelling.txt"
_NO_PROSE = re.compile(
    r"(`+).+?\1"  # code
    r"|\]\([^)]*\)"  # where a link leads
    r"|<[^>]*>"  # HTML, and placeholders
    r"|https?://\S+"
    r"|^\[[^]]+\]: \S+"
    r"|^\([\w.-]+\)=$"
    r"|\{#[\w.-]+\}|\{[a-z:]+\}"  # anchors and roles
)


def own_words() -> list[str]:
    lines = WORDS.read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@functools.cache
def known() -> frozenset[str]:
    dictionary = SpellChecker(language="en").word_frequency
    return frozenset({*dictionary.words(), *(word.lower() for word in own_words())})


def words(line: str) -> Iterator[str]:
    for word in re.findall(r"[A-Za-z][A-Za-z']*", _NO_PROSE.sub(" ", line)):
        yield word.removesuffix("'s").strip("'")


def is_known(word: str) -> bool:
    """Whether a word, a plural of one, or a letter."""
    lower = word.lower()
    return len(word) < 2 or lower in known() or (word[:-1].isupper() and lower[:-1] in known())


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_words_of_a_page_are_known(page: Path) -> None:
    found = [
        f"{number}: {word}"
        for number, line in prose_of(page)
        for word in words(line)
        if not is_known(word)
    ]
    assert found == [], (
        "mend it, put it in backquotes where it is code, or add it to docs/spelling.txt"
    )


@pytest.mark.parametrize("word", ["recieve", "configuraton", "backedn", "teh"])
def test_a_slip_would_be_seen(word: str) -> None:
    assert not is_known(word)


def test_the_list_of_words_is_sorted_and_holds_no_word_that_a_dictionary_has() -> None:
    listed = own_words()
    assert listed == sorted(set(listed), key=str.lower)
    dictionary = SpellChecker(language="en").word_frequency
    assert [word for word in listed if word.lower() in dictionary] == []
