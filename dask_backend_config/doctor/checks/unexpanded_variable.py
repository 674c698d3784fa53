"""A value contains a variable or `~`, which dask does not expand.

A shell expands `$VARIABLE` and `~`; dask does not. dask would create a folder named `~` or `$HOME`
in its working directory, and a directive would reach the scheduler unchanged. The check ignores
values that a shell expands: `job-script-prologue`, `local-directory`, `worker-extra-args` and other
parts of a job's commands. It also ignores values that dask-jobqueue or this package expands
(`shared-temp-directory`, the folders of `backends`). `{VARIABLE}` is replaced in
`distributed.dashboard.link` only; the check finds it in other paths, addresses and names.

Broken:

```yaml
# ~/.config/dask/dask.yaml
temporary-directory: $SCRATCH/dask
```

Fixed:

```yaml
# ~/.config/dask/dask.yaml
temporary-directory: /scratch/me/dask
```
"""

from __future__ import annotations

import re

from ...catalogue.key_types import value_type
from ...catalogue.old_keys import new_name
from ...core.keys import variable_of
from ...core.strings import references
from ..facts import Facts
from ..findings import CheckFindings
from ..setting import Setting
from ..value_problems import settings_with, spoken, unless_secret

_LINK = "distributed.dashboard.link"
_ENVIRONMENTS = ("distributed.nanny.environ.", "distributed.nanny.pre-spawn-environ.")
_WRITE_OUT = "Write its value instead"
_IN_BRACES = r"(?<![${])\{([A-Za-z_]\w*)\}(?!\})"
#: The types of keys that hold a path, an address or a name, and the paths that a shell expands.
_SINGLE = ("string", "word", "modules")
_SHELL_PATHS = ("-directory", ".python")


def check(facts: Facts) -> CheckFindings:
    """Yield values with references that only a shell, or only another key, would expand."""
    for setting, _ in settings_with(facts, "unexpanded-variable"):
        text = next(entry for entry in _strings(setting) if references(entry))
        found = unless_secret(setting, ", ".join(dict.fromkeys(references(text))))
        message = f"{spoken(setting)}: dask does not expand {found} here"
        yield setting.finding("error", message, _hint(facts, setting, text))
    for setting in facts.settings:
        for inner in setting.with_inner() if setting.variable else (setting,):
            yield from _with_braces(facts, inner)


def _strings(setting: Setting) -> list[str]:
    entries = setting.value if isinstance(setting.value, (list, tuple)) else [setting.value]
    return [entry for entry in entries if isinstance(entry, str)]


def _with_braces(facts: Facts, setting: Setting) -> CheckFindings:
    """Yield a finding about names in braces where nobody replaces them."""
    texts = _strings(setting)
    found = [name for text in texts for name in re.findall(_IN_BRACES, text)]
    expected = value_type(facts.catalogue, setting.path) if found else None
    if not expected or expected.name not in _SINGLE:
        return
    key = new_name(setting.path, facts.catalogue) or setting.key
    is_path = key.endswith(_SHELL_PATHS)
    is_reported = not expected.expands and any(map(references, texts))
    if key == _LINK or is_reported or (expected.expands and not is_path):
        return
    names = ", ".join(f"{{{name}}}" for name in dict.fromkeys(found))
    message = f"{spoken(setting)}: {names} is replaced in {_LINK} only"
    in_shell = expected.expands and setting.path[0] == "jobqueue"
    hint = f"Write ${found[0]}, which the shell of the job expands" if in_shell else _WRITE_OUT
    yield setting.finding("warning", message, hint)


def _hint(facts: Facts, setting: Setting, text: str) -> str:
    if setting.key.startswith(_ENVIRONMENTS) or not text.isprintable():
        return _WRITE_OUT
    if setting.key == _LINK:
        in_braces = re.sub(r"\$\{?(\w+)\}?", r"{\1}", text)
        return f"Set it to {in_braces}: dask expands variables in braces"
    if (expanded := _expanded(facts, text)) is not None:
        return f"Set it to {expanded}"
    for_shell = re.sub(r"^~(?=/|\Z)", "$HOME", text)
    if setting.variable:
        return f'Let the shell expand it: export {setting.variable.name}="{for_shell}"'
    if not isinstance(setting.value, str):
        return _WRITE_OUT
    return f'{_WRITE_OUT}, or run: export {variable_of(setting.key)}="{for_shell}"'


def _expanded(facts: Facts, text: str) -> str | None:
    """Return the string with home directory and user name; None if it needs other variables."""
    home, user = facts.environ.get("HOME"), facts.environ.get("USER")
    known = {"~": home, "$HOME": home, "${HOME}": home, "$USER": user, "${USER}": user}
    for reference in references(text):
        value = known.get(reference)
        if not value:
            return None
        text = text.replace(reference, value, 1)
    return text
