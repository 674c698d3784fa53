"""The undocumented parts of PyYAML that this package uses.

No other module uses them. tests/yaml_edit/test_pyyaml_internals.py fails if a release of PyYAML
changes one of them.
"""

from __future__ import annotations

from typing import Any

import yaml

#: The loader of libyaml where PyYAML has it: 15 times faster than the Python loader.
FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Raised for a character that YAML does not allow.
ReaderError = yaml.reader.ReaderError

MAPPING_TAG = "tag:yaml.org,2002:map"
STRING_TAG = "tag:yaml.org,2002:str"
BOOLEAN_TAG = "tag:yaml.org,2002:bool"
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class NodeLoader:
    """A loader that first composes the nodes of a document, and then constructs their data.

    Parameters
    ----------
    text : str
        One YAML document.
    loader_class : type
        ``yaml.SafeLoader`` or `FAST_LOADER`.

    Raises
    ------
    ReaderError
        If `text` has a character that YAML does not allow.
    """

    def __init__(self, text: str, loader_class: Any) -> None:
        self._loader = loader_class(text)

    def compose(self) -> Any:
        """Return the root node, None if the document is empty."""
        return self._loader.get_single_node()

    def construct(self, node: Any) -> Any:
        """Return the data of a node and of all nodes inside of it."""
        return self._loader.construct_object(node, deep=True)

    def merge(self, node: Any) -> None:
        """Replace ``<<`` in a mapping node by the entries that it refers to.

        Like PyYAML, this also turns a ``=`` key into a string.
        """
        self._loader.flatten_mapping(node)

    def close(self) -> None:
        """Release the memory of the loader."""
        self._loader.dispose()


def invalid_character(error: yaml.YAMLError) -> tuple[str, int]:
    """Return the character that a `ReaderError` is about, and its position."""
    return chr(error.character), int(error.position)  # type: ignore[attr-defined]


def start_of(node: Any) -> int:
    """Return the position of the first character of a node."""
    return int(node.start_mark.index)


def end_of(node: Any) -> int:
    """Return the position after a node. For a block, that is the start of what follows it."""
    return int(node.end_mark.index)


def is_scalar(node: Any) -> bool:
    """Return whether a node is neither a list nor a mapping."""
    return isinstance(node, yaml.ScalarNode)


def is_mapping(node: Any) -> bool:
    """Return whether a node is a mapping."""
    return isinstance(node, yaml.MappingNode)


def is_flow(node: Any) -> bool:
    """Return whether a node is a list or mapping in brackets or braces."""
    return not is_scalar(node) and bool(node.flow_style)


def is_block_scalar(node: Any) -> bool:
    """Return whether a node is a string of lines after ``|`` or ``>``."""
    return is_scalar(node) and node.style in ("|", ">")


def children(node: Any) -> list[Any]:
    """Return the nodes inside of a list or mapping: its items, or its keys and values."""
    if isinstance(node, yaml.MappingNode):
        return [inner for pair in node.value for inner in pair]
    return [] if is_scalar(node) else list(node.value)


def is_other_type(text: str) -> bool:
    """Return whether YAML 1.1 reads a non-empty string without quotes as another type."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(text[0], ())
    return any(pattern.match(text) for _, pattern in resolvers)
