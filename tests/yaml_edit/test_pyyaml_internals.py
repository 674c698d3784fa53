"""The undocumented parts of PyYAML still work as this package needs them.

If a test fails after an upgrade of PyYAML, adapt dask_backend_config/yaml_edit/pyyaml_internals.py.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import dask_backend_config
from dask_backend_config.yaml_edit import pyyaml_internals as pyyaml

LOADERS = pytest.mark.parametrize("loader_class", [yaml.SafeLoader, pyyaml.FAST_LOADER])
TEXT = "base: &x {p: 1}\nlist:\n- a\n- |\n  b\nmine:\n  <<: *x\n  q: 2\n"


def composed(text: str, loader_class: Any) -> tuple[pyyaml.NodeLoader, Any]:
    loader = pyyaml.NodeLoader(text, loader_class)
    return loader, loader.compose()


@LOADERS
def test_nodes_are_composed_first_and_constructed_one_by_one(loader_class: Any) -> None:
    loader, root = composed(TEXT, loader_class)
    keys, values = pyyaml.children(root)[::2], pyyaml.children(root)[1::2]
    assert [loader.construct(key) for key in keys] == ["base", "list", "mine"]
    assert loader.construct(values[1]) == ["a", "b\n"]
    assert root.tag == pyyaml.MAPPING_TAG
    assert keys[0].tag == pyyaml.STRING_TAG
    loader.close()


@LOADERS
def test_an_empty_document_has_no_node(loader_class: Any) -> None:
    assert composed("# only a comment\n", loader_class)[1] is None


@LOADERS
def test_positions_are_indexes_of_characters(loader_class: Any) -> None:
    _, root = composed("é: 'x'  # c\n", loader_class)
    key, value = pyyaml.children(root)
    assert (pyyaml.start_of(key), pyyaml.end_of(key)) == (0, 1)
    assert (pyyaml.start_of(value), pyyaml.end_of(value)) == (3, 6)
    assert (value.start_mark.line, value.start_mark.column) == (0, 3)


@LOADERS
def test_a_merge_puts_the_entries_of_the_anchor_in_front(loader_class: Any) -> None:
    loader, root = composed(TEXT, loader_class)
    before = pyyaml.children(root)
    base, mine = before[1], before[-1]
    loader.merge(root)
    assert pyyaml.children(root) == before, "nothing to merge"
    loader.merge(mine)
    assert pyyaml.children(mine)[0] is pyyaml.children(base)[0]
    assert loader.construct(mine) == {"p": 1, "q": 2}


@LOADERS
def test_the_style_of_a_node_is_known(loader_class: Any) -> None:
    _, root = composed(TEXT, loader_class)
    flow, block, mine = pyyaml.children(root)[1::2]
    assert [pyyaml.is_flow(node) for node in (flow, block, mine)] == [True, False, False]
    assert [pyyaml.is_block_scalar(node) for node in pyyaml.children(block)] == [False, True]
    assert not pyyaml.is_scalar(block)


def test_a_character_that_is_not_allowed_has_its_position() -> None:
    with pytest.raises(pyyaml.ReaderError) as caught:
        pyyaml.NodeLoader("a: \x07\n", yaml.SafeLoader)
    assert pyyaml.invalid_character(caught.value) == ("\x07", 3)


@pytest.mark.parametrize(("text", "expected"), [("12:00:00", True), ("no", True), ("slurm", False)])
def test_strings_that_yaml_reads_as_another_type_are_known(text: str, expected: bool) -> None:
    assert pyyaml.is_other_type(text) is expected
    assert isinstance(yaml.safe_load(text), str) is not expected


def test_no_other_module_uses_them() -> None:
    pattern = re.compile(
        r"yaml\.(reader|composer|constructor|resolver|cyaml)\b|implicit_resolvers|flatten_mapping"
        r"|get_single_node|construct_object|CSafeLoader|(start|end)_mark\.index"
    )
    package = Path(dask_backend_config.__file__).parent
    users = {path.stem for path in package.rglob("*.py") if pattern.search(path.read_text())}
    # Other interpreters run the source of `secrets`, so it imports no module of this package.
    assert users == {"pyyaml_internals", "secrets"}
