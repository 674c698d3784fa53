"""Parsed documents, compared with PyYAML's Python loader, which dask uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dask_backend_config.catalogue import shipped
from dask_backend_config.yaml_edit.document import Mark, YamlError, parse
from dask_backend_config.yaml_edit.loaders import is_trusted, load_known

#: Pieces whose random combinations are valid or invalid YAML.
PIECES = (
    "a", "b", "key", " ", "  ", "\n", "\n", "\n  ", ": ", ":", "- ", "[", "]", "{", "}", ", ", ",",
    "'", '"', "#", " #", "|", "|\n", ">", ">-\n  ", "&x ", "*x", "!t ", "!!str ", "?", "? ", "%",
    "@", "`", "~", "1", "12:00", "\\", "\\n", "\r\n", "\r", "é", "😀", "---\n", "...\n", "<<: ",
    "=", "!", "&", "*", "-", "+", ".", "_", "\t", "\ufeff", "\x85", "\u2028", "\x7f", "no", "0o7",
)  # fmt: skip
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def _loaded_by_dask(text: str) -> Any:
    try:
        return repr(yaml.safe_load(text))
    except Exception:
        return "refused"


def _parsed(text: str) -> Any:
    try:
        return repr(parse(text).data)
    except YamlError:
        return "refused"


def test_a_file_with_many_short_lists_is_trusted() -> None:
    assert is_trusted("".join(f"a{n}: [1, 2]\n" for n in range(1000)))


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
@example("a:\tb\n")
@example("a: 1\t# note\n")
@example("|# note\n")
@example("\ufeffa: 1\n")
@example("[~?~]")
@example("- !")
@example("a: 2001-99-99\n")
@example("{[a]: 1}")
def test_the_data_equals_what_dask_loads(text: str) -> None:
    assert _parsed(text) == _loaded_by_dask(text)


@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("*.yaml")), ids=[path.name for path in sorted(CORPUS.glob("*.yaml"))]
)
def test_users_files_give_what_dask_loads(path: Path) -> None:
    text = path.read_text()
    assert parse(text).data == yaml.safe_load(text)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the users' files are not here")
def test_the_users_files_are_found() -> None:
    assert len(list(CORPUS.glob("*.yaml"))) > 30


SHIPPED = [
    *(shipped.folder() / name for name in ("recommended.yaml", "backends.yaml")),
    shipped.folder() / "backends-schema.yaml",
    *(
        folder / name
        for entry in shipped.PACKAGES
        if (folder := shipped.package_folder(entry.package))
        for name in (entry.defaults, entry.schema)
        if name
    ),
]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_both_loaders_agree_on_files_of_packages(path: Path) -> None:
    text = path.read_text()
    assert load_known(text) == yaml.safe_load(text)


@pytest.mark.parametrize("entry", shipped.PACKAGES, ids=lambda entry: entry.package)
def test_default_files_of_packages_are_trusted(
    entry: shipped.Shipped,
) -> None:
    folder = shipped.package_folder(entry.package)
    assert folder is not None
    assert is_trusted((folder / entry.defaults).read_text())


TEXT = "# note\nworker:\n  daemon: 'no'  # why\n  list: [1, {x: 2}]\n\nempty:\n"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("start", ["", "\ufeff", "---\n"], ids=["bare", "BOM", "marker"])
def test_marks_are_the_lines_and_columns_that_editors_show(start: str, ends: str) -> None:
    document = parse((start + TEXT).replace("\n", ends))
    extra = start.count("\n")
    places = {path: (entry.mark, entry.value.mark) for path, entry in document.walk()}
    assert places == {
        ("worker",): (Mark(2 + extra, 1), Mark(3 + extra, 3)),
        ("worker", "daemon"): (Mark(3 + extra, 3), Mark(3 + extra, 11)),
        ("worker", "list"): (Mark(4 + extra, 3), Mark(4 + extra, 9)),
        ("empty",): (Mark(6 + extra, 1), Mark(6 + extra, 7)),
    }


def test_the_first_key_after_a_byte_order_mark_has_its_column() -> None:
    entry = parse("\ufeffdaemon: true\n").entry(("daemon",))
    assert entry is not None
    assert entry.value.mark.line == 1
    assert "daemon: true\n"[entry.value.mark.column - 1 :].startswith("true")


def test_a_scalar_keeps_its_characters_and_whether_it_was_quoted() -> None:
    document = parse("a: 12:00:00\nb: '12:00:00'\nc: [1]\n")
    values = [entry.value for _, entry in document.walk()]
    assert [(value.data, value.text, value.plain) for value in values] == [
        (43200, "12:00:00", True),
        ("12:00:00", "12:00:00", False),
        ([1], None, False),
    ]


def test_duplicate_keys_are_found_and_the_last_counts() -> None:
    document = parse("a: {b: 1, b: 2}\na: {b: 3}\n")
    assert document.data == {"a": {"b": 3}}
    assert [(d.path, d.first, d.again) for d in document.duplicates] == [
        (("a", "b"), Mark(1, 5), Mark(1, 11)),
        (("a",), Mark(1, 1), Mark(2, 1)),
    ]


def test_overriding_a_merged_key_is_not_a_duplicate() -> None:
    document = parse("base: &base {x: 1, y: 2}\nmine:\n  <<: *base\n  x: 3\n")
    assert document.data["mine"] == {"x": 3, "y": 2}
    assert document.duplicates == []


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        pytest.param("a: b: c\n", Mark(1, 5), id="nested-in-a-line"),
        pytest.param("a: 'x\n", Mark(2, 1), id="open-quote"),
        pytest.param("a:\n  b: 1\n c: 2\n", Mark(3, 2), id="uneven-indent"),
        pytest.param("a:\n\tb: 1\n", Mark(2, 1), id="tab"),
        pytest.param("a: \x07\n", Mark(1, 4), id="control-character"),
        pytest.param("a: 1\n---\nb: 2\n", Mark(2, 1), id="two-documents"),
        pytest.param("a: !mine x\n", Mark(1, 4), id="tag"),
        pytest.param("a: &x {b: *x}\n", Mark(1, 4), id="mapping-inside-itself"),
        pytest.param("a: &x [*x]\n", Mark(1, 4), id="list-inside-itself"),
    ],
)
def test_an_error_has_its_position(text: str, mark: Mark) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert caught.value.mark == mark
    assert "\n" not in caught.value.problem


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="flow"),
        pytest.param("- " * 50_000, id="compact"),
        pytest.param("".join(" " * n + "a:\n" for n in range(3000)), id="block"),
    ],
)
def test_a_document_that_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(YamlError, match="nested too deeply"):
        parse(text)
