"""An unquoted 12:00:00 is read as a number in base 60.

dask reads files as YAML 1.1. There, unquoted digits with colons are one number in base 60:
`12:00:00` is 43200 and `5:59` is 359. (`05:59` and `00:30:00` are strings because they begin with a
0.) dask-jobqueue passes the number on. Slurm and LSF read it as minutes, so 12 hours become 30
days. OAR reads it as hours. PBS, Moab and Grid Engine read it as seconds, which is correct by
chance. Keys of `backends` reject such a number.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    walltime: 12:00:00
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    walltime: '12:00:00'
```
"""

from __future__ import annotations

from ...catalogue.value_types import ValueType
from ..facts import Facts
from ..findings import CheckFindings, Fix, Severity
from ..setting import Setting
from ..value_problems import TEXTS, name_of, settings_with, spoken, unless_secret

#: Section of jobqueue -> the scheduler's name and the unit that it assumes for a number.
_SCHEDULERS = {
    "lsf": ("LSF", "minutes"),
    "moab": ("Moab", "seconds"),
    "oar": ("OAR", "hours"),
    "pbs": ("PBS", "seconds"),
    "sge": ("Grid Engine", "seconds"),
    "slurm": ("Slurm", "minutes"),
}


def check(facts: Facts) -> CheckFindings:
    """Yield numbers that are written with colons."""
    for setting, expected in settings_with(facts, "base-60-number"):
        severity, meaning, hint = _judge(expected, setting)
        number = unless_secret(setting, setting.value)
        message = f"{spoken(setting)} is read as {number}, {meaning}"
        yield setting.finding(severity, message, hint, _fix(expected, setting))


def _judge(expected: ValueType, setting: Setting) -> tuple[Severity, str, str]:
    """Return the severity, the meaning of the number, and the hint."""
    name, text = name_of(setting), setting.text or ""
    match setting.path:
        case ("jobqueue", section, "walltime") if section in _SCHEDULERS:
            return _judge_walltime(name, text, *_SCHEDULERS[section])
    if expected.name == "duration":
        hint = f'Write the unit: {name}: "{setting.value}s"'
        return "warning", "in seconds: right by luck", hint
    hint = f"Set it to {expected.expected}"
    if expected.name in TEXTS:
        hint = f"Quote it: {name}: '{unless_secret(setting, text)}'"
    return "error", "a number in base 60", hint


def _judge_walltime(name: str, text: str, scheduler: str, unit: str) -> tuple[Severity, str, str]:
    hours, minutes, *seconds = text.split(":")
    hint = f"Quote it: {name}: '{text}'"
    if scheduler == "LSF":
        hint = f"Quote it, in hours and minutes: {name}: '{hours}:{minutes}'"
    elif not seconds and scheduler != "OAR":
        hint += f" for minutes and seconds, '{text}:00' for hours and minutes"
    if unit == "seconds" or (scheduler == "LSF" and not seconds):
        return "warning", f"which {scheduler} takes as {unit}: right by luck", hint
    return "error", f"which {scheduler} takes as {unit}", hint


def _fix(expected: ValueType, setting: Setting) -> Fix | None:
    """Return the quoted string, if only one can be meant."""
    text = setting.text or ""
    if not setting.plain or expected.name not in TEXTS:
        return None
    hours, minutes, *seconds = text.split(":")
    if setting.path[:2] == ("jobqueue", "lsf"):
        text = f"{hours}:{minutes}"
    elif setting.path[0] == "jobqueue" and not seconds:
        return None
    return setting.fix_by_setting(text)
