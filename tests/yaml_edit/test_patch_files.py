"""Edits of users' files, and of templates of the installed default files."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import dask.config
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dask_backend_config.catalogue import shipped
from dask_backend_config.core.equality import strictly_equal
from dask_backend_config.yaml_edit.document import parse
from dask_backend_config.yaml_edit.patch import Edit, PatchError, Remove, Set, patch
from dask_backend_config.yaml_edit.scalars import to_yaml

ROOT = Path(__file__).parents[2]
CORPUS = sorted((ROOT.parent / "shared" / "corpus").glob("*.yaml"))
corpus = pytest.mark.parametrize("path", CORPUS, ids=[path.name for path in CORPUS])
DEFAULTS = [entry for entry in shipped.PACKAGES if entry.package != "dask_backend_config"]


def _recommended() -> list[Edit]:
    tree = parse((ROOT / "defaults" / "recommended.yaml").read_text())
    leaves = ((path, entry) for path, entry in tree.walk() if entry.value.items is None)
    return [Set(path, entry.value.data, "recommended") for path, entry in leaves]


def _read(path: Path) -> str:
    with path.open(newline="", encoding="utf-8") as file:
        return file.read()


def _default(entry: shipped.Shipped) -> Path:
    folder = shipped.package_folder(entry.package)
    assert folder is not None
    return Path(folder) / entry.defaults


@pytest.fixture
def template(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A package's default file as ensure_file writes it."""
    source = _default(request.param)
    dask.config.ensure_file(str(source), str(tmp_path))
    return _read(tmp_path / source.name)


def _changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that were removed, and those that were added."""
    one, two = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if len(one) == len(two):
        pairs = [(old, new) for old, new in zip(one, two, strict=True) if old != new]
        return [old for old, _ in pairs], [new for _, new in pairs]
    blocks = difflib.SequenceMatcher(None, one, two, autojunk=False).get_opcodes()
    changed = [block for block in blocks if block[0] != "equal"]
    gone = [line for _, start, end, _, _ in changed for line in one[start:end]]
    return gone, [line for _, _, _, start, end in changed for line in two[start:end]]


def test_the_recommended_settings_are_four() -> None:
    assert len(_recommended()) == 4


@pytest.mark.parametrize("template", DEFAULTS, ids=lambda entry: entry.package, indirect=True)
def test_the_recommended_settings_change_nine_lines_of_a_template(template: str) -> None:
    after = patch(template, _recommended())
    gone, new = _changed(template, after)
    assert len(gone) in (0, 9)
    assert len(gone) == 0 or len(new) == 9
    assert yaml.safe_load(after) == yaml.safe_load(
        (ROOT / "defaults" / "recommended.yaml").read_text()
    )


@pytest.mark.parametrize("template", DEFAULTS[1:2], ids=lambda entry: entry.package, indirect=True)
def test_distributeds_template_is_changed_in_nine_lines(template: str) -> None:
    gone, new = _changed(template, patch(template, _recommended()))
    assert (len(gone), len(new)) == (9, 9)
    assert [line.removeprefix("# ").split(":")[0] for line in gone] == [
        line.split(":")[0] for line in new
    ]


def _paths(text: str) -> list[tuple[Any, ...]]:
    return [path for path, _ in parse(text).walk()]


@pytest.mark.parametrize("entry", DEFAULTS, ids=lambda entry: entry.package)
def test_each_key_of_a_template_is_uncommented(entry: shipped.Shipped, tmp_path: Path) -> None:
    source = _default(entry)
    dask.config.ensure_file(str(source), str(tmp_path))
    text, default = _read(tmp_path / source.name), parse(_read(source))
    for path, found in list(default.walk())[::3]:
        if found.value.items is None:
            after = patch(text, [Set(path, found.value.data)])
            gone, new = _changed(text, after)
            several_lines = isinstance(found.value.data, list) and len(new) <= len(path)
            assert [line[2:] for line in gone] == new or several_lines, path


@corpus
def test_the_recommended_settings_change_only_their_own_lines(path: Path) -> None:
    text = _read(path)
    after = patch(text, _recommended())
    names = {
        "distributed",
        "worker",
        "daemon",
        "comm",
        "timeouts",
        "connect",
        "tcp",
        "deploy",
        "lost-worker-timeout",
    }
    for line in _changed(text, after)[0]:
        unended = text.endswith(line) and not line.endswith("\n")
        assert line.lstrip("# ").split(":")[0] in names or unended
    assert patch(after, _recommended()) == after


@corpus
def test_each_value_of_a_users_file_can_be_changed_and_changed_back(path: Path) -> None:
    text = _read(path)
    for way, entry in parse(text).walk():
        if entry.value.items:
            continue
        old = entry.value.data
        new_value = not old if isinstance(old, bool) else "x" if isinstance(old, str) else 7
        other = patch(text, [Set(way, new_value)])
        back = patch(other, [Set(way, old)])
        assert strictly_equal(parse(back).data, parse(text).data)
        gone, new = _changed(text, back)
        assert gone == new == [] or _is_respelled(text, way, old), (way, gone, new)


def _is_respelled(text: str, way: tuple[Any, ...], old: Any) -> bool:
    """Whether this package writes the value differently, so that its line may differ."""
    entry = parse(text).entry(way)
    assert entry is not None
    start, end = entry.value.node.start_mark.index, entry.value.node.end_mark.index
    written = text[start:end]
    return written != to_yaml(old, like=written)


@corpus
def test_each_key_of_a_users_file_can_be_removed(path: Path) -> None:
    text = _read(path)
    comments = [line for line in text.splitlines() if line.startswith("#")]
    for way in _paths(text):
        after = iter(patch(text, [Remove(way)]).splitlines())
        assert all(line in after for line in comments), way


@corpus
def test_a_key_can_be_added_to_each_section_of_a_users_file(path: Path) -> None:
    text = _read(path)
    for way, entry in parse(text).walk():
        if entry.value.items or entry.value.data is None:
            after = patch(text, [Set((*way, "new-key"), 1)])
            assert len(_changed(text, after)[1]) <= 2, way


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_one_refused_edit_refuses_all(data: st.DataObject) -> None:
    text = "a: &x {b: 1}\nc: *x\n"
    with pytest.raises(PatchError):
        patch(text, [Set(("d",), 1), Set(("a", "b"), data.draw(st.integers(2)))])
