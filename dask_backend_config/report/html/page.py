"""The environment of the templates of pages: all strings are escaped, and nothing is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.origins import tilde

_TEMPLATES = Path(__file__).with_name("templates")
_LONGEST_VALUE = 600


def page_environment() -> Any:
    """Return a jinja2 environment with the templates of this package."""
    import jinja2  # only pages need it

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters |= {"tilde": tilde, "clipped": _clipped}
    return environment


def _printable(value: Any) -> Any:
    """Return a value with the characters that a page cannot hold or show written as in Python."""
    if hasattr(value, "__html__") or (text := str(value)).isprintable():
        return value
    return "".join(one if one.isprintable() or one == "\t" else repr(one)[1:-1] for one in text)


def _clipped(text: str, longest: int = _LONGEST_VALUE) -> str:
    return text if len(text) <= longest else f"{text[:longest]} …"
