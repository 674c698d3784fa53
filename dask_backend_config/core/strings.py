"""What a text, or the value that was made of it, may be other than what was meant."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*[^}\s]*\})")
_HOME = re.compile(r"~[\w.-]*(?=/|\Z)")
_TRUTH = {
    **dict.fromkeys(("true", "yes", "on", "y", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "0"), False),
}
_CONTAINERS = {list: "list", tuple: "tuple", set: "set"}
_LONG = 40


def is_base_60(value: Any, text: str | None, plain: bool) -> bool:
    """Whether YAML 1.1 made a number of digits with colons.

    Parameters
    ----------
    value : object
        What it made.
    text : str or None
        The characters of the scalar.
    plain : bool
        Whether it stands without quotes.

    Examples
    --------
    >>> is_base_60(43200, "12:00:00", True), is_base_60("05:59", "05:59", True)
    (True, False)
    """
    if text is None or not plain or not isinstance(value, (int, float)):
        return False
    return _BASE_60.fullmatch(text) is not None


def truth(value: Any) -> bool | None:
    """The boolean that a text stands for in other places; None where it stands for none.

    Examples
    --------
    >>> truth("no"), truth("On"), truth("maybe"), truth(False)
    (False, True, None, None)
    """
    return _TRUTH.get(value.strip().lower()) if isinstance(value, str) else None


def references(text: str) -> list[str]:
    """The variables and the home folder that a shell would put in, as they stand.

    Examples
    --------
    >>> references("~/dask/$USER-${JOB}"), references("{USER} $5")
    (['~', '$USER', '${JOB}'], [])
    """
    home = _HOME.match(text)
    return [*([home.group()] if home else []), *_VARIABLE.findall(text)]


def has_line_break(text: str) -> bool:
    """Whether a text takes more than one line, by any of the characters that end one."""
    return bool(text) and text.splitlines() != [text]


def shown(value: Any, text: str | None = None, plain: bool = False) -> str:
    """A value on one short line, as it stands where that is known.

    Examples
    --------
    >>> shown(43200, "12:00:00", True), shown("no"), shown(None), shown([1, 2])
    ('12:00:00', "'no'", 'null', 'a list')
    """
    if plain and text:
        return printable(_short(text))
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple, set)):
        return f"a {_CONTAINERS.get(type(value), 'list')}"
    try:
        return _short(repr(value))
    except ValueError:  # Python refuses to spell numbers of thousands of digits
        return "a very large number"


def inline(value: Any) -> str:
    """A whole value on one line, as a YAML file would hold it.

    Examples
    --------
    >>> inline({"a": [1, None]}), inline("10s"), inline("no")
    ('{a: [1, null]}', '10s', "'no'")
    """
    import yaml

    try:
        text = yaml.safe_dump(value, default_flow_style=True, width=10**9, allow_unicode=True)
    except yaml.YAMLError:
        return repr(value)
    return text.removesuffix("\n").removesuffix("\n...")


def printable(text: str) -> str:
    r"""A text without what a terminal would not print, written as in Python.

    Examples
    --------
    >>> printable("a b"), printable("a\nb")
    ('a b', 'a\\nb')
    """
    return text if text.isprintable() else repr(text)[1:-1]


def as_yaml(value: str | list[str]) -> str:
    r"""A text or a list of texts on one line of YAML, in double quotes.

    Examples
    --------
    >>> as_yaml(["a: b", "\t"])
    '["a: b", "\\t"]'
    """
    plain = "".join(value).isprintable()
    return json.dumps(value, ensure_ascii=not plain)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun in the singular or plural.

    Examples
    --------
    >>> count(1, "worker"), count(2, "worker"), count(0, "entry", "entries")
    ('1 worker', '2 workers', '0 entries')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def _short(text: str) -> str:
    line = re.sub(r"[ \t\r\n]+", " ", text)
    return line if len(line) <= _LONG else f"{line[: _LONG - 4]} ..."
