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
from ...catalogue.known_keys import Catalogue
from ...catalogue.dask_types import kind_of
from ...catalogue.value_types import Kind
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
    value, kind = written.value, kind_of(known, written.path)
    if isinstance(value, str) and _is_meant_as_list(kind, written):
        message = f"{shown(value)} is a text, where a list belongs"
        hint = _hint(written, json.dumps(_entries(value), ensure_ascii=False))
        yield Finding("error", message, hint, written.key, written.origin)
    elif isinstance(value, tuple) and kind and kind.name == "list" and _is_harmless(kind, value):
        message = "it is read as a tuple, which not all code takes for a list"
        hint = _hint(written, _in_brackets(written))
        yield Finding("warning", message, hint, written.key, written.origin)


def _is_meant_as_list(kind: Kind | None, written: KeyOccurrence) -> bool:
    text = written.value
    if written.path[0] == backend_schema.ROOT:
        node = backend_schema.node(written.key)
        return node is not None and "array" in node["type"]
    if kind and kind.name == "modules":
        return text.lstrip().startswith("[") or _SIMPLE_WORDS.fullmatch(text) is not None
    return kind is not None and kind.name == "list"


def _is_harmless(kind: Kind, entries: tuple[object, ...]) -> bool:
    """Whether nothing is wrong with its entries; if something is, that is another check's."""
    judged = kind.strict or kind.script
    return not judged or all(isinstance(entry, str) for entry in entries)


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
