"""A variable's text was meant as a list, and is none.

dask reads a variable's text as Python. `[a, b]` is no Python, because `a` and `b` lack quotes, so
it stays a text, and where a list belongs a text counts as a list of its letters. The shell takes
quotes off, too: `X=["a", "b"]` gives dask `[a, b]`, so there have to be quotes around the whole.
`1,2` is a tuple, which some code takes for a list and other code refuses.

A single module for `preload` needs no list.

Broken:

```sh
export DASK_JOBQUEUE__SLURM__JOB_EXTRA_DIRECTIVES="[--gres=gpu:1, --exclusive]"
```

Mended:

```sh
export DASK_JOBQUEUE__SLURM__JOB_EXTRA_DIRECTIVES='["--gres=gpu:1", "--exclusive"]'
```
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator

from ...catalogue import backend_schema
from ...catalogue.key_types import value_type
from ...catalogue.known_keys import Catalogue
from ...catalogue.value_types import ValueType
from ...core.strings import shown
from ..facts import Facts, Finding, KeyOccurrence

ID = "list-as-text"
SENTENCE = "A variable's text was meant as a list, and is none."

_SIMPLE_WORDS = re.compile(r"[^\s,]+(,[^\s,]+)+")


def check(facts: Facts) -> Iterator[Finding]:
    """Report texts and tuples in variables where lists belong."""
    unmergeable = {conflict.origin for conflict in facts.resolution.conflicts}
    for written in facts.written(lambda path: True):
        if written.variable and written.origin not in unmergeable:
            yield from _judged(facts.catalogue, written)


def _judged(known: Catalogue, written: KeyOccurrence) -> Iterator[Finding]:
    value, expected = written.value, value_type(known, written.path)
    if isinstance(value, str) and _is_meant_as_list(expected, written):
        message = f"{shown(value)} is a text, where a list belongs"
        hint = _hint(written, json.dumps(_entries(value), ensure_ascii=False))
        yield Finding("error", message, hint, written.key, written.origin)
    elif isinstance(value, tuple) and _is_list_of_dask(expected, written):
        message = "it is read as a tuple, which not all code takes for a list"
        hint = _hint(written, _in_brackets(written))
        yield Finding("warning", message, hint, written.key, written.origin)


def _is_meant_as_list(expected: ValueType | None, written: KeyOccurrence) -> bool:
    text = written.value
    if expected and expected.name == "modules":
        return text.lstrip().startswith("[") or _SIMPLE_WORDS.fullmatch(text) is not None
    return expected is not None and expected.name == "list"


def _is_list_of_dask(expected: ValueType | None, written: KeyOccurrence) -> bool:
    """Return whether dask's code expects a list here, and all entries are right."""
    ours = written.path[0] == backend_schema.ROOT
    return (
        not ours
        and expected is not None
        and expected.name == "list"
        and (expected.wrong_entry(written.value) is None)
    )


def _entries(text: str) -> list[str]:
    """What the list would hold; a command with commas in it is not taken apart."""
    inner = text.strip()
    if inner.startswith("["):
        parts = inner.removeprefix("[").removesuffix("]").split(",")
    elif _SIMPLE_WORDS.fullmatch(inner):
        parts = inner.split(",")
    else:
        parts = [inner]
    return [entry for part in parts if (entry := part.strip().strip("\"'"))]


def _in_brackets(written: KeyOccurrence) -> str:
    if written.variable and written.is_variable:
        return f"[{written.variable.text.strip().removeprefix('(').removesuffix(')')}]"
    return "[...]"


def _hint(written: KeyOccurrence, literal: str) -> str:
    if written.variable and written.is_variable:
        return f"export {written.variable.name}={shlex.quote(literal)}"
    return f"write {written.path[-1]!r}: {literal}"
