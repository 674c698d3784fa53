"""A variable loses the case of a name that is yours.

dask makes keys of variables in lower case. Where the name is that of an environment variable, a
resource or a logger, the case matters, and a key that was meant to replace a default stands beside
it instead. The map as a whole can be written as one variable, whose text is read as Python; what
it does not name stays as it is. (Environment variables such as `http_proxy` are in lower case
anyway.)

Loggers have dots in their names besides. `DASK_LOGGING__DISTRIBUTED__WORKER` makes a section of
them, with which `import distributed` fails.

Broken:

```sh
export DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON__OMP_NUM_THREADS=4
```

Mended:

```sh
export DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON="{'OMP_NUM_THREADS': 4}"
```
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ...config.sources import Variable
from ...core.keys import PREFIX, hyphenated, variable_of
from ...core.secrets import masked
from ..facts import Facts, Finding

ID = "lost-case"
SENTENCE = "A variable loses the case of a name that is yours, such as OMP_NUM_THREADS."

_ENVIRONMENTS = ("distributed.nanny.environ", "distributed.nanny.pre-spawn-environ")
_RESOURCES = "distributed.worker.resources"
_LOGGING = ("logging", "distributed.logging")


def check(facts: Facts) -> Iterator[Finding]:
    """Report variables below maps whose names are case-sensitive."""
    found: dict[str, list[tuple[Variable, str]]] = defaultdict(list)
    for variable in facts.variables:
        for section in (*_ENVIRONMENTS, _RESOURCES, *_LOGGING):
            name = _name_below(section, variable)
            if name and _is_lost(section, name):
                found[section].append((variable, name))
    for section, lost in found.items():
        hint = _hint(section, lost)
        for variable, name in lost:
            yield _finding(section, variable, name, hint)


def _name_below(section: str, variable: Variable) -> str | None:
    """The rest of a variable's name, as it was written."""
    if not hyphenated(variable.key).startswith(f"{section}."):
        return None
    names = variable.name.removeprefix(PREFIX).split("__")
    return "__".join(names[section.count(".") + 1 :])


def _is_lost(section: str, name: str) -> bool:
    if section in _LOGGING:
        return "__" in name
    return name != name.lower() and not name.lower().endswith("_proxy")


def _finding(section: str, variable: Variable, name: str, hint: str) -> Finding:
    key = hyphenated(variable.key)
    if section in _LOGGING:
        message = "it makes a section, no logger's name: import distributed fails"
        return Finding("error", message, hint, key, variable.origin)
    if section == _RESOURCES:
        message = f"the resource is called {name.lower()}, in lower case"
        return Finding("info", message, f"for {name}: {hint}", key, variable.origin)
    message = f"it sets {name.lower()} in the worker's environment, in lower case, not {name}"
    return Finding("error", message, hint, key, variable.origin)


def _hint(section: str, lost: list[tuple[Variable, str]]) -> str:
    """All lost names of a map in one variable."""
    items = []
    for variable, name in lost:
        spelled = name.lower().replace("__", ".") if section in _LOGGING else name
        value = masked(f"{section}.{spelled}", variable.value)
        items.append(f"{spelled!r}: {_literal(value)}")
    text = "{" + ", ".join(items) + "}"
    quoted = shlex.quote(text) if re.search(r'[\\"$`!]', text) else f'"{text}"'
    return f"export {variable_of(section)}={quoted}"


def _literal(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:  # Python refuses to spell numbers of thousands of digits
        return "..."
