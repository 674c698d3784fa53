"""A file that others can read holds a secret.

A key whose name says token, password, passphrase, secret, credential or API key, with a text as its
value, stands in a file that its group or everybody can read. On a cluster, home folders are often
open to all users. The check looks at the file's own mode, not at the folders above it. A value that
only names a variable, such as `{JUPYTERHUB_API_TOKEN}`, is no secret, nor is a `password-file`.

Broken:

```yaml
# ~/.config/dask/gateway.yaml (mode 644)
gateway:
  auth:
    type: basic
    kwargs:
      password: correct-horse
```

Mended:

```yaml
# ~/.config/dask/gateway.yaml (mode 600)
gateway:
  auth:
    type: basic
    kwargs:
      password: correct-horse
```
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from ...core.keys import hyphenated
from ...core.secrets import SECRET_WORDS, is_secret
from ...core.origins import tilde
from ..facts import Facts, Finding, Setting

ID = "readable-secret"
SENTENCE = "A file that others can read holds a secret."

_GROUP, _ALL = 0o040, 0o004
#: A key with more words behind these says something about a secret: its file, its lifetime.
_LAST_WORD = re.compile(rf"(?:{'|'.join(SECRET_WORDS)})s?(?:-?(?:access)?-?key)?[-\d]*")
_VARIABLE = re.compile(r"\$\w+|\$?\{[^{}]*\}|\$\([^()]*\)|<[^<>]*>")


def check(facts: Facts) -> Iterator[Finding]:
    """Report each file that is open to others and holds a secret, at the first of them."""
    first: dict[str, Setting] = {}
    for setting in facts.settings:
        if setting.file and _holds_secret(setting):
            first.setdefault(setting.file.path, setting)
    for path, setting in first.items():
        mode = facts.modes.get(path, 0)
        if mode & (_GROUP | _ALL):
            readers = "everybody" if mode & _ALL else "its group"
            yield Finding(
                "warning",
                f"{setting.key} is a secret, and {readers} can read the file (mode {mode:o})",
                f"chmod 600 {_shell(path)}",
                setting.key,
                setting.origin,
            )


def _holds_secret(setting: Setting) -> bool:
    name = hyphenated(setting.path[-1]).lower()
    ends = any(found.end() == len(name) for found in _LAST_WORD.finditer(name))
    return is_secret(setting.key) and ends and _is_text(setting.value)


def _is_text(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_text, value))
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    return value != "" and not _VARIABLE.fullmatch(str(value).strip())


def _shell(path: str) -> str:
    short = tilde(path)
    return short if re.fullmatch(r"[\w~./-]+", short) else shlex.quote(path)
