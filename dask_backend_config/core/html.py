"""HTML fragments for notebooks, with all strings escaped.

Fragments use inline styles and the notebook's own colours, so that they are legible in light and
dark themes, do not change the rest of the page, and load nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

#: The style of less important parts, in whatever colour the notebook writes.
PALE = "opacity: 0.65;"
_LEFT = "text-align: left; vertical-align: top; padding: 2px 12px 2px 0;"
_CODE = "font-family: monospace; overflow-wrap: anywhere; white-space: pre-wrap;"
_BOX = (
    "width: 24px; height: 24px; border-radius: 5px; position: absolute;"
    " border: 3px solid {dark}; background-color: {light};"
)
_LINK = "text-decoration: underline;"  # JupyterLab shows links in widgets like other text
_SCROLLING = "max-height: 30em; overflow: auto;"


class Html(str):
    """A string that is HTML already and is not escaped again."""


def text(value: str) -> Html:
    """Return a string as HTML, with characters that HTML cannot contain as Python escapes."""
    plain = "".join(one if one.isprintable() else repr(one)[1:-1] for one in value)
    return Html(escape(plain))


def code(value: str) -> Html:
    """Return a value, key or path in a monospaced font."""
    return Html(f'<span style="{_CODE}">{text(value)}</span>')


def pale(value: str) -> Html:
    """Return a less important part."""
    return Html(f'<span style="{PALE}">{_html(value)}</span>')


def strong(value: str) -> Html:
    """Return a more important part."""
    return Html(f"<strong>{_html(value)}</strong>")


def link(address: str) -> Html:
    """Return a link to `address`, or plain text if it is not the address of a page."""
    if not address.startswith(("http://", "https://", "/")):
        return text(address)
    where = f'href="{text(address)}" target="_blank" rel="noopener"'
    return Html(f'<a {where} style="{_LINK}">{text(address)}</a>')


def paragraph(*parts: str) -> Html:
    """Return a paragraph of these parts."""
    inner = "".join(map(_html, parts))
    return Html(f'<p style="margin: 4px 0; text-align: left;">{inner}</p>')


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    """Return a table that scrolls if it is long. It has no header row if all heads are empty."""
    head = "".join(
        f'<th scope="col" style="{_LEFT} {PALE} font-weight: normal;">{_html(name)}</th>'
        for name in heads
    )
    lines = ("".join(f'<td style="{_LEFT}">{_html(cell)}</td>' for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    top = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    style = "border-collapse: collapse; text-align: left; margin: 0;"
    content = f'<table style="{style}">{top}<tbody>{body}</tbody></table>'
    return Html(f'<div style="{_SCROLLING}">{content}</div>')


def folded(title: str, inner: str, is_open: bool = False) -> Html:
    """Return a collapsible section; its title can be clicked or opened by keyboard."""
    summary = f'<summary style="cursor: pointer;">{_html(title)}</summary>'
    return Html(f"<details{' open' if is_open else ''}>{summary}{_html(inner)}</details>")


def boxed(title: str, subtitle: str, inner: Iterable[str], dark: str, light: str) -> Html:
    """Return content under a title beside a coloured square, like dask's own objects."""
    square = f'<div aria-hidden="true" style="{_BOX.format(dark=dark, light=light)}"></div>'
    name = f'<div style="font-weight: bold; font-size: 1.15em;">{text(title)}</div>'
    below = f'<div style="{PALE} margin-bottom: 4px;">{text(subtitle)}</div>'
    content = f'<div style="margin-left: 48px;">{name}{below}{"".join(map(_html, inner))}</div>'
    return Html(f'<div style="position: relative; min-height: 36px;">{square}{content}</div>')


def _html(value: str) -> str:
    return value if isinstance(value, Html) else text(value)
