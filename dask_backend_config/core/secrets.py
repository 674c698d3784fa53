"""Which keys hold secrets, and values with their secrets masked."""

from __future__ import annotations

import re
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
#: Names of objects that hold a secret, such as those of Kubernetes.
_REFERENCE = re.compile(r"(?:existing|from|pull)-?secret|secret-?(?:key-?)?(?:name|ref)s?$")


def is_secret(key: str) -> bool:
    """Return whether the last part of a dotted key names a secret, not only where one is stored.

    Examples
    --------
    >>> is_secret("gateway.auth.api_token"), is_secret("tokenize.ensure-deterministic")
    (True, False)
    >>> is_secret("apiTokenFromSecretKey"), is_secret("existing-secret"), is_secret("secretName")
    (False, False, False)
    """
    last = hyphenated(key.rpartition(".")[2]).lower()
    return any(word in last for word in SECRET_WORDS) and not _REFERENCE.search(last)


def is_secret_section(name: str) -> bool:
    """Return whether all values below a section of this name are secrets.

    Examples
    --------
    >>> is_secret_section("Credentials"), is_secret_section("tokenize")
    (True, False)
    """
    spelled = hyphenated(name).lower().removesuffix("s")
    return spelled.endswith(SECRET_WORDS) and not _REFERENCE.search(spelled)


def masked(key: str, value: Any) -> Any:
    """Return `value` with `MASK` in place of secrets.

    A value is secret if its key or a section above it names a secret, see `is_secret` and
    `is_secret_section`. None and the empty string are not masked.
    """
    if isinstance(value, Mapping):
        return {name: masked(f"{key}.{name}", inner) for name, inner in value.items()}
    hidden = is_secret(key) or any(map(is_secret_section, key.split(".")))
    if hidden and value not in (None, ""):
        return MASK
    if isinstance(value, (list, tuple)):
        return [masked(key, inner) for inner in value]
    return value
