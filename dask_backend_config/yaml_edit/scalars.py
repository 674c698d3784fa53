"""Python values as YAML text that readers of YAML 1.1, such as dask's, and of 1.2 take alike."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from typing import Any

import yaml

#: Characters of texts that may stand without quotes, by the first and the others.
_PLAIN = re.compile(r"[A-Za-z0-9_/$.~][A-Za-z0-9_/$.~+=@%*?!&()<>|;^, :#-]*")
#: What ends a plain text, or would in a flow collection.
_ENDS = re.compile(r": | #|[: ]\Z|^\.\.\.")
_FLOW_ENDS = re.compile(r"[,:?]")
#: More than any reader takes for a number, a version of which is in each of their grammars.
_NUMBER_LIKE = re.compile(r"[-+.]*[0-9][-+.:_0-9a-fA-FxXoO]*|\.[A-Za-z]+|[._]+")
_WORDS = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "none", "nan", "inf")
)
_ESCAPED = re.compile(r"[^ -~]")
_CAPITALS = {"True": str.capitalize, "TRUE": str.upper, "False": str.capitalize, "FALSE": str.upper}
#: Longer ones are no keys for YAML readers.
_LONGEST_KEY = 1000


def text_of(value: Any, *, flow: bool = False, like: str = "") -> str:
    """Write a value on one line; lists and dictionaries in flow style.

    Parameters
    ----------
    value : object
        None, bool, int, float, str, date, or lists and dictionaries of them.
    flow : bool
        Whether the value will stand inside of brackets or braces.
    like : str
        What stood there before: its quotes, and how it writes true and false, are kept.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        For what YAML cannot hold, with what it is in words.

    Examples
    --------
    >>> text_of(["no", 1000.0, "a b", None])
    "['no', 1000.0, a b, null]"
    """
    try:
        return _WRITERS[type(value)](value, flow, like)
    except KeyError:
        kind = type(value).__name__
        raise ValueError(f"YAML has no way to write {kind} {value!r}") from None
    except RecursionError:
        raise ValueError("the value is nested too deeply") from None


def key_text(name: Any, *, flow: bool = False) -> str:
    """Write a key.

    Raises
    ------
    ValueError
        Where `name` is no plain text.
    """
    text = text_of(name, flow=flow)
    if isinstance(name, (list, dict)) or len(text) > _LONGEST_KEY:
        raise ValueError(f"{text[:40]} cannot be a key")
    return text


def _string(value: str, flow: bool, like: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(f"YAML cannot hold the characters of {value!r}")
    if not value.isprintable():
        return _double(value)
    quote = like[:1]
    if quote == '"' or (quote != "'" and "'" in value and not {'"', "\\"} & set(value)):
        return _double(value) if _is_quoted(value, flow) or quote else value
    if quote == "'" or _is_quoted(value, flow):
        return "'" + value.replace("'", "''") + "'"
    return value


def _is_quoted(value: str, flow: bool) -> bool:
    """Whether `value` needs quotes to be read as this text, by any reader."""
    if not _PLAIN.fullmatch(value) or _ENDS.search(value):
        return True
    if value.lower() in _WORDS or _NUMBER_LIKE.fullmatch(value):
        return True
    if flow and _FLOW_ENDS.search(value):
        return True
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers.get(value[0], ())
    return any(pattern.match(value) for _, pattern in resolvers)


def _double(value: str) -> str:
    quoted = json.dumps(value, ensure_ascii=False)
    return _ESCAPED.sub(lambda found: _escape(found.group()), quoted)


def _escape(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _bool(value: bool, flow: bool, like: str) -> str:
    word = "true" if value else "false"
    return _CAPITALS[like](word) if like in _CAPITALS else word


def _float(value: float, flow: bool, like: str) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    digits, exponent, power = repr(value).partition("e")
    return digits + ("" if "." in digits else ".0") + exponent + power


def _date(value: dt.date, flow: bool, like: str) -> str:
    return value.isoformat()


def _list(value: list[Any], flow: bool, like: str) -> str:
    return "[" + ", ".join(text_of(item, flow=True) for item in value) + "]"


def _dict(value: dict[Any, Any], flow: bool, like: str) -> str:
    pairs = (
        f"{key_text(key, flow=True)}: {text_of(item, flow=True)}" for key, item in value.items()
    )
    return "{" + ", ".join(pairs) + "}"


_WRITERS: dict[type, Callable[[Any, bool, str], str]] = {
    type(None): lambda value, flow, like: "null",
    bool: _bool,
    int: lambda value, flow, like: str(value),
    float: _float,
    str: _string,
    dt.date: _date,
    list: _list,
    dict: _dict,
}
