"""A value is not a list where dask expects a list.

dask takes a string as a list of its characters: `job-extra-directives: --gres=gpu:1` becomes twelve
directives of one character, and `job-script-prologue: module load cuda` as many lines of shell.
Null fails with a TypeError when the job script is made. For strings in variables, see
[list-as-text](#list-as-text).

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-extra-directives: --gres=gpu:1
    job-script-prologue: null
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-extra-directives: ["--gres=gpu:1"]
    job-script-prologue: []
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ...core.strings import as_yaml
from ..facts import Facts
from ..findings import CheckFindings, Severity
from ..setting import Setting
from ..value_problems import REFUSED, name_of, settings_with, spoken

#: dask-jobqueue accepts null here until it adds an argument, and then fails.
_SOMETIMES_NULL = "worker-extra-args"
_LONGEST = 60


def check(facts: Facts) -> CheckFindings:
    """Yield values that are not lists, of keys that take a list."""
    for setting, _ in settings_with(facts, "list-expected"):
        severity, result = _result(setting)
        lines = None
        if setting.value is None or isinstance(setting.value, str):
            lines = [line for line in (setting.value or "").splitlines() if line.strip()]
        fix = None if lines is None else setting.fix_by_setting(lines)
        yield setting.finding(severity, f"{spoken(setting)} {result}", _hint(setting, lines), fix)


def _result(setting: Setting) -> tuple[Severity, str]:
    """Return the severity, and what dask does with the value."""
    if setting.path[0] == "backends":
        return "error", f"is not a list and {REFUSED}"
    if isinstance(setting.value, str):
        return "error", "is a string, not a list: dask takes each character as an entry"
    if setting.value is None and setting.key.endswith(_SOMETIMES_NULL):
        return "warning", "is not a list: dask fails as soon as interface or security is set"
    if isinstance(setting.value, Mapping):
        return "error", "is a mapping, not a list: at best, dask takes its keys as entries"
    return "error", "is not a list: dask fails when it reads this key"


def _hint(setting: Setting, lines: list[str] | None) -> str:
    if setting.variable:
        return f'Run: export {setting.variable.name}="[]", or unset it'
    if lines is None:
        return "Set it to a list: [..., ...]"
    entries = as_yaml(lines)
    if len(entries) > _LONGEST:
        return "Write a list, each entry on a line of its own after '- '"
    return f"Write {name_of(setting)}: {entries}" + ("" if lines else ", or remove the line")
