"""A variable in distributed.nanny.environ is set after the worker process has read it.

distributed sets `distributed.nanny.environ` inside of the running worker process. Python reads
`PYTHONHASHSEED`, the dynamic linker `LD_LIBRARY_PATH` and `LD_PRELOAD`, and malloc
`MALLOC_TRIM_THRESHOLD_` when the process starts. distributed also sets the number of threads of
numeric libraries, such as `OMP_NUM_THREADS`, before it starts the process. Such variables belong in
`distributed.nanny.pre-spawn-environ`.

`PYTHONPATH` has no effect in either section: a worker process gets the search path of its nanny.
And in `pre-spawn-environ`, distributed replaces a `PYTHONHASHSEED` of 0 by 6640.

Broken:

```yaml
distributed:
  nanny:
    environ:
      MALLOC_TRIM_THRESHOLD_: 0
```

Fixed:

```yaml
distributed:
  nanny:
    pre-spawn-environ:
      MALLOC_TRIM_THRESHOLD_: 0
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.startup_variables import FOR_THE_NANNY, NOT_FROM_NANNY, reader_at_start
from ...core.keys import hyphenated, join_path, variable_of
from ..facts import Facts
from ..findings import CheckFindings, Finding
from ..setting import Setting

_NANNY = ("distributed", "nanny")
_LATE, _EARLY = "environ", "pre-spawn-environ"


def check(facts: Facts) -> CheckFindings:
    """Yield variables for workers that are set too late to have their effect."""
    for setting in _settings(facts):
        section, name = hyphenated(setting.path[2]), setting.path[3]
        reader = reader_at_start(name)
        if reader is None or setting.value is None:
            continue
        if name in NOT_FROM_NANNY:
            message = f"{name}: a worker process gets sys.path from its nanny, not from here"
            yield setting.finding("error", message, FOR_THE_NANNY)
        elif section == _LATE:
            yield _too_late(setting, name, reader)
        elif name == "PYTHONHASHSEED" and str(setting.value) == "0":
            message = f"{name}: distributed replaces 0 by 6640"
            yield setting.finding("info", message, "Set it to another number")


def _settings(facts: Facts) -> Iterator[Setting]:
    """Yield the variables in both sections."""
    for setting in facts.settings:
        for inner in setting.with_inner() if setting.variable else (setting,):
            names = tuple(map(hyphenated, inner.path[:3]))
            if len(inner.path) == 4 and names in ((*_NANNY, _LATE), (*_NANNY, _EARLY)):
                yield inner


def _too_late(setting: Setting, name: str, reader: str) -> Finding:
    early = (*_NANNY, _EARLY)
    message = f"{name} is set too late: {reader} read it when the worker process started"
    meant = join_path(early)
    if setting.variable:
        return setting.finding("error", message, f"Set it in {variable_of(meant)} instead")
    fix = setting.fix_by_moving((*early, name))
    return setting.finding("error", message, f"Move it to {meant}", fix)
