"""The JSON Schema of a key accepts the values that its type accepts."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dask_backend_config.catalogue.json_types import value_schema
from dask_backend_config.catalogue.key_types import value_type
from dask_backend_config.catalogue.known_keys import catalogue, keys_below
from dask_backend_config.catalogue.value_types import ValueType
from dask_backend_config.core import units
from dask_backend_config.core.strings import references

#: A key of each type: keys with equal schemas count once.
TYPES: dict[str, tuple[str, ValueType]] = {
    json.dumps(value_schema(expected)): (".".join(path), expected)
    for path in keys_below(())
    if (expected := value_type(catalogue(), path))
}
#: What users write, and nearly what they write.
TEXTS = [
    "", "10s", "10 S", "500ms", "1 hour", "2 weeks", "1h30m", "10 secs", "s", "5", "0", "0s", "00:00", "0 GB", "-5",
    "+5", ".5s", ".5 GB", "1.5 GiB", "4 gb", "4 kB", "4 Gigs", "GB", "4", "16", "100000000", "0.5", "1e9", "1e3s",
    "1_000 MB", "1 000 s", "inf", "nan", "05:59", "12:00:00", "1-00:00:00", "1-6h", "6h", "6:60", "5 e 3", "auto",
    "true", "no", "none", "process", "tasks", "$HOME/x", "${N}", "~", "~me/x", "a\nb", "a\n", "#!/bin/sh", "127.0.0.1:0",
    ":8787", "8787", "apptainer exec x python", "/opt/a b/python", "python3", " 4 GB ", "INF", "1.2", "e5", "1e",
]  # fmt: skip
ODD = [
    *TEXTS, None, True, False, 0, 1, 2, -1, 3, 10**9, 1.5, 0.5, 1.2, -0.5, math.inf, [], ["a"], ["a", None], ["a", 1],
    ["a\nb"], [""], {}, {"a": 1},
]  # fmt: skip


def accepted_by_type(expected: ValueType, value: Any) -> bool:
    expanded = isinstance(value, str) and bool(references(value)) and expected.expands
    if expanded and expected.name in ("duration", "memory") and "\n" not in value:
        return True
    return expected.fits(value)


@functools.cache
def validator(key: str) -> Draft202012Validator:
    return Draft202012Validator(value_schema(TYPES[key][1]))


def is_beyond_a_schema(expected: ValueType, value: Any) -> bool:
    """Return whether a type refuses what no schema can: see the docstring of `json_types`."""
    schema = expected.schema
    if isinstance(value, str):
        too_small = "least" in schema and expected.name == "memory" and value.strip(" 0.+_") != ""
        too_small |= expected.name == "walltime" and 0 < _seconds(value) <= 0.5
        too_small |= expected.name == "memory" and value.strip(" +_").startswith(("0.", "."))
        is_command = schema.get("format") == "executable" and value[:1] in tuple("/~$.'\"")
        return too_small or is_command
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and "pattern" in schema and expected.name == "word"


def _seconds(text: str) -> float:
    for written in (text, f"0{text.strip()}"):
        try:
            return units.duration(written)
        except ValueError:
            continue
    return 0


def disagreements(value: Any) -> Iterator[tuple[str, Any, str]]:
    for text, (key, expected) in TYPES.items():
        by_type, by_schema = accepted_by_type(expected, value), validator(text).is_valid(value)
        if by_type and not by_schema:
            yield key, value, "refused by the schema only"
        elif by_schema and not by_type and not is_beyond_a_schema(expected, value):
            yield key, value, "accepted by the schema only"


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_schema_and_a_type_accept_the_same(value: Any) -> None:
    assert list(disagreements(value)) == []


amounts = st.builds(
    "".join,
    st.lists(
        st.sampled_from([*"0123456789", *" ._+-:eE", *"sSmMhdwbBkKGgiI", "ms", "hours", "GiB", "MB", "Minute"]),
        max_size=8,
    ),
)  # fmt: skip


@settings(deadline=None)
@given(
    st.one_of(
        amounts, st.integers(-10, 10**12), st.floats(-10, 10**12).filter(lambda number: number % 1)
    )
)
@example("1.e5 s")
@example("0.0e5")
def test_a_schema_and_a_type_accept_the_same_amounts(value: Any) -> None:
    # Inside of a unit no one writes spaces, which dask takes away; an exponent may overflow.
    squeezed = str(value).replace(" ", "") if isinstance(value, str) else ""
    if isinstance(value, str) and ("e" in squeezed.lower() or not _is_tight(value)):
        value = squeezed.replace("e", "1").replace("E", "1")
    assert list(disagreements(value)) == []


def _is_tight(text: str) -> bool:
    letters = [word for word in text.split() if word.isalpha()]
    return len(letters) < 2
