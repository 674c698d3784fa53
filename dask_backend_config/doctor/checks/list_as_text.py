"""A variable's value was meant as a list, but dask reads a string.

dask reads a variable's value as Python. `[a, b]` is not valid Python because `a` and `b` lack
quotes, so the value stays a string, and dask treats each character as an entry. The shell also
removes quotes: with `X=["a", "b"]`, dask gets `[a, b]`, so quote the complete value. `1,2` is a
tuple, which some code accepts as a list and other code rejects.

A single module for `preload` does not need a list.

Broken:

```sh
export DASK_JOBQUEUE__SLURM__JOB_EXTRA_DIRECTIVES="[--gres=gpu:1, --exclusive]"
```

Fixed:

```sh
export DASK_JOBQUEUE__SLURM__JOB_EXTRA_DIRECTIVES='["--gres=gpu:1", "--exclusive"]'
```
"""

from __future__ import annotations

import json
import re
import shlex

from ...catalogue import backend_schema
from ...catalogue.key_types import value_type
from ...catalogue.value_types import ValueType
from ...core.strings import shown
from ..facts import Facts
from ..findings import CheckFindings
from ..setting import Setting

_SIMPLE_WORDS = re.compile(r"[^\s,]+(,[^\s,]+)+")


def check(facts: Facts) -> CheckFindings:
    """Yield strings and tuples in variables where lists are expected."""
    unmergeable = {conflict.origin for conflict in facts.resolution.conflicts}
    for occurrence in facts.occurrences():
        if not occurrence.variable or occurrence.origin in unmergeable:
            continue
        value, kind = occurrence.value, value_type(facts.catalogue, occurrence.path)
        if isinstance(value, str) and _is_meant_as_list(kind, occurrence):
            message = f"{shown(value)} is a string; a list is expected"
            hint = _hint(occurrence, json.dumps(_entries(value), ensure_ascii=False))
            yield occurrence.finding("error", message, hint)
        elif isinstance(value, tuple) and _is_list_of_dask(kind, occurrence):
            message = "the value is read as a tuple, which not all code accepts as a list"
            entries = (occurrence.text or "...").strip().removeprefix("(").removesuffix(")")
            yield occurrence.finding("warning", message, _hint(occurrence, f"[{entries}]"))


def _is_meant_as_list(kind: ValueType | None, occurrence: Setting) -> bool:
    value = occurrence.value
    if kind and kind.name == "modules":
        return value.lstrip().startswith("[") or _SIMPLE_WORDS.fullmatch(value) is not None
    return kind is not None and kind.name == "list"


def _is_list_of_dask(kind: ValueType | None, occurrence: Setting) -> bool:
    """Return whether dask expects a list here, and no other check reports an entry."""
    if kind is None or kind.name != "list" or occurrence.path[0] == backend_schema.ROOT:
        return False
    return kind.wrong_entry(occurrence.value) is None


def _entries(text: str) -> list[str]:
    """Return the entries that the list should have; a command with commas is one entry."""
    inner, parts = text.strip(), [text]
    if inner.startswith("["):
        parts = inner.removeprefix("[").removesuffix("]").split(",")
    elif _SIMPLE_WORDS.fullmatch(inner):
        parts = inner.split(",")
    return [entry for part in parts if (entry := part.strip().strip("\"'"))]


def _hint(occurrence: Setting, literal: str) -> str:
    if occurrence.own_variable:
        return f"Run: export {occurrence.own_variable.name}={shlex.quote(literal)}"
    return f"Write {occurrence.path[-1]!r}: {literal}"
