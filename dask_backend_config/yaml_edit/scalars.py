"""Write Python values as YAML that means the same in YAML 1.1, which dask reads, and 1.2."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import yaml

from .pyyaml_internals import is_other_type

#: Strings that may be written without quotes, by their first and other characters.
_PLAIN = re.compile(r"[A-Za-z0-9_/$.~][A-Za-z0-9_/$.~+=@%*?!&()<>|;^, :#-]*")
#: What ends a string without quotes, also in a flow collection.
_ENDS = re.compile(r": | #|[: ]\Z|^\.\.\.")
_FLOW_ENDS = re.compile(r"[,:?]")
#: Includes everything that any YAML reader reads as a number.
_NUMBER_LIKE = re.compile(r"[-+.]*[0-9][-+.:_0-9a-fA-FxXoO]*|\.[A-Za-z]+|[._]+")
_WORDS = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "none", "nan", "inf")
)
_CAPITALS = {"True": str.capitalize, "TRUE": str.upper, "False": str.capitalize, "FALSE": str.upper}
#: YAML readers refuse longer keys.
_MAX_KEY_LENGTH = 1000


def to_yaml(value: Any, *, flow: bool = False, like: str = "") -> str:
    """Write a value on one line, with lists and dictionaries in brackets and braces.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, date, or lists and dictionaries of them.
    flow : bool
        Whether the value will be inside of brackets or braces.
    like : str
        The value that is replaced: its quotes, and its spelling of true and false, are kept.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If YAML cannot represent the value.

    Examples
    --------
    >>> to_yaml(["no", 1000.0, "a b", None])
    "['no', 1000.0, a b, null]"
    """
    kind = type(value)
    try:
        if kind is str:
            return _string(value, flow, like)
        if kind is list:
            return f"[{', '.join(to_yaml(item, flow=True) for item in value)}]"
        if kind is dict:
            pairs = (
                f"{key_to_yaml(key, flow=True)}: {to_yaml(item, flow=True)}"
                for key, item in value.items()
            )
            return f"{{{', '.join(pairs)}}}"
        if kind in (type(None), bool, int, float, dt.date):
            word = yaml.safe_dump(value).partition("\n")[0]
            return _CAPITALS.get(like, str)(word) if kind is bool else word
    except RecursionError:
        raise ValueError("the value is nested too deeply") from None
    raise ValueError(f"YAML cannot represent {kind.__name__} {value!r}")


def key_to_yaml(name: Any, *, flow: bool = False) -> str:
    """Write a key.

    Raises
    ------
    ValueError
        If `name` is too long, or a list or dictionary.
    """
    text = to_yaml(name, flow=flow)
    if isinstance(name, (list, dict)) or len(text) > _MAX_KEY_LENGTH:
        raise ValueError(f"{text[:40]} cannot be a key")
    return text


def _string(value: str, flow: bool, like: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"YAML cannot represent the characters of {value!r}")
    if not value.isprintable():
        return _double_quoted(value)
    quote = like[:1]
    if quote == '"' or (quote != "'" and "'" in value and not {'"', "\\"} & set(value)):
        return _double_quoted(value) if quote or _needs_quotes(value, flow) else value
    if quote == "'" or _needs_quotes(value, flow):
        return "'" + value.replace("'", "''") + "'"
    return value


def _needs_quotes(value: str, flow: bool) -> bool:
    """Return whether any reader would not read `value` as this string without quotes."""
    return (
        not _PLAIN.fullmatch(value)
        or bool(_ENDS.search(value) or _NUMBER_LIKE.fullmatch(value))
        or (flow and bool(_FLOW_ENDS.search(value)))
        or value.lower() in _WORDS
        or is_other_type(value)
    )


def _double_quoted(value: str) -> str:
    quoted = json.dumps(value, ensure_ascii=False)
    parts = (one if one.isprintable() else one.encode("unicode_escape").decode() for one in quoted)
    return "".join(parts)
