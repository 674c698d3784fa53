"""Split lines of options into names and values, and read values: what all schedulers share."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .amounts import counted, size_with_unit

#: What a value requests: fields of `JobRequest`, and ``tasks`` (each has the threads),
#: ``memory_per_thread``, ``memory_per_gpu`` and ``memory_reserved``. None: no limit.
Amounts = Mapping[str, Any]
#: Name, value and wording of one option.
Words = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class OptionRule:
    """The names of one option, and how its value is read.

    Attributes
    ----------
    names : tuple of str
        All forms, such as ``-t`` and ``--time``. ``-l walltime`` is a resource in a list.
    read : callable, optional
        Return what a value requests, and raise `ValueError` if it cannot be understood.
    first : bool
        Whether the first of several counts, not the last.
    amount : str
        The only amount that `read` returns, which is known even if a value is not understood.
    """

    names: tuple[str, ...]
    read: Callable[[str], Amounts] | None = None
    first: bool = False
    amount: str = ""


def rule(
    names: str, amount: str = "", read: Callable[[str], Any] = str, first: bool = False
) -> OptionRule:
    """Return a rule for an option with one amount.

    Parameters
    ----------
    names : str
        Separated by ``|``.
    amount : str
        See `Amounts`; empty if the value does not matter.
    read : callable
        Value -> amount.
    first : bool
        See `OptionRule`.
    """
    values = (lambda text: {amount: read(text)}) if amount else None
    return OptionRule(tuple(names.split("|")), values, first, amount)


def split_words(line: str) -> list[str]:
    """Return the words of an option line without quotes, up to a comment.

    Examples
    --------
    >>> split_words("-J 'a b' -t5 # five minutes")
    ['-J', 'a b', '-t5']
    """
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that is not closed
        words = line.split()
    comment = next((at for at, word in enumerate(words) if word.startswith("#")), len(words))
    return words[:comment]


def without_prefix(line: str) -> str | None:
    """Return an option without the prefix of a job script, None if it has none.

    Examples
    --------
    >>> without_prefix("#SBATCH --qos=long"), without_prefix("--qos=long")
    ('--qos=long', None)
    >>> without_prefix("#flux: --exclusive")
    '--exclusive'
    """
    known = r"\s*(?:#\s*(?:SBATCH|PBS|BSUB|OAR|MSUB|SLURM)\b|#\$|#\s*\w+:?\s+(?=-))\s*"
    match = re.match(known, line, re.IGNORECASE)
    return line[match.end() :].rstrip() if match else None


def without_option(spec: str) -> str | None:
    """Return a resource specification without prefix and option, None if it has neither.

    Examples
    --------
    >>> without_option("#PBS -l select=1"), without_option("-l select=1"), without_option("a=1")
    ('select=1', 'select=1', None)
    """
    bare = re.sub(r"^\s*-l\s*", "", without_prefix(spec) or spec)
    return bare if bare != spec else None


def getopt_options(
    line: str, names: Collection[str], flags: str = "", similar: Collection[str] = ()
) -> Iterator[Words]:
    """Yield the options of a line as C's ``getopt_long`` reads them.

    Parameters
    ----------
    line : str
    names : collection of str
        The options that take a value.
    flags : str
        Letters of the options that take none.
    similar : collection of str
        More long options, which make abbreviations ambiguous.

    Examples
    --------
    >>> list(getopt_options("-Ht5 --part a", {"-t", "--partition"}, flags="H"))
    [('-H', '', '-H'), ('-t', '5', '-t5'), ('--partition', 'a', '--part a')]
    """
    words = split_words(line)
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            full = _unabbreviated(name, {*names, *similar})
            if not equals and full in names and words:
                value = words.pop(0)
                word = f"{word} {value}"
            yield full, value, word
        elif word.startswith("-"):
            letters = word[1:]
            while letters[:1] and letters[0] in flags:
                yield f"-{letters[0]}", "", f"-{letters[0]}"
                letters = letters[1:]
            if letters:
                yield _short_option(letters, words, names)


def dashed_options(
    line: str, names: Collection[str], joined: bool = False, values: Mapping[str, int] = {}
) -> Iterator[Words]:
    """Yield the options of a line whose names have one dash and any number of letters.

    Parameters
    ----------
    line : str
    names : collection of str
        The options that take a value.
    joined : bool
        Whether a value may follow its name without a blank.
    values : mapping
        The options that take more than one word.
    """
    words = split_words(line)
    while words:
        word = words.pop(0)
        if not word.startswith("-"):
            continue
        name = word
        if joined:
            name = max((n for n in names if word.startswith(n)), key=len, default=word)
        value = word[len(name) :]
        text = word
        if not value and name in names:
            count = values.get(name, 1)
            value, words = " ".join(words[:count]), words[count:]
            text = f"{word} {value}".strip()
        yield name, value, text


def listed_resources(options: Iterable[Words], name: str = "-l") -> Iterator[Words]:
    """Yield options, each resource in the list of an option ``-l a=1,b=2`` on its own.

    Examples
    --------
    >>> list(listed_resources([("-l", "h_rt=60,fast", "-l h_rt=60,fast")]))
    [('-l h_rt', '60', '-l h_rt=60'), ('-l fast', '', '-l fast')]
    """
    for option in options:
        if option[0] != name or not option[1]:
            yield option
            continue
        for resource in filter(None, re.split(r"[,\s]+", option[1])):
            key, _, value = resource.partition("=")
            yield f"{name} {key}", value, f"{name} {resource}"


def pbs_rules(walltime: Callable[[str], int], first: bool = False) -> tuple[OptionRule, ...]:
    """Return the rules of the options that PBS and its relatives share.

    Parameters
    ----------
    walltime : callable
        Walltime -> seconds.
    first : bool
        See `OptionRule`, for resources.
    """
    return (
        rule("-N", "name"),
        rule("-q", "queue"),
        rule("-A", "account"),
        rule("-l mem", "memory", size_with_unit, first),
        rule("-l walltime", "walltime", walltime, first),
        OptionRule(("-l nodes",), _read_nodes, first),
        *(rule(name) for name in ("-o", "-e", "-j", "-m", "-M", "-P", "-W", "-p", "-S")),
    )


def _read_nodes(text: str) -> Amounts:
    """Return the amounts of the first part of ``1:ppn=4:gpus=1``, in which the worker runs."""
    values = dict(part.partition("=")[::2] for part in text.split("+")[0].split(":"))
    readers: dict[str, tuple[str, Callable[[str], int]]] = {
        "ppn": ("threads", counted),
        "gpus": ("gpus", int),
    }
    return {kind: read(values[name]) for name, (kind, read) in readers.items() if name in values}


def _unabbreviated(name: str, names: Collection[str]) -> str:
    fitting = [known for known in names if known.startswith(name)]
    return fitting[0] if len(fitting) == 1 and name not in names else name


def _short_option(letters: str, words: list[str], names: Collection[str]) -> Words:
    """Return the option of a letter; its value is the rest of the word, else the next word."""
    name, value, text = f"-{letters[0]}", letters[1:], f"-{letters}"
    if not value and words and (name in names or not words[0].startswith("-")):
        value = words.pop(0)
        text = f"{text} {value}"
    return name, value, text
