"""Something else stands where a list belongs.

A text is taken letter by letter: `job-extra-directives: --gres=gpu:1` makes twelve directives of
one character each, and `job-script-prologue: module load cuda` as many lines of shell. Null fails
with a TypeError when the job script is made. (Texts in variables are `list-as-text`.)

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-extra-directives: --gres=gpu:1
    job-script-prologue: null
```

Mended:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-extra-directives: ["--gres=gpu:1"]
    job-script-prologue: []
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...core.strings import as_yaml
from ...yaml_edit.patch import Set
from ..facts import Facts, Finding, Fix, Setting, Severity
from ..value_problems import REFUSED, name_of, settings_with, spoken

ID = "list-expected"
SENTENCE = "Something else stands where a list belongs."

#: dask-jobqueue takes null here until it has something to add, and then fails.
_SOMETIMES = "worker-extra-args"
_LONG = 60


def check(facts: Facts) -> Iterator[Finding]:
    """Find values of keys for lists that are no lists."""
    for setting in settings_with(facts, "list-expected"):
        severity, fate = _fate(setting)
        message = f"{spoken(setting)} {fate}"
        hint, fix = _hint(setting), _fix(setting)
        yield Finding(severity, message, hint, setting.key, setting.origin, fix)


def _fate(setting: Setting) -> tuple[Severity, str]:
    if setting.path[0] == "backends":
        return "error", f"is no list, and {REFUSED}"
    if isinstance(setting.value, str):
        return "error", "is no list: each of its characters counts as an entry"
    if setting.value is None and setting.key.endswith(_SOMETIMES):
        return "warning", "is no list: it fails as soon as interface or security is set"
    if isinstance(setting.value, Mapping):
        return "error", "is no list: at best its names count as entries"
    return "error", "is no list; dask fails when it reads it"


def _fix(setting: Setting) -> Fix | None:
    """A list of the text's lines, or an empty one for null."""
    value = setting.value
    if not setting.file or not (value is None or isinstance(value, str)):
        return None
    lines = [line for line in (value or "").splitlines() if line.strip()]
    return Fix((Set(setting.path, lines),))


def _hint(setting: Setting) -> str:
    name, value = name_of(setting), setting.value
    if setting.variable:
        return f'export {setting.variable.name}="[]", or unset it'
    if isinstance(value, str):
        lines = [line for line in value.splitlines() if line.strip()]
        entries = as_yaml(lines)
        if len(entries) <= _LONG:
            return f"write {name}: {entries}"
        return "write a list, each entry on a line of its own after '- '"
    return f"write {name}: [], or remove the line" if value is None else "write a list: [..., ...]"
