"""A value that goes into a job script contains a line break.

A job script is read line by line. The part of a value after a line break becomes a line of its own,
which the scheduler or the shell misreads: an option is cut off, the directives after it are
ignored, or an unintended command is run. In YAML, `|` creates such strings. Only
`job-script-prologue` and `env-extra` may contain line breaks, because their entries are shell
commands.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-extra-directives:
      - |
        --gres=gpu:1
        --exclusive
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    job-extra-directives:
      - --gres=gpu:1
      - --exclusive
```
"""

from __future__ import annotations

from ...core.strings import as_yaml, has_line_break
from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..setting import Setting
from ..value_problems import REFUSED, settings_with, spoken, spoken_entry

_COMMANDS = ("job-script-prologue", "env-extra")


def check(facts: Facts) -> CheckFindings:
    """Yield values of several lines that become part of a job script."""
    for setting, _ in settings_with(facts, "line-break-in-script"):
        is_shell = _is_shell(setting)
        entries = setting.value if isinstance(setting.value, (list, tuple)) else ()
        for number, entry in enumerate((setting.value, *entries)):
            if isinstance(entry, str) and has_line_break(entry.rstrip() if is_shell else entry):
                yield _finding(setting, number, entry, is_shell)
                break


def _finding(setting: Setting, number: int, entry: str, is_shell: bool) -> Finding:
    what = spoken_entry(setting, number) if number else spoken(setting)
    if is_shell:
        hint = "It works, but one entry per line is clearer"
        return setting.finding("info", f"{what} contains several lines of shell", hint)
    result = REFUSED if setting.path[0] == "backends" else "begins a new line of the script"
    message = f"{what} contains a line break, which {result}"
    return setting.finding("error", message, _hint(setting, entry))


def _is_shell(setting: Setting) -> bool:
    """Return whether the value is shell code in a shell script; HTCondor's scripts are not."""
    top, section, name = [*setting.key.split("."), "", ""][:3]
    return top == "jobqueue" and name in _COMMANDS and section != "htcondor"


def _hint(setting: Setting, entry: str) -> str:
    lines = [line.strip() for line in entry.splitlines() if line.strip()]
    if len(lines) <= 1:
        return f"Write it on one line: {as_yaml(''.join(lines))}"
    if isinstance(setting.value, str):
        return "Write it on one line; YAML joins lines with '>-'"
    return "Make each line an entry of its own"
