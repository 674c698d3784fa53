"""Values and explanations as a notebook shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..core.html import Html, code, folded, pale, paragraph, strong, table
from ..core.secrets import masked
from ..core.strings import inline

if TYPE_CHECKING:
    from ..core.origins import Origin
    from .explain import Explanation
    from .resolve import Resolved

_HEADS = ("key", "value", "from", "default")


def values_as_html(found: Mapping[str, Resolved]) -> str:
    """A table of values: what the default would be stands where somebody said something else."""
    if not found:
        return paragraph(pale("no values"))
    noun = "value" if len(found) == 1 else "values"
    rows = [_row(key, resolved) for key, resolved in found.items()]
    columns = len(_HEADS) if any(default for *_, default in rows) else len(_HEADS) - 1
    inner = table(_HEADS[:columns], [row[:columns] for row in rows])
    return folded(f"{len(found)} {noun}", inner, is_open=True)


def resolved_as_html(resolved: Resolved) -> str:
    """One value, and each layer that says one."""
    value = _value(resolved.key, resolved.value)
    return Html(_equation(resolved.key, value) + _layers(resolved))


def explanation_as_html(explained: Explanation) -> str:
    """All that ``explain`` says."""
    used = explained.used
    value = _value(explained.key, used.value) if used else pale("not set")
    through = used is not None and used.key != explained.key
    parts = [_equation(explained.key, value, f"through {used.key}" if used and through else "")]
    if explained.resolved is not None:
        parts.append(_layers(explained.resolved))
    if explained.fallbacks:
        rows = [
            ("falls back on", code(key), *_fallback(key, found))
            for key, found in explained.fallbacks
        ]
        parts.append(table(("", "", "", ""), rows))
    about = explained.description
    parts += [paragraph(part) for part in (about.text or "").split("\n\n") if part.strip()]
    parts.append(table(("", ""), list(_facts(explained))))
    return "".join(parts)


def _equation(key: str, value: Html, through: str = "") -> Html:
    behind = [pale(f"  {through}")] if through else []
    return paragraph(strong(code(key)), " = ", value, *behind)


def _row(key: str, resolved: Resolved) -> tuple[str, ...]:
    default = next((entry for entry in resolved.shadowed if entry.origin.kind == "default"), None)
    is_default = resolved.origin.kind == "default"
    beside = "" if is_default or default is None else _value(key, default.value)
    origin = pale(str(resolved.origin)) if is_default else code(str(resolved.origin))
    return code(key), _value(key, resolved.value), origin, beside


def _layers(resolved: Resolved) -> Html:
    said = [(resolved.value, resolved.origin, strong("in effect"))]
    said += [(entry.value, entry.origin, Html()) for entry in resolved.shadowed]
    return table(
        ("", "", "", ""),
        [
            (pale(origin.kind), code(_place(origin)), _value(resolved.key, value), effect)
            for value, origin, effect in said
        ],
    )


def _fallback(key: str, found: Resolved | None) -> tuple[str, str]:
    if found is None:
        return pale("not set"), ""
    return _value(key, found.value), pale(str(found.origin))


def _facts(explained: Explanation) -> Iterator[tuple[str, str]]:
    about = explained.description
    kind = " ".join(part for part in (about.type, f"({about.unit})" if about.unit else "") if part)
    facts = (("type", kind), ("read by", about.read_by))
    yield pale("variable"), code(explained.variable)
    for name, words in facts:
        if words:
            yield pale(name), words


def _place(origin: Origin) -> str:
    return origin.place if origin.path else origin.name or "dask.config.set"


def _value(key: str, value: Any) -> Html:
    return code(inline(masked(key, value)))
