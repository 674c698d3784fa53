"""Edits of texts: the exact text after them, or a refusal with its position and reason."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
import yaml

from dask_backend_config.yaml_edit.document import Mark
from dask_backend_config.yaml_edit.patch import Edit, PatchError, Remove, Set, edited, patch
from tests.yaml_edit.patch_cases import (
    additions,
    moves,
    refusals,
    removals,
    renames,
    templates,
    values,
)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        *values.CASES,
        *additions.CASES,
        *templates.CASES,
        *removals.CASES,
        *renames.CASES,
        *moves.CASES,
    ],
)
def test_an_edit_gives_exactly_this_text(before: str, edits: list[Edit], after: str) -> None:
    assert patch(before, edits) == after
    assert yaml.safe_load(after) == edited(yaml.safe_load(before), edits)
    assert patch(after, edits) == after


@pytest.mark.parametrize(
    ("text", "edit", "place", "words"), [*refusals.CASES, *renames.REFUSED, *moves.REFUSED]
)
def test_a_refused_edit_has_its_position_and_reason(
    text: str, edit: Edit, place: tuple[int, int] | None, words: str
) -> None:
    with pytest.raises(PatchError) as caught:
        patch(text, [edit])
    assert words in caught.value.problem
    assert "\n" not in str(caught.value)
    assert caught.value.mark == (Mark(*place) if place else None)


def test_a_refusal_survives_pickling() -> None:
    error = PatchError("no", Mark(3, 4))
    again = pickle.loads(pickle.dumps(error))
    assert (again.problem, again.mark, str(again)) == ("no", Mark(3, 4), "line 3, column 4: no")


def test_edits_that_undo_each_other_are_refused() -> None:
    edits: list[Edit] = [Remove(("a",)), Set(("a",), 1, "a reason more each time")]
    with pytest.raises(PatchError, match="undo each other"):
        patch("a: 0\nb: 1\n", edits)


@pytest.mark.parametrize(
    ("data", "edits", "after"),
    [
        pytest.param(None, [Set(("a", "b"), 1)], {"a": {"b": 1}}, id="empty"),
        pytest.param({"a": None}, [Set(("a", "b"), 1)], {"a": {"b": 1}}, id="a-null-section"),
        pytest.param({"a_b": 1}, [Set(("a-b",), 2)], {"a_b": 2}, id="the-existing-spelling"),
        pytest.param({"a": {"b": 1}}, [Remove(("a", "b"))], None, id="emptied"),
        pytest.param(
            {"a": {"b": 1}, "c": {}}, [Remove(("a", "b"))], {"c": {}}, id="other-sections-stay"
        ),
        pytest.param({"a": 1}, [Remove(("a", "b"))], {"a": 1}, id="missing"),
    ],
)
def test_edits_of_dictionaries(data: Any, edits: list[Edit], after: Any) -> None:
    before = repr(data)
    assert edited(data, edits) == after
    assert repr(data) == before
