"""Completion in bash, zsh and fish: click's own, with scripts that know sections and lists.

A completion that ends with a dot is a section, behind which no space belongs. What goes wrong while
a line is typed is not said there.
"""

from __future__ import annotations

import contextlib
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

PROGRAM = "dask-backend-config"
#: The variable by which a shell's script asks the program for completions.
VARIABLE = "_DASK_BACKEND_CONFIG_COMPLETE"

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' response type value
    response=$(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    COMPREPLY=()
    while IFS=',' read -r type value; do
        case "$type" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done <<< "$response"
    if [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *. ]]; then
        compopt -o nospace
    fi
}

complete -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s

%(complete_func)s() {
    local -a plain described sections response
    local type key descr
    response=("${(@f)$(env COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete ${words[1]} 2>/dev/null)}")
    for type key descr in ${response}; do
        if [[ "$type" == dir ]]; then
            _path_files -/
        elif [[ "$type" == file ]]; then
            _path_files -f
        elif [[ "$key" == *. ]]; then
            sections+=("$key")
        elif [[ "$descr" == _ ]]; then
            plain+=("$key")
        else
            described+=("$key:$descr")
        fi
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
    (( $#sections )) && compadd -U -S '' -V unsorted -a sections
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -l program (commandline -opc)[1]
    set -l response (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \\
        COMP_CWORD=(commandline -t) $program 2>/dev/null)
    for completion in $response
        set -l parts (string split -m 1 "," -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Silent(ShellComplete):
    def complete(self) -> str:
        with contextlib.suppress(Exception):
            return super().complete()
        return ""


class Bash(_Silent, BashComplete):
    """For bash, 4.4 or newer."""

    source_template = _BASH

    def source(self) -> str:
        """The script; click's own would start a bash to ask for its version."""
        return ShellComplete.source(self)

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one at it; bash takes ``=`` for a word."""
        words, typed = super().get_completion_args()
        return [word for word in words if word != "="], typed


class _WithOption(_Silent):
    """For shells that take ``--option=value`` for one word, where bash takes it for three."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[Any]]:
        found = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in found:
                item.value = f"{option}={item.value}"
        return found


class Zsh(_WithOption, ZshComplete):
    """For zsh."""

    source_template = _ZSH


class Fish(_WithOption, FishComplete):
    """For fish."""

    source_template = _FISH


SHELLS: dict[str, type[ShellComplete]] = {"bash": Bash, "zsh": Zsh, "fish": Fish}


def register() -> None:
    """Have click answer the scripts of `SHELLS` by these classes."""
    for name, kind in SHELLS.items():
        add_completion_class(kind, name)
