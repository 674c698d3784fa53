"""What several schedulers share: checked values for options, and what a failure may say."""

from __future__ import annotations

import re
import shlex
from typing import Any

from ..core.errors import ConfigValueError
from .base import JobRequest, Output

#: Schedulers take these for patterns of their own, or for what ends a path.
_MEANT_OTHERWISE = "%:$^,"


class Option(str):
    """An option of a job script, without its prefix, and the request's fields that it asks for.

    Attributes
    ----------
    fields : tuple of str
        Names of fields of `JobRequest`.
    """

    fields: tuple[str, ...]

    def __new__(cls, text: str, *fields: str) -> Option:
        option = super().__new__(cls, text)
        option.fields = fields
        return option


def word(value: str, key: str) -> str:
    """`value`, which becomes one word of an option.

    Raises
    ------
    ConfigValueError
        Where it holds white space, a quote or the like: the scheduler would take it apart.
    """
    if value != shlex.quote(value) and not re.fullmatch(r"[^\s'\"\\`;|&<>(){}#!?*]+", value):
        raise ConfigValueError(f"{key} is {value!r}: must be one word, without blanks and quotes")
    return value


def job_name(request: JobRequest) -> str:
    """The job's name, which is also a part of the names of its output files.

    Raises
    ------
    ConfigValueError
        Where it holds more than letters, digits and ``. _ + -``: one scheduler or another would
        take it for an array of jobs, a path or a pattern.
    """
    if not re.fullmatch(r"\w[\w.+-]*", request.name):
        raise ConfigValueError(
            f"job-name is {request.name!r}: must be letters, digits and . _ + -, "
            "the first a letter or digit"
        )
    return request.name


def identity(request: JobRequest, name: str, queue: str, account: str) -> list[str]:
    """The options for a job's name, its queue and its account, as far as they are said.

    Parameters
    ----------
    request : JobRequest
    name, queue, account : str
        How each option begins, with what stands before its value: ``"-q "``, ``"--account="``.

    Raises
    ------
    ConfigValueError
        As for `job_name` and `word`.
    """
    options = [f"{name}{job_name(request)}"]
    if request.queue:
        options.append(Option(f"{queue}{word(request.queue, 'queue-name')}", "queue"))
    if request.account:
        options.append(f"{account}{word(request.account, 'account')}")
    return options


def log_folder(request: JobRequest) -> str | None:
    """The folder for the job's output, without a slash at its end.

    Raises
    ------
    ConfigValueError
        Where it is not absolute, or holds what a scheduler would take for something else.
    """
    if not request.log_directory:
        return None
    folder = word(request.log_directory, "log-directory")
    if not folder.startswith("/") or any(sign in folder for sign in _MEANT_OTHERWISE):
        raise ConfigValueError(
            f"log-directory is {folder!r}: must be an absolute path without {_MEANT_OTHERWISE}"
        )
    return folder.rstrip("/")


def line(value: str, key: str) -> str:
    """`value`, a text of the site's own that stays on its line.

    Raises
    ------
    ConfigValueError
        Where it is empty or has a line break.
    """
    if not value.strip() or len(value.splitlines()) > 1 or value.endswith(("\n", "\r")):
        raise ConfigValueError(f"{key} is {value!r}: must be one line")
    return value


def whole(value: Any, key: str) -> int:
    """A number of one or more, also as text.

    Raises
    ------
    ConfigValueError
        Where it is none.
    """
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]*", str(value)):
        raise ConfigValueError(f"{key} is {value!r}: must be a whole number of 1 or more")
    return int(value)


def gpu_directive(request: JobRequest) -> str | None:
    """The site's own text for GPUs; None where none is said or no GPU is asked for.

    Raises
    ------
    ConfigValueError
        As for `line`.
    """
    if not request.gpus or not request.gpu_directive:
        return None
    return line(request.gpu_directive, "gpu-directive")


def gpu_option(request: JobRequest) -> str | None:
    """The same, where it is an option of its own and no part of another.

    Raises
    ------
    ConfigValueError
        As for `line`.
    """
    own = gpu_directive(request)
    return own if own and own.startswith("-") else None


def resource_spec(request: JobRequest, kind: str) -> str | None:
    """The site's own text for resources, None where none is said.

    Parameters
    ----------
    request : JobRequest
    kind : str
        The scheduler's section, for messages.

    Raises
    ------
    ConfigValueError
        As for `line`, and where GPUs are asked for that neither it nor ``gpu-directive`` names.
    """
    if not request.own.get("resource-spec"):
        return None
    spec = line(str(request.own["resource-spec"]), "resource-spec")
    if request.gpus and not request.gpu_directive and "gpu" not in spec.lower():
        raise ConfigValueError(
            f"number-of-gpus is {request.gpus}, but backends.{kind}.resource-spec is {spec!r}: "
            "must ask for the GPUs as well",
            hint=f"add them there, or say backends.{kind}.gpu-directive",
        )
    return spec


def only_says(output: Output, pattern: str) -> bool:
    """Whether a command that failed had no more to say than `pattern`, on each of its lines.

    Programs that are asked about many jobs fail for one of them with the exit code of all.
    """
    lines = [text for text in output.stderr.splitlines() if text.strip()]
    return bool(lines) and all(re.search(pattern, text, re.IGNORECASE) for text in lines)


def inline(script: str, prefix: str) -> tuple[list[str], list[str]]:
    """A script's options, as words of a command line, and its lines that are none.

    For commands that read no directives where the script is not a file of theirs.

    Examples
    --------
    >>> inline("#!/bin/sh\\n\\n#OAR -n name\\n\\necho one\\n", "#OAR")
    (['-n', 'name'], ['#!/bin/sh', '', '', 'echo one'])
    """
    lines = script.splitlines()
    directives = [text[len(prefix) :] for text in lines if text.startswith(f"{prefix} ")]
    rest = [text for text in lines if not text.startswith(f"{prefix} ")]
    return [part for text in directives for part in shlex.split(text)], rest
