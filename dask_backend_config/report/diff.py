"""The diff of an edit that was not made, secrets masked."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator

from ..config.sources import read_file
from ..core.origins import tilde
from ..core.secrets import MASK
from ..doctor.edit_plan import EditPlan
from ..yaml_edit.lines import Lines
from .redact import MaskedColumns, masked_columns

#: A masked line keeps its secret behind this while lines are compared, so that a change shows.
_END = "\0"
_FRAME = " \t#'\""


def masked_diff(plan: EditPlan) -> str:
    """Return a unified diff of a file before and after an edit, empty if nothing changes."""
    snapshot = plan.snapshot
    name = tilde(snapshot.path)
    texts = snapshot.text, plan.text
    columns = [masked_columns(read_file(snapshot.path, text)) for text in texts]
    hidden = {bare for pair in zip(texts, columns, strict=True) for bare in _hidden(*pair)}
    before, after = (_masked_lines(*pair, hidden) for pair in zip(texts, columns, strict=True))
    origin = name if snapshot.data is not None else os.devnull
    diff = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(before, after, origin, name)
    )
    return re.sub(rf"{_END}[^\r\n]*", "", diff)


def _hidden(text: str, columns: MaskedColumns) -> Iterator[str]:
    """Yield what is masked in each line, without quotes and comment signs."""
    lines = Lines(text)
    yield from (lines.content(number)[column:].strip(_FRAME) for number, column in columns.items())


def _masked_lines(text: str, columns: MaskedColumns, hidden: set[str]) -> list[str]:
    """Return the lines of a text, masked also where only the other text tells that it is needed."""
    lines = Lines(text)
    found = []
    for number in range(len(lines)):
        line = lines.content(number)
        column = columns.get(number)
        if column is None and (bare := line.strip(_FRAME)) and bare in hidden:
            column = line.index(bare)
        if column is not None:
            line = f"{line[:column]}{MASK}{_END}{line[column:]}"
        found.append(line + lines.ending(number))
    return [line for line in found if line]
