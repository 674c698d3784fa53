"""An unquoted 12:00:00 is a number in base 60.

dask reads files as YAML 1.1, in which digits with colons and without quotes are one number in base
60: `12:00:00` is 43200 and `5:59` is 359. (`05:59` and `00:30:00` are texts, because they begin
with a 0.) dask-jobqueue hands the number on. Slurm and LSF take it as minutes, so that 12 hours
become 30 days; OAR takes it as hours; PBS, Moab and Grid Engine take it as seconds, which
happens to be right. `backends.*` refuses it.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    walltime: 12:00:00
```

Mended:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    walltime: '12:00:00'
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...yaml_edit.patch import Set
from ..facts import Facts, Finding, Fix, Setting, Severity
from ..value_problems import (
    name_of,
    settings_with,
    spoken,
    takes_duration,
    takes_text,
    unless_secret,
    wanted,
)

ID = "base-60-number"
SENTENCE = "An unquoted 12:00:00 is a number in base 60."

#: Section of jobqueue -> the scheduler's name and what it takes a bare number for.
_SCHEDULERS = {
    "lsf": ("LSF", "minutes"),
    "moab": ("Moab", "seconds"),
    "oar": ("OAR", "hours"),
    "pbs": ("PBS", "seconds"),
    "sge": ("Grid Engine", "seconds"),
    "slurm": ("Slurm", "minutes"),
}


def check(facts: Facts) -> Iterator[Finding]:
    """Find numbers whose text has colons."""
    for setting in settings_with(facts, "base-60-number"):
        severity, meaning, hint = _judged(facts, setting)
        read = unless_secret(setting, setting.value)
        message = f"{spoken(setting)} is read as {read}, {meaning}"
        fix = _fix(facts, setting)
        yield Finding(severity, message, hint, setting.key, setting.origin, fix)


def _judged(facts: Facts, setting: Setting) -> tuple[Severity, str, str]:
    """How bad it is, what becomes of the number, and what to write."""
    known, name = facts.catalogue, name_of(setting)
    if (
        setting.path[0] == "jobqueue"
        and setting.path[-1] == "walltime"
        and setting.path[1] in _SCHEDULERS
    ):
        return _judged_walltime(setting)
    if takes_duration(known, setting):
        return "warning", "in seconds: right by luck", f'write {name}: "{setting.value}s"'
    if takes_text(known, setting):
        text = unless_secret(setting, setting.text)
        return "error", "a number in base 60", f"quote it: {name}: '{text}'"
    return "error", "a number in base 60", f"write {wanted(known, setting)}"


def _fix(facts: Facts, setting: Setting) -> Fix | None:
    """The text that was meant, where it can only be that one."""
    text = setting.text or ""
    if not setting.file or not setting.plain or not takes_text(facts.catalogue, setting):
        return None
    hours, minutes, *seconds = text.split(":")
    if setting.path[:2] == ("jobqueue", "lsf"):
        text = f"{hours}:{minutes}"
    elif setting.path[0] == "jobqueue" and not seconds:
        return None
    return Fix((Set(setting.path, text),))


def _judged_walltime(setting: Setting) -> tuple[Severity, str, str]:
    scheduler, unit = _SCHEDULERS[setting.path[1]]
    name, text = name_of(setting), setting.text or ""
    hours, minutes, *seconds = text.split(":")
    if scheduler == "LSF":
        hint = f"quote it, in hours and minutes: {name}: '{hours}:{minutes}'"
    elif seconds or scheduler == "OAR":
        hint = f"quote it: {name}: '{text}'"
    else:
        hint = f"quote it: {name}: '{text}', minutes and seconds; '{text}:00' has hours"
    if unit == "seconds" or (scheduler == "LSF" and not seconds):
        return "warning", f"which {scheduler} takes as {unit}: the same, by luck", hint
    return "error", f"which {scheduler} takes as {unit}", hint
