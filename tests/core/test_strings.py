"""Strings that are read differently than intended, and values in messages."""

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
    undecodable_byte,
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
        pytest.param("12:00:00", "12:00:00", id="a string"),
        pytest.param(43200, None, id="not a scalar"),
    ],
)
def test_other_values_are_not_in_base_60(value: Any, text: str | None) -> None:
    assert not is_base_60(value, text, plain=True)


@pytest.mark.parametrize("word", ["no", "OFF", " false "])
def test_words_for_false(word: str) -> None:
    assert truth(word) is False


@pytest.mark.parametrize("word", ["yes", "On", "1"])
def test_words_for_true(word: str) -> None:
    assert truth(word) is True


@pytest.mark.parametrize("value", ["", "nope", False, None])
def test_other_values_are_not_booleans(value: Any) -> None:
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
def test_what_a_shell_would_expand_is_found(text: str, found: list[str]) -> None:
    assert references(text) == found


@pytest.mark.parametrize("text", ["a\nb", "a\n", "\r", "a\u2028b", "a\x0bb"])
def test_a_line_break_is_found(text: str) -> None:
    assert has_line_break(text)


@pytest.mark.parametrize("text", ["", "a b", "a\tb", "a\\nb"])
def test_a_string_on_one_line_has_no_line_break(text: str) -> None:
    assert not has_line_break(text)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="boolean"),
        pytest.param("a\nb", r"'a\nb'", id="string"),
        pytest.param([1, 2], "a list", id="list"),
        pytest.param((1, 2), "a tuple", id="tuple"),
        pytest.param({1, 2}, "a set", id="set"),
        pytest.param({"a": 1}, "a mapping", id="mapping"),
        pytest.param(10**5000, "a very large number", id="a number that Python does not print"),
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
def test_unprintable_characters_are_escaped(text: str, words: str) -> None:
    assert printable(text) == words
    assert shown(text, text, plain=True) == words


@pytest.mark.parametrize("value", ["a: 'b'", ["# a", 'b"'], ["é"], "\x00\ud800", []], ids=repr)
def test_a_string_as_yaml_is_read_back(value: str | list[str]) -> None:
    line = as_yaml(value)
    assert line.isprintable()
    assert yaml.safe_load(line) == value


def test_a_long_value_is_cut() -> None:
    assert shown("x" * 1000) == "'" + "x" * 35 + " ..."
    assert shown(1, "1  # " + "x" * 1000, plain=True).endswith(" ...")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            b"a: 1\n\xc3\xa9 \xff", ("byte 0xff is not valid UTF-8", 2, 3), id="character"
        ),
        pytest.param(b"\xff", ("byte 0xff is not valid UTF-8", 1, 1), id="first byte"),
    ],
)
def test_an_undecodable_byte_has_its_line_and_column(
    data: bytes, expected: tuple[str, int, int]
) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        data.decode()
    assert undecodable_byte(caught.value) == expected
