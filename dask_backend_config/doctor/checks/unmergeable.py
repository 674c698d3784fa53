"""Settings contradict each other, so `import dask` fails.

`import dask` merges variables, files and inherited configuration (`DASK_INTERNAL_INHERIT_CONFIG`).
It cannot merge two variables if one sets a key and the other a key below it. Example:
`DASK_DISTRIBUTED=x` together with `DASK_DISTRIBUTED__WORKER__DAEMON=False` raises TypeError. In
another order of the environment, the second variable is lost without a warning. The import also
fails if a value replaces a section that contains renamed keys (`array: 5`), if a mapping in a
variable has a key that is not a string, or if `DASK_INTERNAL_INHERIT_CONFIG` was not written by
`dask.config.serialize`.

Broken:

```sh
export DASK_DISTRIBUTED=x
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```

Fixed:

```sh
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...config.merge import MergeError
from ...config.sources import Variable
from ...core.keys import INHERITED, hyphenated
from ...core.secrets import masked
from ..facts import Facts
from ..findings import CheckFindings, Finding

_LONGEST = 120


def check(facts: Facts) -> CheckFindings:
    """Yield variables that conflict with others, then everything else that dask cannot merge."""
    explained: set[str | None] = set()
    for variable, below, breaks_dask in _conflicting(facts.variables):
        explained.update(child.name for child in below)
        yield _conflict(variable, below, breaks_dask)
    reported = set()
    for error in facts.resolution.conflicts:
        if error.origin.name not in explained and (error.origin, error.key) not in reported:
            reported.add((error.origin, error.key))
            yield _merge_error(error, facts.variables)


def _conflicting(variables: list[Variable]) -> Iterator[tuple[Variable, list[Variable], bool]]:
    """Yield each variable that conflicts with variables of keys below it, and if dask fails."""
    usable = [variable for variable in variables if not variable.problem]
    ranks = {variable.key: rank for rank, variable in enumerate(usable)}
    for key, rank in ranks.items():
        variable = usable[rank]
        children = [child for child in usable if child.key.startswith(f"{key}.")]
        earlier = [child for child in children if ranks[child.key] < rank]
        if children and not isinstance(variable.value, Mapping):
            yield variable, children, len(earlier) < len(children)
        elif earlier:  # the later ones are merged into the mapping
            yield variable, earlier, False


def _conflict(variable: Variable, children: list[Variable], breaks_dask: bool) -> Finding:
    value = _shortened(repr(masked(variable.key, variable.value)))
    others = children[0].name + (f" and {len(children) - 1} more" if children[1:] else "")
    message = f"{value} replaces a section: {others} is lost"
    if breaks_dask:
        message = f"import dask fails: {value} is not a section, but {others} sets a key in it"
    hint, key = f"Run: unset {variable.name}", hyphenated(variable.key)
    return Finding("error", message, hint, key, variable.origin)


def _merge_error(error: MergeError, variables: list[Variable]) -> Finding:
    origin = error.origin
    hint = "Remove the line, or replace the value with a section"
    if origin.kind == "inherited":
        hint = f"Unset {INHERITED}, or set it to the result of dask.config.serialize"
    elif any(variable.problem for variable in variables if variable.name == origin.name):
        hint = "Set it to a string, a number, or a Python dict whose keys are strings"
    elif origin.kind == "variable":
        hint = f"Unset {origin.name} or the variable that conflicts with it"
    message = _shortened(f"import dask fails: {error.message}")
    return Finding("error", message, hint, hyphenated(error.key) or None, origin)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
