"""A variable loses the case of a name that is yours, such as OMP_NUM_THREADS.

dask converts the names of variables to lower case. But the names of environment variables,
resources and loggers are case-sensitive. So the variable adds a new name instead of overriding the
default. To keep the case, set the complete mapping in one variable, whose value is read as Python;
names that it does not contain keep their values. (Environment variables such as `http_proxy` are in
lower case anyway.) What a worker process reads when it starts belongs in `pre-spawn-environ`.

The names of loggers also contain dots. `DASKLOGGING__DISTRIBUTED__WORKER` sets a section instead
of the logger `distributed.worker`, and `import distributed` fails.

Broken:

```sh
export DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON__OMP_NUM_THREADS=4
```

Fixed:

```sh
export DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON="{'OMP_NUM_THREADS': 4}"
```
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from ...catalogue.startup_variables import FOR_THE_NANNY, NOT_FROM_NANNY, reader_at_start
from ...config.sources import Variable
from ...core.keys import hyphenated, variable_of
from ...core.secrets import masked
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity
from ..variable_names import LOGGING, name_below

_RESOURCES = "distributed.worker.resources"
_ENVIRON, _PRE_SPAWN = "distributed.nanny.environ", "distributed.nanny.pre-spawn-environ"
_SECTIONS = (_ENVIRON, _PRE_SPAWN, _RESOURCES, *LOGGING)


def check(facts: Facts) -> CheckFindings:
    """Yield variables that set names in mappings whose names are case-sensitive."""
    lost = [
        (section, variable, name)
        for section in _SECTIONS
        for variable in facts.variables
        if (name := name_below(section, variable)) and _is_lost(section, name)
    ]
    for section, variable, name in lost:
        target = _target(section, name)
        together = [(other, own) for above, other, own in lost if _target(above, own) == target]
        yield _finding(section, variable, name, _hint(target, together))


def _is_lost(section: str, name: str) -> bool:
    if section in LOGGING:
        return "__" in name
    return name != name.lower() and not name.lower().endswith("_proxy")


def _target(section: str, name: str) -> str:
    """Return the section in which a name has its effect."""
    return _PRE_SPAWN if section == _ENVIRON and reader_at_start(name) else section


def _finding(section: str, variable: Variable, name: str, hint: str) -> Finding:
    severity: Severity = "error"
    message = f"sets {name.lower()} in the worker's environment, not {name}"
    if name in NOT_FROM_NANNY:
        hint = FOR_THE_NANNY
    elif section in LOGGING:
        message = "makes a section, not the name of a logger: import distributed fails"
    elif section == _RESOURCES:
        severity, message = "info", f"the resource is named {name.lower()}, in lower case"
        hint = f"If you mean {name}, run: {hint.removeprefix('Run: ')}"
    return Finding(severity, message, hint, hyphenated(variable.key), variable.origin)


def _hint(section: str, lost: list[tuple[Variable, str]]) -> str:
    """Return the command that sets all lost names of a section in one variable."""
    items = []
    for variable, name in lost:
        exact = _logger(name) if section in LOGGING else name
        value = masked(f"{section}.{exact}", variable.value)
        items.append(f"{exact!r}: {_literal(value)}")
    text = "{" + ", ".join(items) + "}"
    quoted = shlex.quote(text) if re.search(r'[\\"$`!]', text) else f'"{text}"'
    return f"Run: export {variable_of(section)}={quoted}"


def _logger(name: str) -> str:
    """Return the logger that is meant; its level needs no name of its own."""
    return name.lower().replace("__", ".").removesuffix(".level")


def _literal(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:  # Python does not convert integers of thousands of digits to strings
        return "..."
