"""The state of ``dask.config`` in a running process, and the layers that explain its values."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..catalogue import shipped
from ..core.equality import strictly_equal
from ..core.keys import join_path
from ..core.observers import origin_in_code
from ..core.origins import Origin
from . import merge
from .merge import Branch, Leaf, find, plain


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """The state of ``dask.config``: that of this process, or that in a snapshot.

    Attributes
    ----------
    config : mapping
        The effective values.
    defaults : list of Branch
        The defaults that packages registered, in this order.
    renamed : mapping
        Old key -> new key, None for a removed one.
    held : callable
        Returns a value of a layer as `config` holds it.
    origin_in_code : callable
        Key -> the origin of a value that no layer explains.
    """

    config: Mapping[str, Any]
    defaults: list[Branch]
    renamed: Mapping[str, str | None]
    held: Callable[[Any], Any]
    origin_in_code: Callable[[str], Origin]

    @classmethod
    def of_this_process(cls) -> LiveConfig:
        """Return the state now."""
        import dask.config

        defaults = [merge.branch(tree, _owner(tree)) for tree in dask.config.defaults]
        renamed = dask.config.deprecations
        return cls(dask.config.config, defaults, renamed, lambda value: value, origin_in_code)

    @classmethod
    def of_snapshot(cls, running: Mapping[str, Any], held: Callable[[Any], Any]) -> LiveConfig:
        """Return the state in the member ``running`` of a snapshot."""
        packages = {package: held(tree) for package, tree in shipped.trees().items()}
        defaults = []
        for default in running["defaults"]:
            values = default["values"]
            same = (package for package, tree in packages.items() if tree == values)
            name = next(same, default["package"]) or "another package"
            defaults.append(merge.branch(values, Origin("default", name=name)))
        origin = Origin("code")
        return cls(running["config"], defaults, running["renamed"], held, lambda key: origin)

    def explained(self, expected: Sequence[Branch]) -> Branch:
        """Return the values, each with the origin that an equal value has in a tree.

        Parameters
        ----------
        expected : sequence of Branch
            What the process is expected to see; the first with an equal value counts.
        """
        return self._explained(self.config, (), expected)

    def _explained(
        self, config: Mapping[Any, Any], path: tuple[Any, ...], expected: Sequence[Branch]
    ) -> Branch:
        tree = Branch(Origin("code"))
        for name, value in config.items():
            here = (*path, name)
            nodes = [node for layer in expected if (node := find(layer, here)) is not None]
            if isinstance(value, Mapping):
                tree[name] = self._explained(value, here, expected)
                if nodes:
                    tree[name].origin = nodes[0].origin  # type: ignore[misc]
                continue
            equal = (node for node in nodes if strictly_equal(self.held(plain(node)), value))
            if node := next(equal, None):
                tree[name] = Leaf(plain(node), node.origin, join_path(here))
            else:
                tree[name] = Leaf(value, self.origin_in_code(join_path(here)), join_path(here))
        return tree


def _owner(default: Mapping[str, Any]) -> Origin:
    """Return the package whose defaults these are, found by content or in its module."""
    for package, tree in shipped.trees().items():
        if default == tree:
            return Origin("default", name=package)
    for name, module in list(sys.modules.items()):
        if getattr(module, "defaults", None) is default:
            return Origin("default", name=name.partition(".")[0])
    return Origin("default", name="another package")
