"""Find the variables that shell code assigns but does not export to the programs it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile, takewhile
from typing import NamedTuple

# Patterns are compiled when they are first used.
_SUBSTITUTED = r"""`[^`]*`|\$\{[^}]*\}|\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"""
_QUOTED = r"""\\.|"(?:\\.|[^"\\])*"|'[^']*'"""
_TOKEN = (
    r"(?s)(?P<comment>(?<!\S)#[^\n]*)"
    rf"|(?P<word>(?:\w+\+?=\([^)]*\)|{_QUOTED}|{_SUBSTITUTED}|[^\s;&|()`'\"\\])+)"
    r"|(?P<separator>[\n;&|()])"
)
#: Not of an array, which cannot be exported, nor of nothing, which clears an exported variable.
_ASSIGNMENT = r"[A-Za-z_]\w*\+?=(?!\(|\Z)"
_NAME = r"[A-Za-z_]\w*"
_KEYWORDS = ("if", "then", "elif", "else", "while", "until", "do", "{", "!", "time")
_DECLARATIONS = ("declare", "typeset", "local", "readonly")
_HERE_DOCUMENT = r"<<(?!<)"
#: Always in the environment already, or used by the shell itself.
_OF_THE_SHELL = (
    r"PATH|HOME|USER|LOGNAME|SHELL|PWD|OLDPWD|TERM|HOSTNAME|IFS|CDPATH|OPT\w+|PS\d|REPLY|SECONDS"
    r"|RANDOM|_|PROMPT\w*|HIST\w*|BASH\w*|SLURM_\w+|PBS_\w+|LSB_\w+|SGE_\w+|OAR_\w+|_CONDOR_\w+"
)


class Assignment(NamedTuple):
    """A variable that is assigned and not exported.

    Attributes
    ----------
    name : str
    text : str
        The assignment as written.
    is_sourced : bool
        Whether the code later runs other code in the same shell, which may use the variable.
    """

    name: str
    text: str
    is_sourced: bool


def unexported(code: str) -> list[Assignment]:
    """Return the variables that the code neither exports nor uses, each once.

    Examples
    --------
    >>> [found.name for found in unexported("A=1 B=2; export B; C=3 make; D=4; echo $D")]
    ['A']
    """
    if "=" not in code or re.search(_HERE_DOCUMENT, code):
        return []
    found: dict[str, Assignment] = {}
    exported: set[str] = set()
    exports_all = False
    for words in _commands(code):
        assigned, command, arguments = _parsed(words)
        if command in ("source", ".", "eval"):
            found = {name: each._replace(is_sourced=True) for name, each in found.items()}
        elif command == "set":
            exports_all = _exports_all(arguments, exports_all)
        exported.update(_exported(command, arguments))
        if exports_all:
            exported.update(map(_name, assigned))
        for text in assigned:
            found.setdefault(_name(text), Assignment(_name(text), text, False))
    return [
        each
        for name, each in found.items()
        if name not in exported and not re.fullmatch(_OF_THE_SHELL, name) and not uses(code, name)
    ]


def uses(code: str, name: str) -> bool:
    """Return whether shell code expands a variable.

    Examples
    --------
    >>> uses("cd ${A}/b", "A"), uses("A=1", "A")
    (True, False)
    """
    arithmetic = rf"\(\([^)]*\b{name}\b"
    return re.search(rf"\$\{{?[#!]?{name}\b|{arithmetic}", code) is not None


def _commands(code: str) -> Iterator[list[str]]:
    """Yield the words of each simple command."""
    words: list[str] = []
    for token in re.finditer(_TOKEN, code.replace("\\\n", " ") + "\n"):
        if token.lastgroup == "word":
            words.append(token.group())
        elif token.lastgroup == "separator" and words:
            yield words
            words = []


def _parsed(words: list[str]) -> tuple[list[str], str, list[str]]:
    """Return what a command assigns in this shell, its name and its arguments."""
    words = list(dropwhile(_KEYWORDS.__contains__, words))
    assigned = list(takewhile(_is_assignment, words))
    command, *arguments = words[len(assigned) :] or [""]
    options = {letter for word in arguments if word.startswith("-") for letter in word}
    if command == "set" or (command in _DECLARATIONS and not options & set("aAfFx")):
        return list(filter(_is_assignment, arguments)), command, arguments
    return [] if command else assigned, command, arguments


def _exported(command: str, arguments: list[str]) -> Iterator[str]:
    """Yield the variables that a command exports."""
    options = "".join(word for word in arguments if word.startswith("-"))
    exports = command == "export" and "n" not in options
    if exports or command == "setenv" or (command in _DECLARATIONS and "x" in options):
        yield from (_name(word) for word in arguments if _name(word))


def _exports_all(arguments: list[str], before: bool) -> bool:
    for option, name in zip(arguments, [*arguments[1:], ""], strict=True):
        if option in ("-o", "+o") and name == "allexport":
            return option == "-o"
        if re.fullmatch(r"[-+][b-zA-Z]*a\w*", option):
            return option.startswith("-")
    return before


def _is_assignment(word: str) -> bool:
    return re.match(_ASSIGNMENT, word) is not None


def _name(word: str) -> str:
    match = re.match(_NAME, word)
    return match[0] if match else ""
