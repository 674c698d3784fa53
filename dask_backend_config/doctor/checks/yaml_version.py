"""A value without quotes means something else in YAML 1.2.

dask reads files as YAML 1.1. Many other programs read YAML 1.2: editors, `yq`, Helm, and checks in
CI. So they show, compare or rewrite another value than dask uses:

| written | YAML 1.1 (dask) | YAML 1.2 |
|---|---|---|
| `yes`, `no`, `on`, `off` | true, false | strings |
| `010` | 8 | 10 |
| `0o10` | string | 8 |
| `1:30` | 90 | string |
| `1e3`, `1.0e3` | strings | 1000.0 |
| `08` | string | 8 |

The fix writes the value that dask reads in a form that both versions read alike. For a number, it
needs `--unsafe-fixes`: perhaps you mean the string. Values that are
wrong for dask itself are reported by other checks. A file that begins with `%YAML 1.1` and `---` is
not checked.

Broken:

```yaml
distributed:
  worker:
    daemon: no
```

Fixed:

```yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from typing import Any

from ...config.sources import SourceFile
from ...core.keys import hyphenated, join_path
from ...core.secrets import MASK, is_secret
from ...core.strings import printable
from ...yaml_edit.patch import Set
from ...yaml_edit.scalars import to_yaml
from ...yaml_edit.yaml_versions import Difference, differences
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix
from ..value_problems import places_of_wrong_values


def check(facts: Facts) -> CheckFindings:
    """Yield scalars that YAML 1.1 and 1.2 read as different values."""
    wrong = places_of_wrong_values(facts)
    for file in facts.files:
        if file.status == "ok" and file.document and file.document.root:
            for difference in differences(file.document.root.node, file.text):
                if file.origin(difference.mark) not in wrong:
                    yield _finding(file, difference)


def _finding(file: SourceFile, difference: Difference) -> Finding:
    key = hyphenated(join_path(difference.path))
    secret = is_secret(key) and difference.kind != "key"
    text, value, other, new = (
        MASK if secret else part
        for part in (
            printable(difference.text),
            *map(_described, (difference.value, difference.other)),
            to_yaml(difference.value),
        )
    )
    name = printable(str(difference.path[-1]))
    subject = (
        f"{name}: {text}" if difference.kind == "value" else f"{name}: {difference.kind} {text}"
    )
    message = f"{subject} is {value} in YAML 1.1, which dask reads, but {other} in YAML 1.2"
    fix = None
    is_number = type(difference.value) in (int, float)
    if difference.kind == "value":
        fix = Fix((Set(difference.path, difference.value),), safe=not is_number)
    hint = f"Write {new}, or '{text}' if you mean the string" if is_number else f"Write {new}"
    return Finding("info", message, hint, key, file.origin(difference.mark), fix)


def _described(value: Any) -> str:
    return f"the string {value!r}" if isinstance(value, str) else to_yaml(value)
