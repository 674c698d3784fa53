"""An option for the head of a job script has the prefix of a job script.

The scheduler's prefix is put in front of each option. With a second one, as in `#SBATCH #SBATCH
--qos=long`, the line is a comment to the scheduler: the option has no effect. The backends refuse
it.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  slurm:
    extra-script-options:
      - "#SBATCH --qos=long"
```

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  slurm:
    extra-script-options:
      - --qos=long
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...core.keys import hyphenated
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..setting import Setting
from ..value_problems import name_of

_LISTS = ("extra-script-options", "job-extra-directives", "job-extra")
_STRINGS = ("gpu-directive", "resource-spec")


def check(facts: Facts) -> CheckFindings:
    """Look at each option that becomes part of a job script."""
    for setting in facts.settings:
        for inner in setting.with_inner() if setting.variable else (setting,):
            if hyphenated(str(inner.path[0])) in ("backends", "jobqueue"):
                yield from _findings(inner)


def _findings(setting: Setting) -> Iterator[Finding]:
    name, value = hyphenated(str(setting.path[-1])), setting.value
    if name not in (*_LISTS, *_STRINGS) or not value:
        return
    from ...schedulers.option_words import without_option, without_prefix

    if name in _STRINGS and isinstance(value, str):
        if bare := (without_option if name == "resource-spec" else without_prefix)(value):
            yield _finding(setting, value, bare, bare)
    elif name in _LISTS and isinstance(value, (list, tuple)):
        found = [without_prefix(entry) if isinstance(entry, str) else None for entry in value]
        fixed = [bare or entry for bare, entry in zip(found, value, strict=True)]
        first = next((at for at, bare in enumerate(found) if bare), None)
        if first is not None:
            yield _finding(setting, value[first], fixed[first], fixed)


def _finding(setting: Setting, entry: str, bare: str, fixed: str | list[str]) -> Finding:
    message = f"{name_of(setting)}: {shown(entry)} has a prefix, which is added to each option"
    return setting.finding(
        "error", message, f"Leave the prefix out: {bare}", setting.fix_by_setting(fixed)
    )
