"""Effective values with their origins, and how they look as JSON and in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..core.origins import Origin
from ..core.secrets import masked
from ..core.strings import inline, shown

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Layered:
    """A value in one layer, and its place there."""

    value: Any
    origin: Origin

    def as_json(self, key: str) -> dict[str, Any]:
        """Return value and origin as JSON, with secrets masked."""
        return {"value": masked(key, self.value), "origin": self.origin.as_json()}


@dataclass(frozen=True, slots=True, repr=False)
class Resolved:
    """The effective value of a key, and the values that it overrides.

    Attributes
    ----------
    key : str
        Dotted, in the spelling of the default, else as dask keeps it.
    value : object
        The result of ``dask.config.get(key)``.
    origin : Origin
        Where it comes from.
    shadowed : tuple of Layered
        Values of the same key in lower layers, the highest first.
    """

    key: str
    value: Any
    origin: Origin
    shadowed: tuple[Layered, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.key} = {shown(masked(self.key, self.value))} from {self.origin}>"

    @property
    def layers(self) -> tuple[Layered, ...]:
        """The value of each layer that has one, the effective one first."""
        return (Layered(self.value, self.origin), *self.shadowed)

    @property
    def default(self) -> Layered | None:
        """The default; None if the key has no default."""
        return next((entry for entry in self.layers if entry.origin.kind == "default"), None)

    def as_json(self) -> dict[str, Any]:
        """Return value, origin and shadowed values as JSON, with secrets masked."""
        shadowed = [entry.as_json(self.key) for entry in self.shadowed]
        return {**self.layers[0].as_json(self.key), "shadowed": shadowed}

    def layers_as_html(self) -> str:
        """Return a table of the layers, with secrets masked."""
        from ..core.html import code, pale, strong, table

        rows: list[tuple[str, ...]] = []
        for entry in self.layers:
            origin = entry.origin
            place = code(origin.place if origin.path else origin.name or "dask.config.set")
            value = value_as_html(self.key, entry.value)
            rows.append((pale(origin.kind), place, value, "" if rows else strong("in effect")))
        return table(("", "", "", ""), rows)

    def _repr_html_(self) -> str:
        from ..core.html import code, paragraph, strong

        equation = paragraph(strong(code(self.key)), " = ", value_as_html(self.key, self.value))
        return equation + self.layers_as_html()


class Values(dict[str, Resolved]):
    """Effective values by key; a notebook shows them as a table."""

    def differing(self) -> Values:
        """Return the values that are not as the defaults have them."""
        from ..core.equality import strictly_equal

        return Values(
            {
                key: value
                for key, value in self.items()
                if value.default is None or not strictly_equal(value.default.value, value.value)
            }
        )

    def as_json(self, with_defaults: bool = False) -> dict[str, Any]:
        """Return the JSON of ``show``; `with_defaults` adds the ``default`` of each value."""
        entries = {key: value.as_json() for key, value in self.items()}
        if with_defaults:
            for key, value in self.items():
                entries[key]["default"] = value.default and value.default.as_json(key)
        return {"version": JSON_VERSION, "values": entries}

    def _repr_html_(self) -> str:
        from ..core.html import folded, pale, paragraph, table

        if not self:
            return paragraph(pale("no values"))
        rows = [_row(key, resolved) for key, resolved in self.items()]
        heads: Sequence[str] = ("key", "value", "from", "default")
        if not any(default for *_, default in rows):
            heads, rows = heads[:-1], [row[:-1] for row in rows]
        noun = "value" if len(self) == 1 else "values"
        return folded(f"{len(self)} {noun}", table(heads, rows), is_open=True)


def _row(key: str, resolved: Resolved) -> tuple[str, ...]:
    from ..core.html import code, pale

    is_default = resolved.origin.kind == "default"
    replaced = None if is_default else resolved.default
    default = value_as_html(key, replaced.value) if replaced else ""
    origin = pale(str(resolved.origin)) if is_default else code(str(resolved.origin))
    return code(key), value_as_html(key, resolved.value), origin, default


def value_as_html(key: str, value: Any) -> str:
    """Return the value of a key as HTML, with secrets masked."""
    from ..core.html import code

    return code(inline(masked(key, value)))
