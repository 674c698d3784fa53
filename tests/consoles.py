"""Programs that answer as a console in the documentation shows: a stand-in for a scheduler."""

from __future__ import annotations

import shlex
from pathlib import Path


def write_programs(folder: Path, console: str) -> None:
    """Make the programs of `console`: lines ``$ COMMAND``, and below each what it says.

    Asked with other words, they fail as a scheduler's do.
    """
    answers: dict[str, list[tuple[str, str]]] = {}
    for part in ("\n" + console.strip()).split("\n$ ")[1:]:
        command, _, output = part.partition("\n")
        program, *words = shlex.split(command)
        answers.setdefault(program, []).append((" ".join(words), output))
    folder.mkdir(parents=True, exist_ok=True)
    for program, known in answers.items():
        lines = [
            f'[ "$*" = {shlex.quote(words)} ] && printf "%s\\n" {shlex.quote(output)} && exit'
            for words, output in known
        ]
        path = folder / program
        path.write_text("\n".join(["#!/bin/sh", *lines, 'echo "$0: what?" >&2', "exit 1", ""]))
        path.chmod(0o755)
