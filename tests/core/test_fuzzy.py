"""Misspelled names, compared with difflib."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config.catalogue.known_keys import names_below
from dask_backend_config.core.fuzzy import is_typo, nearest, shares_words


@pytest.mark.parametrize(
    ("word", "meant", "expected"),
    [
        pytest.param("distributed", "distributed", True, id="the same"),
        pytest.param("distibuted", "distributed", True, id="a letter is missing"),
        pytest.param("distribbuted", "distributed", True, id="a letter too many"),
        pytest.param("dsitributed", "distributed", True, id="letters swapped"),
        pytest.param("dostrobuted", "distributed", True, id="two letters wrong"),
        pytest.param("dostrobutod", "distributed", False, id="three letters wrong"),
        pytest.param("arary", "array", True, id="one mistake in five letters"),
        pytest.param("arrrary", "array", False, id="two mistakes in five letters"),
        pytest.param("gets", "get", False, id="a short word has no typos"),
        pytest.param("", "array", False, id="empty"),
    ],
)
def test_a_typo_is_at_most_one_mistake_in_five_letters(
    word: str, meant: str, expected: bool
) -> None:
    assert is_typo(word, meant) is expected
    assert is_typo(meant, word) is expected


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("extra-directives", "job-extra-directives", True),
        ("directives", "job-extra-directives", False),
        ("memory-limit", "memory", True),
        ("log-level", "log-length", False),
        ("worker-timeout", "no-workers-timeout", False),
        ("number", "number-of-workers", False),
        ("no-name", "name", False),
    ],
)
def test_names_share_words_if_most_are_the_same(name: str, other: str, expected: bool) -> None:
    assert shares_words(name, other) is expected


words = st.one_of(
    st.text(max_size=12),
    st.just("allowed_failures"),
    st.sampled_from(names_below(("distributed", "worker"))).flatmap(
        lambda name: st.permutations(name).map(lambda letters: name[:4] + "".join(letters)[4:])
    ),
)


@settings(max_examples=300, deadline=None)
@given(words, st.sampled_from([0.6, 0.75, 0.85]))
def test_nearest_finds_what_difflib_finds(word: str, cutoff: float) -> None:
    candidates = names_below(("distributed", "worker"))
    found = difflib.get_close_matches(word.replace("_", "-"), candidates, n=1, cutoff=cutoff)
    assert nearest(word, candidates, cutoff) == (found[0] if found else None)


def test_a_very_long_word_is_not_compared() -> None:
    assert nearest("daemon" * 100_000, ("daemon",), 0.6) is None
