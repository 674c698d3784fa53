"""The layers of a configuration as boxes: what each decides, and what hides the rest of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...catalogue import shipped
from ...config.merge import branch, leaves
from ...config.values import Resolved
from ...core.keys import CONTROL_VARIABLES, join_path
from ...core.origins import Origin, tilde
from ...doctor.facts import Facts
from ..redact import Concealer

#: What says which box a value belongs to: a kind of origin, and the file or the package.
Place = tuple[str, str]
_STATUS = {
    "empty": "it holds only comments",
    "unreadable": "it cannot be read; dask skips it in silence",
    "malformed": "it is no YAML that dask can load; import dask fails",
    "not-a-mapping": "its top level is no mapping; import dask fails",
}
_RECOMMENDED = frozenset(
    join_path(path)
    for path, _ in leaves(branch(shipped.read(shipped.RECOMMENDED), Origin("default")))
)
_PACKAGES = [shipped.OURS, *(entry.package for entry in reversed(shipped.PACKAGES))]


@dataclass(frozen=True, slots=True)
class LayerEntry:
    """A key in a box, and its value there.

    Attributes
    ----------
    key, value : str
    hidden_by : LayerCard, optional
        The box whose value is in effect; None where it is this one's.
    """

    key: str
    value: str
    hidden_by: LayerCard | None = None


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
        Why it decides nothing.
    breaks : bool
        Whether something is wrong with it.
    decided, hidden : list of LayerEntry
        Its keys.
    findings, group : int
        How many findings are about it, and the number of the first group of them.
    """

    number: int
    kind: str
    name: str
    note: str = ""
    breaks: bool = False
    decided: list[LayerEntry] = field(default_factory=list)
    hidden: list[LayerEntry] = field(default_factory=list)
    findings: int = 0
    group: int = 0

    @property
    def shown(self) -> list[LayerEntry]:
        """What is decided and worth a place; of defaults, only our recommended settings."""
        if self.kind != "default":
            return self.decided
        return [chip for chip in self.decided if chip.key in _RECOMMENDED]


def boxes(facts: Facts, concealer: Concealer) -> dict[Place, LayerCard]:
    """Every layer, the highest first, with its keys sorted."""
    found = {
        place: LayerCard(number, place[0], name, note, note not in ("", _STATUS["empty"]))
        for number, (place, name, note) in enumerate(_layers(facts), 1)
    }
    for key, resolved in facts.resolution.values().items():
        _put(found, key, resolved, concealer)
    return found


def place_of(origin: Origin) -> Place:
    """The box that an origin belongs to."""
    if origin.kind == "file":
        return "file", origin.path or ""
    return origin.kind, (origin.name or "") if origin.kind == "default" else ""


def _layers(facts: Facts) -> Iterator[tuple[Place, str, str]]:
    if any(variable.name not in CONTROL_VARIABLES for variable in facts.variables):
        yield ("variable", ""), "Environment variables", ""
    if facts.sources.environment.inherited:
        yield ("inherited", ""), "Inherited configuration", ""
    paths: set[str] = set()
    for file in reversed(facts.files):  # one that is read twice counts where it is read last
        if file.path not in paths:
            yield ("file", file.path), tilde(file.path), _STATUS.get(file.status, "")
        paths.add(file.path)
    for package in _PACKAGES:
        yield ("default", package), f"Defaults of {package}", ""


def _put(
    found: Mapping[Place, LayerCard], key: str, resolved: Resolved, concealer: Concealer
) -> None:
    winner = found.get(place_of(resolved.origin))
    if winner is None:
        return
    winner.decided.append(LayerEntry(key, concealer.value(key, resolved.value)))
    for entry in resolved.shadowed:
        box = found.get(place_of(entry.origin))
        if box is not None and box is not winner:
            box.hidden.append(LayerEntry(key, concealer.value(key, entry.value), winner))
