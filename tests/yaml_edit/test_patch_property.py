"""Generated edits of generated documents, and what must hold for each of them.

The number of examples comes from DASK_BACKEND_CONFIG_EXAMPLES; a nightly run sets 20000.
"""

from __future__ import annotations

import os
import re
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from dask_backend_config.core.equality import strictly_equal
from dask_backend_config.yaml_edit.document import YamlError, parse
from dask_backend_config.yaml_edit.edits import value_at
from dask_backend_config.yaml_edit.patch import Edit, Move, PatchError, Set, edited, patch
from tests import documents

EXAMPLES = int(os.environ.get("DASK_BACKEND_CONFIG_EXAMPLES", "200"))
runs = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
#: Pieces that make a document unusual or invalid.
ODDITIES = (
    "&x ", "*x", "!t ", "!!str ", "<<: *x", "? ", "\t", "---\n", "...\n", "%YAML 1.1\n---\n", "a: 1\n",
    "\r", "\x85", "\u2028", "{", "}", ",", "#", "- ", "'", '"', "|", "worker:\n", "# ", " ", "\n", "~",
)  # fmt: skip


def _done(text: str, edits: list[Edit]) -> str | None:
    """The text after the edits, with the right data; None if they were refused."""
    data = parse(text).data
    try:
        new = patch(text, edits)
    except PatchError as error:
        assert error.problem
        assert "\n" not in error.problem
        return None
    assert strictly_equal(parse(new).data, edited(data, edits))
    assert patch(new, edits) == new
    _assert_both_versions_agree(new, edits[-1])
    return new


def _assert_both_versions_agree(new: str, edit: Edit) -> None:
    """YAML 1.2 reads the value that was set, too."""
    if isinstance(edit, Set):
        try:
            read = YAML(typ="safe", pure=True).load(new)
        except YAMLError:
            return  # it is stricter, for example about keys that are set twice
        values = [value_at(data, edit.path) for data in (read, parse(new).data)]
        assert strictly_equal(*values)


def _assert_only_the_edit_changed(document: documents.Text, new: str, edit: Edit) -> None:
    after = documents.split(new)
    places = iter(after)
    for line in () if isinstance(edit, Move) else documents.untouched(document, edit):
        assert line in places, f"{line!r} is gone or has moved: {new!r}"
    endings = {"\r\n"} if "\r\n" in document.text else {"\n"}
    assert new.replace("\r\n", "").count("\n") == 0 or endings == {"\n"}
    assert new.startswith("\ufeff") == document.text.startswith("\ufeff")


@runs
@given(documents.documents(), st.data())
def test_one_edit_changes_its_own_lines_only(document: documents.Text, data: Any) -> None:
    edit = data.draw(documents.edits(document, most=1))[0]
    new = _done(document.text, [edit])
    event("refused" if new is None else "done")
    if new is not None:
        _assert_only_the_edit_changed(document, new, edit)


@runs
@given(documents.documents(), st.data())
def test_a_moved_key_keeps_every_comment(document: documents.Text, data: Any) -> None:
    edit = data.draw(documents.moves(document))
    new = _done(document.text, [edit])
    event("refused" if new is None else "done")
    if new is not None and all(line.live for line in document.lines):
        comments = [re.findall("#[^\r\n]*", text) for text in (document.text, new)]
        assert sorted(comments[0]) == sorted(comments[1])


@runs
@given(documents.documents(), st.data())
def test_several_edits_change_the_data_as_in_a_dictionary(
    document: documents.Text, data: Any
) -> None:
    _done(document.text, data.draw(documents.edits(document)))


@runs
@given(documents.documents(), st.data())
def test_an_unusual_document_is_edited_rightly_or_refused(
    document: documents.Text, data: Any
) -> None:
    text = document.text
    for piece in data.draw(st.lists(st.sampled_from(ODDITIES), min_size=1, max_size=3)):
        place = data.draw(st.integers(0, len(text)))
        text = text[:place] + piece + text[place:]
    edits = data.draw(documents.edits(document, most=1))
    try:
        _done(text, edits)
    except YamlError:
        event("broken")


def test_usual_edits_of_usual_documents_are_rarely_refused() -> None:
    refused: list[Any] = []
    number = 0

    @settings(runs, derandomize=True)
    @given(documents.documents(), st.data())
    def run(document: documents.Text, data: Any) -> None:
        nonlocal number
        edit = data.draw(documents.sensible_edit(document))
        number += 1
        if _done(document.text, [edit]) is None:
            refused.append((document, edit))

    run()
    assert number >= EXAMPLES / 2
    assert len(refused) <= 0.02 * number, refused[:5]
