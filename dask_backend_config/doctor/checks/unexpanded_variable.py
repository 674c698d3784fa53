"""A value refers to a variable or the home folder, and nobody puts it in.

A shell expands `$VARIABLE` and `~`; dask does not. A folder gets the literal name `~` or `$HOME`,
below whatever folder dask was started in, and a directive of a job script reaches the scheduler as
it stands. Where a shell does read the value (`job-script-prologue`, `local-directory`,
`worker-extra-args` and what else becomes part of a job's commands), and where dask-jobqueue or this
package expands it (`shared-temp-directory`, the folders of `backends.*`), this check is silent, and
so it is on `{VARIABLE}` in `distributed.dashboard.link`, which dask fills in.

Broken:

```yaml
# ~/.config/dask/dask.yaml
temporary-directory: $SCRATCH/dask
```

Mended:

```yaml
# ~/.config/dask/dask.yaml
temporary-directory: /scratch/me/dask
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core.keys import variable_of
from ...core.strings import references
from ..facts import Facts, Finding, Setting
from ..value_problems import entries_of, settings_with, spoken, unless_secret

ID = "unexpanded-variable"
SENTENCE = "A value refers to a variable or the home folder, and nobody puts it in."

_LINK = "distributed.dashboard.link"
_FREE_MAPS = ("distributed.nanny.environ.", "distributed.nanny.pre-spawn-environ.")


def check(facts: Facts) -> Iterator[Finding]:
    """Find references that only a shell would expand."""
    for setting in settings_with(facts, "unexpanded-variable"):
        text = _text_of(setting)
        found = unless_secret(setting, ", ".join(dict.fromkeys(references(text))))
        message = f"{spoken(setting)} keeps {found} as it stands; nobody puts its value in"
        hint = _hint(facts, setting, text)
        yield Finding("error", message, hint, setting.key, setting.origin)


def _text_of(setting: Setting) -> str:
    """The value, or the first entry of it that refers to something."""
    entries = [entry for _, entry in entries_of(setting.value)]
    texts = [entry for entry in entries if isinstance(entry, str) and references(entry)]
    return texts[0] if texts else str(setting.value)


def _hint(facts: Facts, setting: Setting, text: str) -> str:
    if setting.key.startswith(_FREE_MAPS) or not text.isprintable():
        return "write out what it stands for"
    if setting.key == _LINK:
        return f"write {_in_braces(text)}: dask fills in variables that stand in braces"
    if (expanded := _expanded(facts, text)) is not None:
        return f"write {expanded}"
    for_shell = re.sub(r"^~(?=/|\Z)", "$HOME", text)
    if setting.variable:
        return f'let the shell put it in: export {setting.variable.name}="{for_shell}"'
    if not isinstance(setting.value, str):
        return "write out what it stands for"
    return f'write it out, or: export {variable_of(setting.key)}="{for_shell}"'


def _in_braces(text: str) -> str:
    return re.sub(r"\$\{?(\w+)\}?", r"{\1}", text)


def _expanded(facts: Facts, text: str) -> str | None:
    """The text with the home folder and the user put in; None where more is to be put in."""
    home, user = facts.environ.get("HOME"), facts.environ.get("USER")
    known = {"~": home, "$HOME": home, "${HOME}": home, "$USER": user, "${USER}": user}
    for reference in references(text):
        value = known.get(reference)
        if not value:
            return None
        text = text.replace(reference, value, 1)
    return text
