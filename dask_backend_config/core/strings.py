"""Strings that YAML or dask read differently than intended, and values as strings for messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from textwrap import TextWrapper
from typing import Any

_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_VARIABLE = re.compile(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_]\w*[^}\s]*\})")
_HOME = re.compile(r"~[\w.-]*(?=/|\Z)")
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "y", "1"), True),
    **dict.fromkeys(("false", "no", "off", "n", "0"), False),
}
_MAX_LENGTH = 40
#: Columns of text for people, on a wider terminal too.
TEXT_WIDTH = 80


def is_base_60(value: Any, text: str | None, plain: bool) -> bool:
    """Return whether YAML 1.1 read digits and colons as a number in base 60.

    Parameters
    ----------
    value : object
        The value that YAML read.
    text : str or None
        The characters of the scalar; None for a list or mapping.
    plain : bool
        Whether the scalar is written without quotes.

    Examples
    --------
    >>> is_base_60(43200, "12:00:00", True), is_base_60("05:59", "05:59", True)
    (True, False)
    """
    is_number = plain and isinstance(value, (int, float))
    return is_number and _BASE_60.fullmatch(text or "") is not None


def truth(value: Any) -> bool | None:
    """Return the boolean that other programs read from a string, None if they read none.

    Examples
    --------
    >>> truth("no"), truth("On"), truth("maybe"), truth(False)
    (False, True, None, None)
    """
    return _BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else None


def split_command(text: str) -> tuple[str, str] | None:
    """Split a command line that starts Python in two: what comes before Python, and Python.

    Returns
    -------
    tuple of str, or None
        None for one path, which may contain blanks. Both are empty if Python is not the last word.

    Examples
    --------
    >>> split_command("srun -n 1 python3"), split_command("python -u")
    (('srun -n 1', 'python3'), ('', ''))
    >>> split_command("/home/Jane Doe/bin/python") is None
    True
    """
    words = text.split()
    is_path = (
        re.match(r"[/~$.'\"]", text.strip())
        and "/" in words[-1]
        and not any(re.match(r"[/~$.-]", word) for word in words[1:])
    )
    if len(words) < 2 or is_path:
        return None
    ends_with_python = re.fullmatch(r"(?:\S*/)?python[\d.]*", words[-1])
    return (" ".join(words[:-1]), words[-1]) if ends_with_python else ("", "")


def references(text: str) -> list[str]:
    """Return the parts of a string that a shell would expand: ``~`` and variables.

    Examples
    --------
    >>> references("~/dask/$USER-${JOB}"), references("{USER} $5")
    (['~', '$USER', '${JOB}'], [])
    """
    home = _HOME.match(text)
    return [*([home.group()] if home else []), *_VARIABLE.findall(text)]


def has_line_break(text: str) -> bool:
    """Return whether a string contains any of the characters that end a line."""
    return bool(text) and text.splitlines() != [text]


def shown(value: Any, text: str | None = None, plain: bool = False) -> str:
    """Return a value as messages show it: on one short line, if possible as the user wrote it.

    Parameters
    ----------
    value : object
        The value.
    text : str, optional
        The characters from which it was read.
    plain : bool, optional
        Whether `text` was written without quotes.

    Examples
    --------
    >>> shown(43200, "12:00:00", True), shown("no"), shown(None), shown([1, 2])
    ('12:00:00', "'no'", 'null', 'a list')
    """
    if plain and text:
        return printable(_shortened(text))
    if value is None or isinstance(value, bool):
        return inline(value)
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple, set)):
        return f"a {type(value).__name__}"
    try:
        return _shortened(repr(value))
    except ValueError:  # Python refuses to print numbers with thousands of digits
        return "a very large number"


def inline(value: Any) -> str:
    """Return a complete value as one line of YAML.

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
    r"""Return a string with the characters that a terminal does not print as Python escapes.

    Examples
    --------
    >>> printable("a b"), printable("a\nb")
    ('a b', 'a\\nb')
    """
    return text if text.isprintable() else repr(text)[1:-1]


def as_yaml(value: str | list[str]) -> str:
    r"""Return a string or list of strings as one line of YAML, in double quotes.

    Examples
    --------
    >>> as_yaml(["a: b", "\t"])
    '["a: b", "\\t"]'
    """
    return json.dumps(value, ensure_ascii=not "".join(value).isprintable())


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless the number is 1.

    Examples
    --------
    >>> count(1, "worker"), count(2, "worker")
    ('1 worker', '2 workers')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"


def wrapped(text: str, first: str, rest: str, width: int = TEXT_WIDTH) -> list[str]:
    """Return the lines of `text`, with an indent for the first and the rest; words stay whole."""
    wrapper = TextWrapper(width, first, rest, break_long_words=False, break_on_hyphens=False)
    return wrapper.wrap(text)


def undecodable_byte(error: UnicodeDecodeError) -> tuple[str, int, int]:
    """Return the problem of a file that cannot be decoded, and the line and column of its byte.

    Line and column are counted from 1, the column in characters.
    """
    before = error.object[: error.start]
    line = before[before.rfind(b"\n") + 1 :].decode(error.encoding, errors="replace")
    problem = f"byte 0x{error.object[error.start]:02x} is not valid {error.encoding.upper()}"
    return problem, before.count(b"\n") + 1, len(line) + 1


def _shortened(text: str) -> str:
    line = re.sub(r"[ \t\r\n]+", " ", text)
    return line if len(line) <= _MAX_LENGTH else f"{line[: _MAX_LENGTH - 4]} ..."
