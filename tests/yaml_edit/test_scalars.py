"""Values as YAML, read back by PyYAML and by a reader of YAML 1.2."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from dask_backend_config.core.equality import strictly_equal
from dask_backend_config.yaml_edit.pyyaml_internals import FAST_LOADER as FAST
from dask_backend_config.yaml_edit.scalars import key_to_yaml, to_yaml

#: Strings that some YAML reader reads as something else if they have no quotes.
MISLEADING = (
    "no", "No", "on", "off", "yes", "y", "N", "true", "TRUE", "null", "Null", "~", "", " ", "12:00:00",
    "5:59", "1e3", "1E3", "1e+3", "010", "0o7", "0x1f", "0b1", "=", "<<", "2021-01-01", "1_000", ".5",
    "+1", "-1", "+.5", "-.inf", ".inf", ".NaN", ".", "..", "...", "---", "-", "- a", "?", "? a", ":",
    ": a", "a: b", "a:", "a #b", "#a", "a#b", "&a", "*a", "!a", "!", "|", ">", "%a", "@a", "`a", "'a'",
    '"a"', "it's", 'say "x"', "a'b\"c", "[a]", "{a}", "a]", "a,b", "a, b", "tcp://x:80", "C:\\x", "a\nb",
    "a\r\nb", "\n", "a\tb", "\x85", "\u2028", "\x00", "\x7f", "\xa0", "\ufeff", "\ufffe", "é", "😀", " a",
    "a ", "a  b", "1.2.3", "1,000", "0.", "1__0", "0_", "190:20:30.15", "2001-12-14t21:59:43.10-05:00",
    "2001-12-14 21:59:43", "10s", "1 GB", "$HOME/x", "~/x", "/a/b", "1kiB", "0o8", "08", "1e", "0x",
    "_1", "None", "nan", "inf", "-l walltime=1:00", "--nthreads 1", "a?b", "http://x/?a=b&c=d",
)  # fmt: skip

texts = st.one_of(
    st.sampled_from(MISLEADING),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text("0123456789+-._:eEoxXnaft~ #,[]{}'\"\\?=<!&*|>%@`\n\t", max_size=8),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), texts, st.dates(min_value=dt.date(1000, 1, 1)),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(texts, st.integers()), inner, max_size=3),
    ),
    max_leaves=6,
)


def _modern(text: str) -> Any:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return reader.load(io.StringIO(text))


def _readings(text: str) -> list[Any]:
    return [
        yaml.safe_load(text),
        yaml.load(text, FAST),
        _modern(text),
    ]


@pytest.mark.parametrize("like", ["", "'a'", '"a"'], ids=["bare", "single", "double"])
@pytest.mark.parametrize("flow", [False, True], ids=["block", "flow"])
def test_misleading_strings_are_read_back_as_strings(like: str, flow: bool) -> None:
    written = [to_yaml(text, flow=flow, like=like) for text in MISLEADING]
    lines = [
        f"- {{a: [{text}, {text}], b: {text}}}\n" if flow else f"- {text} # c\n" for text in written
    ]
    expected = [{"a": [text, text], "b": text} if flow else text for text in MISLEADING]
    for data in _readings("".join(lines)):
        assert strictly_equal(data, expected)


@settings(max_examples=500, deadline=None)
@given(values)
@example(1000.0)
@example(1e20)
@example(1e-7)
@example(-0.0)
@example(math.nan)
@example({"a": {}, "": []})
def test_a_value_is_read_back_by_all_readers(value: Any) -> None:
    written = to_yaml(value)
    assert "\n" not in written
    for data in _readings(f"key: {written}  # note\nnext: 1\n"):
        assert strictly_equal(data, {"key": value, "next": 1})


@settings(max_examples=300, deadline=None)
@given(texts)
def test_a_key_is_read_back_by_all_readers(name: str) -> None:
    for document in (f"{key_to_yaml(name)}: 1\n", f"{{{key_to_yaml(name, flow=True)}: 1}}\n"):
        for data in _readings(document):
            assert data == {name: 1}


@pytest.mark.parametrize(
    ("value", "like", "written"),
    [
        pytest.param("10s", "", "10s", id="a-duration-needs-no-quotes"),
        pytest.param("geop,compute", "", "geop,compute", id="commas-stand-bare"),
        pytest.param("tcp://x:80", "", "tcp://x:80", id="an-address-needs-no-quotes"),
        pytest.param("$HOME/a b", "", "$HOME/a b", id="a-path-needs-no-quotes"),
        pytest.param("12:00:00", "", "'12:00:00'", id="a-walltime-is-quoted"),
        pytest.param("no", "", "'no'", id="a-word-is-quoted"),
        pytest.param("it's", "", '"it\'s"', id="an-apostrophe-needs-double-quotes"),
        pytest.param("a", "'b'", "'a'", id="single-quotes-are-kept"),
        pytest.param("a", '"b"', '"a"', id="double-quotes-are-kept"),
        pytest.param("é\n", "", '"é\\n"', id="a-line-break-is-escaped"),
        pytest.param(True, "False", "True", id="a-capital-is-kept"),
        pytest.param(False, "TRUE", "FALSE", id="capitals-are-kept"),
        pytest.param(True, "no", "true", id="no-becomes-true"),
        pytest.param(1e20, "", "1.0e+20", id="a-float-has-a-point"),
        pytest.param(math.inf, "", ".inf", id="infinity"),
        pytest.param(None, "", "null", id="null"),
        pytest.param({"GPU": [1]}, "", "{GPU: [1]}", id="flow"),
    ],
)
def test_a_value_is_written_like_by_hand(value: Any, like: str, written: str) -> None:
    assert to_yaml(value, like=like) == written


_CYCLE: list[Any] = []
_CYCLE.append(_CYCLE)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="object"),
        pytest.param((1, 2), id="tuple"),
        pytest.param({1}, id="set"),
        pytest.param(b"x", id="bytes"),
        pytest.param(decimal.Decimal(1), id="decimal"),
        pytest.param("\ud800", id="half-of-a-surrogate-pair"),
        pytest.param([object()], id="inside-a-list"),
        pytest.param({(1, 2): 3}, id="tuple-as-key"),
        pytest.param(_CYCLE, id="a-list-in-itself"),
    ],
)
def test_what_yaml_cannot_represent_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"YAML|nested"):
        to_yaml(value)


@pytest.mark.parametrize("name", ["x" * 2000, ["a"]], ids=["too-long", "list"])
def test_an_invalid_key_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match="cannot be a key"):
        key_to_yaml(name)
