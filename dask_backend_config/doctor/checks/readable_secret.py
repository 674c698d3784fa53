"""A file that other users can read contains a secret.

The file's group or all users can read it, and it sets a key whose name contains token, password,
passphrase, secret, credential or API key. On a cluster, home directories are often open to all
users. The check looks at the permissions of the file, not of the folders above it. A value that
only names a variable, such as `{JUPYTERHUB_API_TOKEN}`, is not a secret, nor is a
`password-file`.

Broken:

```yaml
# ~/.config/dask/gateway.yaml (mode 644)
gateway:
  auth:
    type: basic
    kwargs:
      password: correct-horse
```

Fixed:

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
from typing import Any

from ...core.keys import hyphenated
from ...core.origins import tilde
from ...core.secrets import SECRET_WORDS, is_secret
from ..facts import Facts
from ..findings import CheckFindings
from ..setting import Setting

_GROUP, _ALL = 0o040, 0o004
#: A name with more words after these is about a secret, such as its file or lifetime.
_LAST_WORD = re.compile(rf"(?:{'|'.join(SECRET_WORDS)})s?(?:-?(?:access)?-?key)?[-\d]*")
_VARIABLE = re.compile(r"\$\w+|\$?\{[^{}]*\}|\$\([^()]*\)|<[^<>]*>")


def check(facts: Facts) -> CheckFindings:
    """Yield the first secret of each file that others can read."""
    first: dict[str, Setting] = {}
    for setting in facts.settings:
        if setting.file and _is_secret(setting):
            first.setdefault(setting.file.path, setting)
    for path, setting in first.items():
        mode = facts.modes.get(path, 0)
        if mode & (_GROUP | _ALL):
            readers = "all users" if mode & _ALL else "its group"
            message = f"{setting.key} is a secret, but {readers} can read the file (mode {mode:o})"
            yield setting.finding("warning", message, f"Run: chmod 600 {_shell(path)}")


def _is_secret(setting: Setting) -> bool:
    name = hyphenated(setting.path[-1]).lower()
    is_last = any(found.end() == len(name) for found in _LAST_WORD.finditer(name))
    return is_secret(setting.key) and is_last and _is_literal(setting.value)


def _is_literal(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_literal, value))
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return False
    return value != "" and not _VARIABLE.fullmatch(str(value).strip())


def _shell(path: str) -> str:
    short = tilde(path)
    return short if re.fullmatch(r"[\w~./-]+", short) else shlex.quote(path)
