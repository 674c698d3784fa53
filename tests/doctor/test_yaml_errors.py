"""The diagnosis of invalid YAML: which mistake, its place, and how to fix it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config.config.sources import SourceFile, read_file
from dask_backend_config.doctor.yaml_errors import Diagnosis, diagnose, stops_at_tab


def _read(folder: Path, text: str) -> SourceFile:
    path = folder / "x.yaml"
    path.write_bytes(text.encode())
    return read_file(str(path))


def _diagnosed(folder: Path, text: str) -> Diagnosis:
    return diagnose(_read(folder, text))


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        pytest.param("a: b: c  # d\n", (1, 4), "second key", 'a: "b: c"', id="second colon"),
        pytest.param('a: "b: c\n', (1, 4), 'quote " is not closed', 'Put "', id="double quote"),
        pytest.param("x: 1\na: 'b\nc: 'd'\n", (2, 4), "quote ' is not closed", "Put '",
                     id="quote that the next quote closes"),
        pytest.param("a: 'it's'\n", (1, 8), "after the closing quote", "''", id="apostrophe"),
        pytest.param('a: "x" y\n', (1, 8), "after the closing quote", "'...'", id="after a quote"),
        pytest.param('a: "C:\\Users"\n', (1, 9), "backslash", "'...'", id="backslash"),
        pytest.param("a: {x}/y\n", (1, 4), "read as a mapping", 'a: "{x}/y"', id="brace"),
        pytest.param("a: [x] y\n", (1, 4), "read as a list", 'a: "[x] y"', id="bracket"),
        pytest.param("a: {{b: 1}: 2}\n", (1, 4), "brackets", 'a: "{{b: 1}: 2}"', id="mapping as a key"),
        pytest.param("a: {{ x }}\n", (1, 4), "template", "Render", id="Jinja value"),
        pytest.param("{{ x }}: 1\n", (1, 1), "template", "Render", id="Jinja key"),
        pytest.param("a: 1\n{% if x %}\nb: 1\n{% endif %}\n", (2, 1), "template", "Render",
                     id="Jinja statement"),
        pytest.param("{# x #}\na: 1\n", (1, 1), "template", "Render", id="Jinja comment"),
        pytest.param("a:\n{{- if .x }}\n  b: 1\n{{- end }}\n", (2, 1), "template", "Render", id="Helm"),
        pytest.param("...\na: 1\n", (1, 1), "ends the YAML document", "Remove this line",
                     id="dots in the first line"),
        pytest.param("a: 1\n...\nb: 2\n", (2, 1), "ends the YAML", "Remove", id="dots between keys"),
        pytest.param("a: []\n  - b\n", (1, 4), "below []", "Remove [] from line 1", id="items below []"),
        pytest.param("x:\n  a: []  # c\n\n  - b\n", (2, 6), "below []", "Remove []",
                     id="items beside []"),
        pytest.param("a: {}\n  b: 1\n", (1, 4), "below {}", "Remove {}", id="keys below {}"),
        pytest.param("a: ''\n  b: 1\n", (1, 4), "below ''", "Remove ''", id="keys below quotes"),
        pytest.param("a: [1, 2\nb: 3\n", (1, 4), "[ is not closed", "Put ]", id="list not closed"),
        pytest.param("{a: 1\n", (1, 1), "{ is not closed", "Put }", id="braces not closed"),
        pytest.param("a: [1: 2: 3]\n", (1, 9), "do not match", "comma", id="inside of brackets"),
        pytest.param("a: ]\n", (1, 4), 'begin with "]"', 'a: "]"', id="closing bracket"),
        pytest.param("a:\n  b: 1\n   c: 2\n", (3, 4), "deeper than line 2", "like line 2",
                     id="deeper than a value"),
        pytest.param("a:\n    b: 1\n  c: 2\n", (3, 3), "indentation of 2", "0 or 4 spaces",
                     id="between two levels"),
        pytest.param("  a: 1\nb: 2\n", (2, 1), "indentation of 0", "by 2 spaces", id="left of the first"),
        pytest.param("a: 1\n- b\n", (2, 1), "list item", "below the key", id="item among keys"),
        pytest.param("a:\n  - x\n  b: 1\n", (3, 3), "key", "like the keys", id="key among items"),
        pytest.param("a:1\nb: 2\n", (1, 1), "space after the colon", "Write a: 1", id="no space, first line"),
        pytest.param("a: 1\nb:2\n", (2, 1), "space after the colon", "Write b: 2", id="no space, last line"),
        pytest.param("a:\n  - b:1\n  c: 2\n", (3, 3), "key", "like the keys", id="no space, item"),
        pytest.param("a\nb: 1\n", (1, 1), "no colon", "key: value", id="no colon"),
        pytest.param("a: 1\n\n# x\nb\n", (4, 1), "no colon", "key: value", id="no colon at the end"),
        pytest.param("a: *b\n", (1, 4), "an alias", 'a: "*b"', id="alias"),
        pytest.param("a: */5\n", (1, 4), "an alias", 'a: "*/5"', id="asterisk and slash"),
        pytest.param("a: &\n", (1, 4), "an anchor", 'a: "&"', id="anchor"),
        pytest.param("a: !b c\n", (1, 4), "a tag", 'a: "!b c"', id="tag"),
        pytest.param("a: - b\n", (1, 4), "a list item", 'a: "- b"', id="item in a line"),
        pytest.param("a: ? b\n", (1, 4), "a key", 'a: "? b"', id="question mark"),
        pytest.param("a: >b\n", (1, 4), '">"', 'a: ">b"', id="block scalar"),
        pytest.param("a: 2021-13-45\n", (1, 4), "date", '"2021-13-45"', id="invalid date"),
        pytest.param("a: 0x_\n", (1, 4), "number", 'a: "0x_"', id="invalid number"),
        pytest.param('a: %"x\n', (1, 4), "begin with", "a: '%\"x'", id="quotes in the value"),
        pytest.param("a: %it's \"x\n", (1, 4), "begin with", "a: '%it''s \"x'", id="both quotes"),
        pytest.param("a: 1\n---\nb: 2\n", (2, 1), "second YAML document", "---", id="two documents"),
        pytest.param("b: 1\n<<<<<<< HEAD\na: 1\n=======\n", (2, 1), "merge conflict", "one of",
                     id="merge conflict"),
        pytest.param("a: \x01\n", (1, 4), "'\\x01' is not allowed", "Remove", id="control sign"),
        pytest.param("1: x\n", (1, 1), "key 1 is", '"1":', id="number as a key"),
        pytest.param("2021-01-01 10:00:00: x\n", (1, 1), "the key ", '"2021-01-01 10:00:00":',
                     id="time as a key"),
        pytest.param("a:\n  off: x\n", (2, 3), "key False is", '"off":', id="off as a key"),
        pytest.param("<<: 1\n", (1, 5), "merging", "quote the value", id="PyYAML's own words"),
        pytest.param("\tb: 1\n", (1, 1), "tab", "spaces", id="tab"),
        pytest.param("\ufeffa: b: c\r\n", (1, 5), "second key", 'a: "b: c"', id="byte order mark"),
        pytest.param("x: 1\ra: b: c\r", (2, 4), "second key", 'a: "b: c"', id="old line ends"),
        pytest.param("a: " + "x" * 60 + ": y\n", (1, 4), "second key", "Put the value in quotes",
                     id="a long value is not repeated"),
    ],
)  # fmt: skip
def test_names_the_mistake_its_place_and_the_fix(
    tmp_path: Path, text: str, place: tuple[int, int], message: str, hint: str
) -> None:
    found = _diagnosed(tmp_path, text)
    assert message in found.message
    assert hint in found.hint
    assert found.mark
    assert (found.mark.line, found.mark.column) == place


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("- {name: TOKEN, value: *hunter2}", id="in braces"),
        pytest.param('"password": *hunter2', id="a key in quotes"),
        pytest.param("env: TOKEN=hunter2: x", id="a word of the value"),
        pytest.param("- password: x: hunter2", id="in a list"),
        pytest.param("api_token:hunter2", id="no space after the colon"),
    ],
)
def test_does_not_repeat_secrets(tmp_path: Path, line: str) -> None:
    found = _diagnosed(tmp_path, f"{line}\nb: 1\n")
    assert "hunter2" not in found.message + found.hint


def test_too_deep_nesting_has_no_place(tmp_path: Path) -> None:
    found = _diagnosed(tmp_path, "a: " + "[" * 5000)
    assert "nested too deeply" in found.message
    assert found.mark is None


PIECES = st.sampled_from(
    ["a", "b: ", ":", "'", '"', "[", "]", "{", "}", ",", "- ", "? ", "#", "\n", "\n  ", "\n ", "\t",
     "*", "&", "!", "%", "@", "|", ">", "\\", "---\n", "1", "on", "2021-13-45", "\r\n", "\x85", "é",
     "<<: ", "password: "]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_every_invalid_file_has_a_diagnosis_with_a_place_inside_it(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = _read(tmp_path_factory.getbasetemp(), text)
    if file.problem is None:
        assert not stops_at_tab(file)
        return
    found = diagnose(file)
    assert found.message
    assert found.hint
    assert "\n" not in found.message + found.hint
    if found.mark:
        assert 1 <= found.mark.line <= len(text.splitlines()) + 1
        assert found.mark.column >= 1
