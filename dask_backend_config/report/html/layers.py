"""The layers of a configuration as cards: the values each sets, and what overrides them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...catalogue import shipped
from ...config.merge import branch, leaves
from ...core.keys import CONTROL_VARIABLES, join_path
from ...core.origins import Origin, tilde
from ...doctor.facts import Facts
from ..redact import Redactor

#: The kind of an origin, and its file or package.
Layer = tuple[str, str]
_EMPTY = "it contains only comments"
_STATUS = {
    "empty": _EMPTY,
    "unreadable": "it cannot be read: dask skips it without a message",
    "malformed": "it is not valid YAML: import dask fails",
    "not-a-mapping": "its top level is not a mapping: import dask fails",
}
_RECOMMENDED_TREE = branch(shipped.read(shipped.RECOMMENDED), Origin("default"))
_RECOMMENDED = frozenset(join_path(path) for path, _ in leaves(_RECOMMENDED_TREE))


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """A key of a layer, its value there, and the layer that overrides it, if any."""

    key: str
    value: str
    overridden_by: LayerCard | None = None


@dataclass(slots=True)
class LayerCard:
    """A layer.

    Attributes
    ----------
    number : int
        Counted from the highest.
    kind : {"variable", "inherited", "file", "default"}
    name : str
    note : str
        Why it sets nothing.
    in_effect, overridden : list of LayerEntry
        Its keys.
    findings, group : int
        How many findings are about it, and the number of their first group.
    """

    number: int
    kind: str
    name: str
    note: str = ""
    in_effect: list[LayerEntry] = field(default_factory=list)
    overridden: list[LayerEntry] = field(default_factory=list)
    findings: int = 0
    group: int = 0

    @property
    def is_broken(self) -> bool:
        """True if dask cannot use the file."""
        return self.note not in ("", _EMPTY)

    @property
    def shown(self) -> list[LayerEntry]:
        """The values in effect; of defaults, only the recommended settings."""
        if self.kind != "default":
            return self.in_effect
        return [entry for entry in self.in_effect if entry.key in _RECOMMENDED]


def layer_cards(facts: Facts, redactor: Redactor) -> dict[Layer, LayerCard]:
    """Return a card for each layer, the highest first, with its keys sorted."""
    cards = {
        layer: LayerCard(number, layer[0], name, note)
        for number, (layer, name, note) in enumerate(_layers(facts), 1)
    }
    for key, resolved in facts.resolution.values().items():
        winner = cards.get(layer_of(resolved.origin))
        if winner is None:
            continue
        winner.in_effect.append(LayerEntry(key, redactor.value(key, resolved.value)))
        for entry in resolved.shadowed:
            card = cards.get(layer_of(entry.origin), winner)
            if card is not winner:
                card.overridden.append(LayerEntry(key, redactor.value(key, entry.value), winner))
    return cards


def layer_of(origin: Origin | None) -> Layer:
    """Return the layer that an origin belongs to."""
    if origin is None:
        return "", ""
    return origin.kind, {"file": origin.path, "default": origin.name}.get(origin.kind) or ""


def _layers(facts: Facts) -> Iterator[tuple[Layer, str, str]]:
    """Yield the layers, the highest first, each with its name and why it sets nothing."""
    if any(variable.name not in CONTROL_VARIABLES for variable in facts.variables):
        yield ("variable", ""), "Environment variables", ""
    if facts.sources.environment.inherited:
        yield ("inherited", ""), "Inherited configuration", ""
    # A file that is read twice counts where it is read last.
    for file in {file.path: file for file in reversed(facts.files)}.values():
        yield ("file", file.path), tilde(file.path), _STATUS.get(file.status, "")
    for package in reversed([name for name, tree in shipped.trees().items() if tree]):
        yield ("default", package), f"Defaults of {package}", ""
