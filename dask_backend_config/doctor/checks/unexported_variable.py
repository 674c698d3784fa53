"""A command before the worker sets a variable without exporting it.

The commands in `job-script-prologue` and `setup-script-commands` run in the shell that then starts
the worker. A shell passes only exported variables to the programs that it starts, so the worker
does not see `OMP_NUM_THREADS=1`. The check ignores variables that a later line exports or uses, and
commands after the option `-a` of `set`, which exports all variables.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-script-prologue: ["OMP_NUM_THREADS=1"]
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-script-prologue: ["export OMP_NUM_THREADS=1"]
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.startup_variables import reader_at_start
from ...core.keys import hyphenated
from ...core.secrets import MASK, is_secret
from ...core.shell import Assignment, unexported, uses
from ..facts import Facts
from ..findings import CheckFindings, Fix
from ..setting import Setting
from ..value_problems import name_of

_SECTIONS = ("jobqueue", "backends")
_SCRIPTS = ("job-script-prologue", "env-extra", "setup-script-commands")


def check(facts: Facts) -> CheckFindings:
    """Yield lists of commands that assign variables in vain."""
    scripts = [
        (inner, list(map(str, inner.value)))
        for setting in facts.settings
        for inner in (setting.with_inner() if setting.variable else (setting,))
        if hyphenated(inner.path[0]) in _SECTIONS and hyphenated(inner.path[-1]) in _SCRIPTS
        if isinstance(inner.value, (list, tuple))
    ]
    for setting, commands in scripts:
        lost = [each for each in unexported("\n".join(commands)) if _is_lost(facts, setting, each)]
        if lost:
            names = ", ".join(each.name for each in lost)
            words = ("is", "it") if len(lost) == 1 else ("are", "them")
            message = f"{names} {words[0]} not exported, so the worker does not see {words[1]}"
            name, text = lost[0].name, lost[0].text
            hint = f"Write export {f'{name}={MASK}' if is_secret(name) else text}"
            fix = _fix(setting, commands, lost)
            yield setting.finding("warning", f"{name_of(setting)}: {message}", hint, fix)


def _is_lost(facts: Facts, script: Setting, assignment: Assignment) -> bool:
    """Return whether nobody but the worker can be meant to read the variable."""
    if assignment.is_sourced and not reader_at_start(assignment.name):
        return False
    others = (
        text for setting in facts.settings if setting is not script for text in _texts(setting)
    )
    return not any(uses(text, assignment.name) for text in others)


def _texts(setting: Setting) -> Iterator[str]:
    """Yield the strings in a value."""
    for inner in setting.with_inner():
        entries = inner.value if isinstance(inner.value, (list, tuple)) else [inner.value]
        yield from (entry for entry in entries if isinstance(entry, str))


def _fix(setting: Setting, commands: list[str], lost: list[Assignment]) -> Fix | None:
    """Return a fix that writes ``export`` before entries that only assign variables."""
    if hyphenated(setting.path[-1]) == "env-extra":  # another fix renames it
        return None
    texts = {each.text for each in lost}
    fixed = [f"export {entry}" if _assigns_only(entry, texts) else entry for entry in commands]
    return setting.fix_by_setting(fixed) if fixed != commands else None


def _assigns_only(entry: str, texts: set[str]) -> bool:
    words = entry.rstrip("; ").split()
    return entry.strip() in texts or (words != [] and texts.issuperset(words))
