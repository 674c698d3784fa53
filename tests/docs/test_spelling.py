"""All words of the pages' prose are in a dictionary or in docs/spelling.txt."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from spellchecker import SpellChecker

from tests.docs.pages import DOCS, PAGES, name_of, prose_of

WORDS = DOCS / "spelling.txt"
_NO_PROSE = re.compile(
    r"(`+).+?\1"  # code
    r"|\]\([^)]*\)"  # targets of links
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
    """Return whether this is a known word, its plural, or a letter."""
    lower = word.lower()
    return len(word) < 2 or lower in known() or (word[:-1].isupper() and lower[:-1] in known())


def test_all_words_are_known() -> None:
    unknown = [
        f"{name_of(page)}:{number}: {word}"
        for page in PAGES
        for number, line in prose_of(page)
        for word in words(line)
        if not is_known(word)
    ]
    assert unknown == [], "correct it, put code in backquotes, or add it to docs/spelling.txt"


def test_a_misspelt_word_is_found() -> None:
    misspelt = ["recieve", "configuraton", "backedn", "teh"]
    assert [word for word in misspelt if is_known(word)] == []


def test_the_list_of_words_is_sorted_and_holds_no_word_that_a_dictionary_has() -> None:
    listed = own_words()
    assert listed == sorted(set(listed), key=str.lower)
    dictionary = SpellChecker(language="en").word_frequency
    assert [word for word in listed if word.lower() in dictionary] == []
