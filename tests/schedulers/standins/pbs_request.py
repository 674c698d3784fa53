"""Read a request from the options of qsub and the directives of a script."""

from __future__ import annotations

import os
import stat
import sys

from tests.schedulers.standins.pbs_options import (
    QSUB,
    Pairs,
    directives,
    read_date,
    read_options,
    read_pairs,
    read_resources,
    read_variables,
    split_words,
)
from tests.schedulers.standins.pbs_values import RefusedError

USAGE = """\
usage: qsub [-a date_time] [-A account_string] [-c interval]
\t[-C directive_prefix] [-e path] [-f ] [-h ] [-I [-X]] [-j oe|eo] [-J X-Y[:Z]]
\t[-k keep] [-l resource_list] [-m mail_options] [-M user_list]
\t[-N jobname] [-o path] [-p priority] [-P project] [-q queue] [-r y|n]
\t[-R o|e|oe] [-S path] [-u user_list] [-W otherattributes=value...]
\t[-v variable_list] [-V ] [-z] [script | -- command [arg1 ...]]
       qsub --version
"""


class Request:
    """The request of options and directives, in their order."""

    def __init__(self, submit_arguments: list[str]) -> None:
        self.submit_arguments = submit_arguments
        self.options: dict[str, str] = {}
        self.resources: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.variables: dict[str, str] = {}
        self.eligible: float | None = None
        self.script = ""
        self.command: list[str] = []
        self.fixed: set[str] = set()

    def take(self, options: Pairs, environ: dict[str, str], first: bool) -> bool:
        """Add options; those of the first call, from the command line, are not overridden.

        False: some value is illegal, which is told on stderr.
        """
        fine = True
        for letter, value in options:
            if letter == "l":
                fine &= self._take_resources(value, first)
            elif letter == "W":
                fine &= self._take_attributes(value)
            elif letter not in self.fixed:
                self.options[letter] = value
                fine &= self._take_other(letter, value, environ)
        if first:
            self.fixed = {*self.options, *self.attributes}
        return fine

    def _take_resources(self, text: str, first: bool) -> bool:
        try:
            for name, value in read_resources(text):
                if first or name not in self.resources:
                    self.resources[name] = value
        except ValueError:
            return _illegal("l")
        return True

    def _take_attributes(self, text: str) -> bool:
        try:
            for name, value in read_pairs(text):
                if name not in self.fixed:
                    self.attributes[name] = value
        except ValueError:
            return _illegal("W")
        return True

    def _take_other(self, letter: str, value: str, environ: dict[str, str]) -> bool:
        if letter == "a":
            try:
                self.eligible = read_date(value)
            except ValueError:
                return _illegal("a")
        elif letter == "v":
            try:
                self.variables = read_variables(value, environ)
            except ValueError:
                words = "cannot send environment with the job"
                raise RefusedError(1, words) from None
        elif (letter == "r" and value not in ("y", "n")) or (letter == "c" and value == "u"):
            return _illegal(letter)
        return True


def _illegal(letter: str) -> bool:
    sys.stderr.write(f"qsub: illegal -{letter} value\n")
    return False


def read_request(words: list[str], environ: dict[str, str]) -> Request:
    """Read options, script and directives."""
    options, operands, errors = read_options("qsub", QSUB, words)
    request = Request(words)
    fine = request.take(options, environ, first=True)
    if operands[:1] == ["--"]:
        request.command = operands[1:]
        fine &= bool(request.command)
    else:
        fine &= len(operands) <= 1
    if errors or not fine:
        raise RefusedError(2, USAGE)
    if "j" in request.options.get("m", ""):
        words_j = "mail option 'j' can not be used without array job"
        raise RefusedError(1, words_j)
    if request.command:
        request.options.setdefault("N", "STDIN")
        return request
    name = operands[0] if operands else ""
    request.script, default_name = _script(name)
    default_prefix = "" if "C" in request.options else environ.get("PBS_DPREFIX", "#PBS")
    for line in directives(request.script, request.options.get("C") or default_prefix):
        _take_directive(request, line, environ)
    request.options.setdefault("N", default_name)
    return request


def _script(name: str) -> tuple[str, str]:
    """Return the content of a script and the name of its job."""
    if name in ("", "-"):
        return sys.stdin.read(), "STDIN"
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):
            raise RefusedError(1, "script not a file")
    except OSError as error:
        raise RefusedError(1, f"script file:: {error.strerror}") from None
    try:
        with open(name, newline="", errors="surrogateescape") as file:
            return file.read(), os.path.basename(name)
    except OSError as error:
        raise RefusedError(8, f"opening script file:: {error.strerror}") from None


def _take_directive(request: Request, line: str, environ: dict[str, str]) -> None:
    try:
        words = split_words(line)
    except ValueError as error:
        raise RefusedError(1, str(error)) from None
    options, operands, errors = read_options("qsub", QSUB, words)
    fine = request.take(options, environ, first=False)
    if errors or operands or not fine:
        said = "".join(f"{word} " for word in words)
        raise RefusedError(1, f"directive error: {said}")
