"""A line break in a value reaches a job script.

A job script is lines. What follows a line break in a value stands on a line of its own, which the
scheduler or the shell takes for something else: an option is cut off, the directives after it are
ignored, a command is run that nobody meant to run. YAML makes such texts with `|`. Only in
`job-script-prologue` and `env-extra`, whose entries are shell commands anyway, it does no harm.

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

Mended:

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

from collections.abc import Iterator

from ...core.strings import as_yaml, has_line_break, shown
from ..facts import Facts, Finding, Setting
from ..value_problems import REFUSED, entries_of, name_of, settings_with, spoken

ID = "line-break-in-script"
SENTENCE = "A line break in a value reaches a job script."

_COMMANDS = ("job-script-prologue", "env-extra")


def check(facts: Facts) -> Iterator[Finding]:
    """Find values with more than one line that become part of a job script."""
    for setting in settings_with(facts, "line-break-in-script"):
        yield from _in_commands(setting) if _is_shell(setting) else _in_line(setting)


def _in_line(setting: Setting) -> Iterator[Finding]:
    number, text = _broken(setting)[0]
    fate = REFUSED if setting.path[0] == "backends" else "begins a new line of the script"
    message = f"{_place(setting, number, text)} has a line break, which {fate}"
    yield Finding("error", message, _hint(setting, text), setting.key, setting.origin)


def _in_commands(setting: Setting) -> Iterator[Finding]:
    for number, text in _broken(setting):
        if has_line_break(text.rstrip()):
            message = f"{_place(setting, number, text)} has a line break: several lines of shell"
            hint = "it works; each line can be an entry of its own"
            yield Finding("info", message, hint, setting.key, setting.origin)
            return


def _broken(setting: Setting) -> list[tuple[int, str]]:
    """The texts that have a line break, each with its number in the list, 0 for no list."""
    texts = [(0, setting.value), *entries_of(setting.value)]
    return [
        (number, text) for number, text in texts if isinstance(text, str) and has_line_break(text)
    ]


def _place(setting: Setting, number: int, text: str) -> str:
    return f"{name_of(setting)}: entry {number}, {shown(text)}," if number else spoken(setting)


def _is_shell(setting: Setting) -> bool:
    """Whether the text is shell in a script of shell; HTCondor's scripts are none."""
    top, section, name = [*setting.key.split("."), "", ""][:3]
    return top == "jobqueue" and name in _COMMANDS and section != "htcondor"


def _hint(setting: Setting, text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) <= 1:
        return f"write it on one line: {as_yaml(''.join(lines))}"
    if isinstance(setting.value, str):
        return "write it on one line; YAML joins lines with '>-'"
    return "make each line an entry of its own"
