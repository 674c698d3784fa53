"""A word stands for true or false, and dask takes it for text.

YAML files know `no`, `off`, `on` and `yes`. Variables do not: dask reads their text as Python, with
`true`, `false`, `none` and `null` in any case, and leaves everything else a text. A text that is
not empty counts as true, so `no` means yes. The same holds for a quoted `"false"` in a file.

Broken:

```sh
export DASK_DISTRIBUTED__WORKER__USE_FILE_LOCKING=no
```

Mended:

```sh
export DASK_DISTRIBUTED__WORKER__USE_FILE_LOCKING=False
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.key_types import value_type
from ...core.strings import truth
from ...yaml_edit.patch import Set
from ..facts import Facts, Finding, Fix, Setting, Severity
from ..value_problems import REFUSED, name_of, settings_with, spoken

ID = "word-in-variable"
SENTENCE = "A word stands for true or false, and dask takes it for text."


def check(facts: Facts) -> Iterator[Finding]:
    """Find texts that are words for true or false where a boolean belongs."""
    for setting in settings_with(facts, "word-in-variable"):
        meant = bool(truth(setting.value))
        severity, fate = _fate(facts, setting, meant)
        message = f"{spoken(setting)} {fate}"
        fix = Fix((Set(setting.path, meant),)) if setting.file else None
        hint = _hint(setting, meant)
        yield Finding(severity, message, hint, setting.key, setting.origin, fix)


def _fate(facts: Facts, setting: Setting, meant: bool) -> tuple[Severity, str]:
    expected = value_type(facts.catalogue, setting.path)
    if setting.path[0] == "backends":
        return "error", f"is a text, and {REFUSED}"
    if expected is None or not expected.schema.get("truthy"):
        return "error", "is a text, and dask fails when it reads it"
    if meant:
        return "warning", "is a text, which counts as true: right by luck"
    return "error", "is a text, which counts as true"


def _hint(setting: Setting, meant: bool) -> str:
    if setting.variable:
        return f"export {setting.variable.name}={meant}"
    return f"write it without quotes: {name_of(setting)}: {str(meant).lower()}"
