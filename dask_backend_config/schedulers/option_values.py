"""Check values before they become options of a job script."""

from __future__ import annotations

import re
import shlex
from typing import Any

from ..core import units
from ..core.errors import OptionError
from .data_types import JobRequest
from .option_words import without_option, without_prefix

#: In a path, schedulers read these characters as a placeholder, a variable, a host or a list.
_SPECIAL_IN_PATHS = "%:$^,"


def one_word(value: str, key: str) -> str:
    """Return `value` if the scheduler reads it as one word.

    Raises
    ------
    OptionError
        If it contains white space, a quote or another character that would split it.
    """
    if value != shlex.quote(value) and not re.fullmatch(r"[^\s'\"\\`;|&<>(){}#!?*]+", value):
        raise OptionError.of(key, value, "must be one word, without blanks and quotes")
    return value


def one_line(value: str, key: str) -> str:
    """Return `value` if it is one line.

    Raises
    ------
    OptionError
        If it is empty or contains a line break.
    """
    if not value.strip() or len(value.splitlines()) > 1 or value.endswith(("\n", "\r")):
        raise OptionError.of(key, value, "must be one line")
    return value


def bare_value(value: str, key: str, bare: str | None) -> str:
    """Return `value` if it is one line, and `bare`, which is it without a prefix, is None.

    Raises
    ------
    ConfigValueError
        If it is not.
    """
    if bare:
        raise OptionError.of(key, value, f"must be without its prefix: write {bare!r}")
    return one_line(value, key)


def positive_integer(value: Any, key: str) -> int:
    """Return a number of one or more, which may be a string.

    Raises
    ------
    OptionError
        If it is not.
    """
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]*", str(value)):
        raise OptionError.of(key, value, "must be an integer of 1 or more")
    return int(value)


def size_in_bytes(value: Any, key: str) -> int:
    """Return the bytes of an amount such as ``2 GiB``.

    Raises
    ------
    OptionError
        If it is not an amount.
    """
    try:
        return units.memory(value)
    except ValueError:
        wrong = f"must be an amount of memory: {units.MEMORY_FORMS}"
        raise OptionError.of(key, value, wrong) from None


def job_name(request: JobRequest) -> str:
    """Return the job's name, which is also part of the names of its log files.

    Raises
    ------
    OptionError
        If it contains more than letters, digits and ``. _ + -``: some scheduler would read it as an
        array of jobs, a path or a pattern.
    """
    if not re.fullmatch(r"\w[\w.+-]*", request.name):
        wrong = "must be letters, digits and . _ + -, beginning with a letter or digit"
        raise OptionError.of("job-name", request.name, wrong)
    return request.name


def log_folder(request: JobRequest) -> str | None:
    """Return the folder for the job's output without a final slash, None if it isn't set.

    Raises
    ------
    OptionError
        If it is not absolute, or a scheduler would read one of its characters as a placeholder.
    """
    if not request.log_directory:
        return None
    folder = one_word(request.log_directory, "log-directory")
    if not folder.startswith("/") or any(character in folder for character in _SPECIAL_IN_PATHS):
        wrong = f"must be an absolute path without {_SPECIAL_IN_PATHS}"
        raise OptionError.of("log-directory", folder, wrong)
    return folder.rstrip("/")


def gpu_directive(request: JobRequest) -> str | None:
    """Return the site's directive for GPUs; None if it isn't set or no GPU is requested.

    Raises
    ------
    OptionError
        As `one_line`.
    """
    if not request.gpus or not request.gpu_directive:
        return None
    directive = request.gpu_directive
    return bare_value(directive, "gpu-directive", without_prefix(directive))


def gpu_option(request: JobRequest) -> str | None:
    """Return the site's directive for GPUs if it is an option, not a part of another option.

    Raises
    ------
    OptionError
        As `one_line`.
    """
    directive = gpu_directive(request)
    return directive if directive and directive.startswith("-") else None


def resource_spec(request: JobRequest, kind: str) -> str | None:
    """Return the value of ``resource-spec``, None if it isn't set.

    Parameters
    ----------
    request : JobRequest
        The job.
    kind : str
        The scheduler's section, for messages.

    Raises
    ------
    OptionError
        As `one_line`; or if GPUs are requested, but neither it nor ``gpu-directive`` names them.
    """
    if not (spec := request.scheduler_specific.get("resource-spec")):
        return None
    spec = bare_value(str(spec), "resource-spec", without_option(str(spec)))
    if request.gpus and not request.gpu_directive and "gpu" not in spec.lower():
        raise OptionError.of(
            "number-of-gpus",
            request.gpus,
            f"backends.{kind}.resource-spec is {spec!r}, which must request the GPUs, too",
            hint=f"Add the GPUs to resource-spec, or set backends.{kind}.gpu-directive",
        )
    return spec


def separate_directives(script: str, prefix: str) -> tuple[list[str], list[str]]:
    """Return the options in a script as words of a command line, and its other lines.

    For commands that read directives only from files of their own.

    Examples
    --------
    >>> separate_directives("#!/bin/sh\\n\\n#OAR -n name\\n\\necho one\\n", "#OAR")
    (['-n', 'name'], ['#!/bin/sh', '', '', 'echo one'])
    """
    lines = script.splitlines()
    directives = [line[len(prefix) :] for line in lines if line.startswith(f"{prefix} ")]
    others = [line for line in lines if not line.startswith(f"{prefix} ")]
    return [word for line in directives for word in shlex.split(line)], others
