"""A word such as no or off is meant as a boolean, but dask reads a string.

In YAML files, `no`, `off`, `on` and `yes` are booleans. In variables they are not: dask reads their
values as Python, plus `true`, `false`, `none` and `null` in any case, and takes everything else as
a string. A string that is not empty counts as true, so `no` means yes. The same holds for a quoted
`"false"` in a file.

Broken:

```sh
export DASK_DISTRIBUTED__WORKER__USE_FILE_LOCKING=no
```

Fixed:

```sh
export DASK_DISTRIBUTED__WORKER__USE_FILE_LOCKING=False
```
"""

from __future__ import annotations

from ...catalogue import backend_schema
from ...catalogue.value_types import ValueType
from ...core.strings import truth
from ..facts import Facts
from ..findings import CheckFindings, Severity
from ..setting import Setting
from ..value_problems import REFUSED, name_of, settings_with, spoken


def check(facts: Facts) -> CheckFindings:
    """Yield strings that are words for true or false where a boolean is expected."""
    for setting, expected in settings_with(facts, "word-in-variable"):
        meant = bool(truth(setting.value))
        severity, result = _result(expected, setting, meant)
        message = f"{spoken(setting)} is a string, {result}"
        hint = f"Remove the quotes: {name_of(setting)}: {str(meant).lower()}"
        if setting.variable:
            hint = f"Run: export {setting.variable.name}={meant}"
        yield setting.finding(severity, message, hint, setting.fix_by_setting(meant))


def _result(expected: ValueType, setting: Setting, meant: bool) -> tuple[Severity, str]:
    """Return the severity, and what dask does with the string."""
    if setting.path[0] == backend_schema.ROOT:
        return "error", f"not a boolean: it {REFUSED}"
    if not expected.schema.get("truthy"):
        return "error", "not a boolean: dask fails when it reads this key"
    if meant:
        return "warning", "which counts as true: right by luck"
    return "error", "which counts as true"
