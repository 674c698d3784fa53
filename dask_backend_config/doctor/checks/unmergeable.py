"""Something is said that dask cannot put together, so that `import dask` itself fails.

dask puts variables, inherited configuration and files into one tree when it is imported. It cannot
where a value and keys below it are both said by variables: `DASK_DISTRIBUTED=x` beside
`DASK_DISTRIBUTED__WORKER__DAEMON=False` is a TypeError, or, in another order of the environment,
loses the second without a word. Nor can it where a value stands in the place of a section in which
it looks for renamed keys (`array: 5`), where a variable's mapping has a key that is no text, or
where `DASK_INTERNAL_INHERIT_CONFIG` is not what `dask.config.serialize` writes.

Broken:

```sh
export DASK_DISTRIBUTED=x
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```

Mended:

```sh
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...config.merge import MergeError
from ...config.sources import INHERITED, Variable
from ...core.keys import hyphenated
from ...core.secrets import masked
from ..facts import Facts, Finding

ID = "unmergeable"
SENTENCE = "Something is said that dask cannot put together, so that `import dask` itself fails."

_LONGEST = 120


def check(facts: Facts) -> Iterator[Finding]:
    """Report variables beside their own children, and all else that dask cannot merge."""
    explained: set[str | None] = set()
    for variable, below, fails in _beside_children(facts.variables):
        explained.update(child.name for child in below)
        yield _beside(variable, below, fails)
    said = set()
    for conflict in facts.resolution.conflicts:
        if conflict.origin.name not in explained and (conflict.origin, conflict.key) not in said:
            said.add((conflict.origin, conflict.key))
            yield _refused(conflict, facts.variables)


def _beside_children(variables: list[Variable]) -> Iterator[tuple[Variable, list[Variable], bool]]:
    """Variables whose value stands in the way of others below them, and whether dask fails."""
    usable = [variable for variable in variables if not variable.problem]
    places = {variable.key: place for place, variable in enumerate(usable)}
    below: dict[str, list[Variable]] = {}
    for variable in usable:
        names = variable.key.split(".")
        for above in (".".join(names[:length]) for length in range(1, len(names))):
            if above in places:
                below.setdefault(above, []).append(variable)
    for key, children in below.items():
        earlier = [child for child in children if places[child.key] < places[key]]
        above_all = usable[places[key]]
        if not isinstance(above_all.value, Mapping):
            yield above_all, children, len(earlier) < len(children)
        elif earlier:  # the later ones are put into the mapping
            yield above_all, earlier, False


def _beside(variable: Variable, children: list[Variable], fails: bool) -> Finding:
    more = f" and {len(children) - 1} more" if len(children) > 1 else ""
    shown = _shortened(repr(masked(variable.key, variable.value)))
    named = f"{children[0].name}{more}"
    return Finding(
        "error",
        f"import dask fails: {shown} stands where {named} needs a section"
        if fails
        else f"{shown} replaces its whole section: {named} is lost",
        f"unset {variable.name}",
        hyphenated(variable.key),
        variable.origin,
    )


def _refused(conflict: MergeError, variables: list[Variable]) -> Finding:
    origin, message = conflict.origin, conflict.message
    hint = "remove the line, or write a section there"
    if origin.kind == "inherited":
        message = f"it {message}"
        hint = f"unset {INHERITED}, or take the text from dask.config.serialize"
    elif any(variable.problem for variable in variables if variable.name == origin.name):
        hint = "write a text, a number, or a mapping whose keys are texts, as Python does"
    elif origin.kind == "variable":
        hint = f"unset {origin.name}, or what stands in its way"
    message = _shortened(f"import dask fails: {message}")
    return Finding("error", message, hint, hyphenated(conflict.key) or None, origin)


def _shortened(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
