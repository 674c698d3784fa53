"""What a text may be other than what was meant."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dask_backend_config.core.strings import (
    as_yaml,
    has_line_break,
    is_base_60,
    printable,
    references,
    shown,
    truth,
)


@given(st.from_regex(r"[-+]?[0-9]{1,3}(:[0-9]{1,2}){0,3}(\.[0-9]{0,2})?", fullmatch=True))
def test_a_number_with_colons_is_in_base_60(text: str) -> None:
    value = yaml.safe_load(text)
    made_a_number = isinstance(value, (int, float)) and ":" in text
    assert is_base_60(value, text, plain=True) is made_a_number
    assert not is_base_60(value, text, plain=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(43200, "43200", id="a plain number"),
        pytest.param("12:00:00", "12:00:00", id="a text"),
        pytest.param(43200, None, id="no scalar"),
    ],
)
def test_other_values_are_not_in_base_60(value: Any, text: str | None) -> None:
    assert not is_base_60(value, text, plain=True)


@pytest.mark.parametrize("word", ["no", "No", "OFF", " false ", "n", "0"])
def test_words_for_false(word: str) -> None:
    assert truth(word) is False


@pytest.mark.parametrize("word", ["yes", "On", "TRUE", "y", "1"])
def test_words_for_true(word: str) -> None:
    assert truth(word) is True


@pytest.mark.parametrize("value", ["", "nope", "none", False, None, 0, ["no"]])
def test_no_words_for_either(value: Any) -> None:
    assert truth(value) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("~", ["~"], id="home alone"),
        pytest.param("~/a", ["~"], id="home"),
        pytest.param("~me/a", ["~me"], id="another home"),
        pytest.param("$HOME/${USER}", ["$HOME", "${USER}"], id="variables"),
        pytest.param("${TMPDIR:-/tmp}", ["${TMPDIR:-/tmp}"], id="variable with a default"),
        pytest.param("/a/~b", [], id="tilde inside"),
        pytest.param("~5 minutes", [], id="tilde for about"),
        pytest.param("{USER}", [], id="braces"),
        pytest.param("$(hostname)", [], id="command"),
        pytest.param("$$ 5$ $5", [], id="dollars"),
    ],
)
def test_references(text: str, found: list[str]) -> None:
    assert references(text) == found


@pytest.mark.parametrize("text", ["a\nb", "a\n", "\r", "a\u2028b", "a\x0bb"])
def test_line_breaks(text: str) -> None:
    assert has_line_break(text)


@pytest.mark.parametrize("text", ["", "a b", "a\tb", "a\\nb"])
def test_no_line_breaks(text: str) -> None:
    assert not has_line_break(text)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="boolean"),
        pytest.param("a\nb", r"'a\nb'", id="text"),
        pytest.param([1, 2], "a list", id="list"),
        pytest.param((1, 2), "a tuple", id="tuple"),
        pytest.param({1, 2}, "a set", id="set"),
        pytest.param({"a": 1}, "a mapping", id="mapping"),
        pytest.param(10**5000, "a very large number", id="number that Python does not spell"),
    ],
)
def test_a_value_is_shown_in_one_line(value: Any, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a é", "a é", id="printable"),
        pytest.param("a\x1b[31m", r"a\x1b[31m", id="escape"),
        pytest.param("5\xa0s", r"5\xa0s", id="no-break space"),
    ],
)
def test_what_no_terminal_prints_is_spelled_out(text: str, words: str) -> None:
    assert printable(text) == words
    assert shown(text, text, plain=True) == words


@pytest.mark.parametrize("value", ["a: 'b'", ["# a", 'b"'], ["é"], "\x00\ud800", []], ids=repr)
def test_a_text_as_yaml_is_read_back(value: str | list[str]) -> None:
    line = as_yaml(value)
    assert line.isprintable()
    assert yaml.safe_load(line) == value


def test_a_long_value_is_cut() -> None:
    assert shown("x" * 1000) == "'" + "x" * 35 + " ..."
    assert shown(1, "1  # " + "x" * 1000, plain=True).endswith(" ...")
