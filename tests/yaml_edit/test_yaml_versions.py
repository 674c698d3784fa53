"""Scalars that YAML 1.1 and 1.2 read differently, with PyYAML and ruamel.yaml as the oracles."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from dask_backend_config.core.equality import strictly_equal
from dask_backend_config.yaml_edit.document import Mark, parse
from dask_backend_config.yaml_edit.yaml_versions import differences

DIFFERENT = (
    "yes", "No", "on", "OFF", "010", "-010", "0777", "0o10", "08", "1e3", "1E5", "1.0e3", "1.e3", "-1e-3", "+.5",
    "-.5", "1:30", "-1:30", "12:00:00", "1:30:00.5", "0e1", "0_10",
)  # fmt: skip
EQUAL = (
    "true", "False", "TRUE", "y", "n", "~", "null", "", "0", "7", "07", "-1", "1_000", "0x1F", "0b101", "1.5", ".5",
    "1.5e+3", ".inf", "-.INF", ".nan", "2021-01-01", "05:59", "10s", "16 GB", "1.2.3", "0.5", "1e", "tcp://x:80", "0o8",
    "+1", "00", "1-2", "0x", "12e", "1:60", "on-site",
)  # fmt: skip


def _found(text: str) -> list[Any]:
    node = parse(text).root
    return [] if node is None else list(differences(node.node, text))


@pytest.mark.parametrize("text", [*DIFFERENT, *EQUAL])
@pytest.mark.parametrize("written", ["k: {}\n", "k: [{}]\n"], ids=["value", "item"])
def test_a_value_differs_if_ruamel_reads_another_one(text: str, written: str) -> None:
    document = written.replace("{}", text)
    one, other = yaml.safe_load(document), YAML(typ="safe", pure=True).load(document)
    found = _found(document)
    assert bool(found) is (text in DIFFERENT) is not strictly_equal(one, other)
    for each in found:
        expected = (one["k"], other["k"])
        assert (each.value, each.other) == (
            expected if each.kind == "value" else tuple(x[0] for x in expected)
        )


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789+-._:eExob", min_size=1, max_size=7))
@example("._")
@example("-_1")
@example("...")
def test_numbers_differ_if_ruamel_reads_another_one(text: str) -> None:
    document = f"k: {text}\n"
    try:
        other = YAML(typ="safe", pure=True).load(document)["k"]
        one = yaml.safe_load(document)["k"]
    except Exception:
        return  # one of them refuses it
    found = [(each.value, each.other) for each in _found(document)]
    assert found == ([] if strictly_equal(one, other) else [(one, other)])


def test_each_place_is_found_once() -> None:
    text = "a: &x {b: no, c: 'no'}\nd: *x\nyes: 1\ne:\n- {f: 010}\n- on\n"
    found = [(each.path, each.kind, each.mark) for each in _found(text)]
    assert found == [
        (("a", "b"), "value", Mark(1, 11)),
        (("yes",), "key", Mark(3, 1)),
        (("e", "f"), "item", Mark(5, 7)),
        (("e",), "item", Mark(6, 3)),
    ]


def test_a_text_that_names_its_version_is_read_alike() -> None:
    text = "%YAML 1.1\n---\na: no\n"
    assert YAML(typ="safe", pure=True).load(text) == yaml.safe_load(text) == {"a": False}
    assert _found(text) == []


def test_a_number_that_python_cannot_convert_is_left_out() -> None:
    assert _found(f"a: {'07' * 3000}\n") == []
