"""The diff of an edit that was not made, secrets masked."""

from __future__ import annotations

import difflib
import os
import re

from ..config.sources import read_file
from ..core.origins import tilde
from ..core.secrets import MASK
from ..doctor.edit_plan import EditPlan
from ..yaml_edit.lines import Lines
from .redact import masked_columns

#: A masked line keeps its secret behind this while lines are compared, so that a change shows.
_END = "\0"


def masked_diff(plan: EditPlan) -> str:
    """Return a unified diff of a file before and after an edit, empty if nothing changes."""
    snapshot = plan.snapshot
    name = tilde(snapshot.path)
    before, after = (_masked_lines(snapshot.path, text) for text in (snapshot.text, plan.text))
    origin = name if snapshot.data is not None else os.devnull
    diff = "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(before, after, origin, name)
    )
    return re.sub(rf"{_END}[^\r\n]*", "", diff)


def _masked_lines(path: str, text: str) -> list[str]:
    columns = masked_columns(read_file(path, text))
    lines = Lines(text)
    found = []
    for number in range(len(lines)):
        line = lines.content(number)
        if (column := columns.get(number)) is not None:
            line = f"{line[:column]}{MASK}{_END}{line[column:]}"
        found.append(line + lines.ending(number))
    return [line for line in found if line]
