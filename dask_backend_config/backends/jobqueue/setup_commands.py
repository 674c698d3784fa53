"""Shell code around the setup commands of a job that reports those that fail.

The commands stay as they are, because several may make up one construct, such as ``if``. bash has
a trap that reports what would end the shell with ``set -e``: no conditions, and of ``a && b`` only
the last command. In other shells, the status of each simple command is checked. What ends the shell
is reported in any shell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

#: Environment variable of the worker with the first failure.
VARIABLE = "_DASK_BACKEND_SETUP_FAILURE"
#: Begins the line about a failure in the log.
MARK = "# setup-script-commands: "

# A command on one line that is not part of a longer one.
_SIMPLE = (
    r"(?!(?:if|then|el\w+|fi|for|while|until|do|done|case|esac|select|function|!)\b)"
    r"[^;&|<(){}`\\\n]+"
)
# bash calls the trap in sourced files as well, whose own status follows: BASH_SOURCE is longer
# there. Other shells cannot parse it. In a function, BASH_COMMAND is not the user's command, but
# LINENO is its line. With `set -e`, both traps are called. They are not removed, since the commands
# may have replaced them.
_BEFORE = f"""\
_dask_backend_setup=1
_dask_backend_failed() {{
    test -n "$_dask_backend_setup" || return 0
    export {VARIABLE}="${{{VARIABLE}:-status $1 of $2}}"
    printf '{MARK}status %s of %s\\n' "$1" "$2" >&2
}}
_dask_backend_check() {{
    test "$1" = 0 || _dask_backend_failed "$1" "$2"
    return "$1"
}}
_dask_backend_ended() {{
    test "$_dask_backend_seen" = "$1 $2" || _dask_backend_failed "$1" "$2"
}}
_dask_backend_seen=
trap '_dask_backend_ended "$?" "${{BASH_COMMAND:-exit}}"' EXIT"""
_EXIT = '    _dask_backend_setup=; test "$1" = 0 || exit "$1"\n}'
_TRAP = """\
_dask_backend_trapped() {
    test "$3" = "$_dask_backend_depth" || return 0
    _dask_backend_seen="$1 $4"
    _dask_backend_failed "$1" "line $2 ($4)"
}
if test -n "${BASH_VERSION-}"; then
    _dask_backend_depth=${#BASH_SOURCE[@]}
    trap '_dask_backend_trapped "$?" "$((LINENO - _dask_backend_line))" "${#BASH_SOURCE[@]}" \
"$BASH_COMMAND"' ERR
fi
_dask_backend_line=$LINENO"""
_AFTER = "_dask_backend_setup="


def watched(commands: Sequence[str], is_required: bool, shebang: str) -> list[str]:
    """Return setup commands with shell code around them that reports those that fail.

    Parameters
    ----------
    commands : sequence of str
        Lines of shell.
    is_required : bool
        Whether a failed command ends the job.
    shebang : str
        First line of the script.
    """
    if not commands:
        return []
    before = _BEFORE.replace("\n}", f"\n{_EXIT}", 1) if is_required else _BEFORE
    if re.search(r"\bbash\b", shebang):
        return [before, _TRAP, *commands, _AFTER]
    return [before, *_checked(commands), _AFTER]


def describe_failure(failure: str, commands: Sequence[str]) -> str:
    """Return a failure, as `VARIABLE` has it, in one line with the command as the user wrote it.

    Examples
    --------
    >>> describe_failure("status 1 of line 2 (return 1)", ["cd /", "module load cuda"])
    "status 1 of 'module load cuda'"
    """
    status, _, command = " ".join(failure.split()).partition(" of ")
    lines = "\n".join(commands).splitlines()
    if (match := re.match(r"line (\d+) \(", command)) and 0 < int(match[1]) <= len(lines):
        command = lines[int(match[1]) - 1].strip()
    return f"{status} of {command!r}"


def _checked(commands: Sequence[str]) -> Iterator[str]:
    """Yield commands with a check after each one up to the first that is not simple."""
    simple = True
    for command in commands:
        yield command
        simple = simple and re.fullmatch(_SIMPLE, command.strip()) is not None
        try:
            words = shlex.split(command, comments=True)
        except ValueError:
            words, simple = [], False
        if simple and words:
            yield f'_dask_backend_check "$?" {shlex.quote(command)}'
