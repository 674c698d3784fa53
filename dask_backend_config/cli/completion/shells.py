"""The completion scripts of bash, zsh and fish, and the answers to them.

click's own scripts put a space behind every completion; these put none behind a section, which ends
with a dot. An error while a line is typed prints nothing.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from click import shell_completion
from click.shell_completion import CompletionItem, ShellComplete


def _script(shell: str) -> str:
    """Return the template of a shell's script, which click fills in."""
    return (Path(__file__).with_name("scripts") / f"{shell}.in").read_text()


class _Silent(ShellComplete):
    def complete(self) -> str:
        with contextlib.suppress(Exception):
            return super().complete()
        return ""


class Bash(_Silent, shell_completion.BashComplete):
    """Completion in bash 4.4 or newer."""

    source_template = _script("bash")

    def source(self) -> str:
        """Return the script; click's own method would start bash to ask for its version."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, without the ``=`` of options, and the word at it."""
        words, typed = super().get_completion_args()
        return [word for word in words if word != "="], typed


class _WithOption(_Silent):
    """Completion in shells where ``--option=value`` is one word; in bash it is three."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        found = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in found:
                item.value = f"{option}={item.value}"
        return found


class Zsh(_WithOption, shell_completion.ZshComplete):
    """Completion in zsh."""

    source_template = _script("zsh")


class Fish(_WithOption, shell_completion.FishComplete):
    """Completion in fish."""

    source_template = _script("fish")


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def register() -> None:
    """Register these classes in click."""
    for name, kind in SHELLS.items():
        shell_completion.add_completion_class(kind, name)
