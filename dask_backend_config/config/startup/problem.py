"""A value with which dask or distributed fails when it is imported or started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ...core.keys import hyphenated, join_path
from ...core.origins import Origin
from ...core.secrets import masked
from ...core.strings import shown
from ..merge import Branch, Leaf, Node, find, leaves, plain

#: The check of the doctor that reports a problem.
Kind = Literal[
    "dashboard-link", "hyphen-in-argument", "invalid-logging", "missing-file", "missing-module",
    "tls-role",
]  # fmt: skip
Path = tuple[Any, ...]
UNCHANGED: Any = object()


@dataclass(frozen=True)
class StartupProblem:
    """A value with which dask or distributed fails when it is imported or started.

    Attributes
    ----------
    kind : str
        The id of the check that reports it.
    severity : {"error", "warning", "info"}
        As in a finding of the doctor.
    path : tuple
        The names of the key.
    node : Leaf or Branch
        Its value with its origin.
    wrong : str
        What is wrong; follows the key and its value in a message.
    hint : str
        An instruction.
    better : object
        The value that was most likely meant, `UNCHANGED` if unknown.
    new_name : str
        The last name that was most likely meant, empty if unknown.
    entry : str
        The entry that is wrong, if the value is a list.
    """

    kind: Kind
    severity: Literal["error", "warning", "info"]
    path: Path
    node: Node
    wrong: str
    hint: str
    better: Any = UNCHANGED
    new_name: str = ""
    entry: str = ""

    @property
    def key(self) -> str:
        """The dotted key with ``-`` in names."""
        return hyphenated(join_path(self.path))

    @property
    def origin(self) -> Origin:
        """Where the value was set."""
        return self.node.origin

    @property
    def value(self) -> Any:
        """The value without origins."""
        return plain(self.node)

    @property
    def message(self) -> str:
        """The last name of the key, its value, and what is wrong."""
        is_as_written = self.origin.kind == "file" or self.new_name
        name = self.path[-1] if is_as_written else hyphenated(str(self.path[-1]))
        if isinstance(self.node, Branch):
            return f"{name} {self.wrong}"
        value = self.entry or masked(self.key, self.value)
        short = value if isinstance(value, str) and value and value.isprintable() else shown(value)
        return f"{name}: {short} {self.wrong}"


Problems = Iterator[StartupProblem]


def user_leaves(tree: Branch) -> Iterator[tuple[Path, Leaf]]:
    """Yield every value that is not a default, with its path."""
    for path, node in leaves(tree):
        if isinstance(node, Leaf) and not node.origin.is_default:
            yield path, node


def user_leaf(tree: Branch, key: str) -> Leaf | None:
    """Return the value at a dotted key; None if it is a default, null or a section."""
    node = find(tree, tuple(key.split(".")))
    is_set = isinstance(node, Leaf) and node.value is not None and not node.origin.is_default
    return node if is_set and isinstance(node, Leaf) else None
