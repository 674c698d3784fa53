"""Which keys hold secrets, and values with their secrets masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .keys import hyphenated

#: A key is secret if one of these words is in its last part.
SECRET_WORDS = (
    "token",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "credential",
    "api-key",
    "apikey",
    "private-key",
)
MASK = "********"


def is_secret(key: str) -> bool:
    """Return whether the last part of a dotted key names a secret.

    Examples
    --------
    >>> is_secret("gateway.auth.api_token"), is_secret("tokenize.ensure-deterministic")
    (True, False)
    """
    last = hyphenated(key.rpartition(".")[2]).lower()
    return any(word in last for word in SECRET_WORDS)


def masked(key: str, value: Any) -> Any:
    """Return `value` with `MASK` in place of secrets.

    A value is secret if `is_secret` is true of `key`, or of its own key inside `value`. None and
    the empty string are not masked.
    """
    if isinstance(value, Mapping):
        return {name: masked(f"{key}.{name}", inner) for name, inner in value.items()}
    if is_secret(key) and value not in (None, ""):
        return MASK
    if isinstance(value, (list, tuple)):
        return [masked(key, inner) for inner in value]
    return value
