"""Read the options of bsub from the command line and from #BSUB lines, as LSF does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.schedulers.standins.lsf_common import IBM, OPENLAVA, RefusedError

#: Names in the order in which LSF compares them; a colon says that a value follows.
_OPENLAVA = (
    "E: T: a: w: f: k: R: m: J: L: u: is: i: o: e: Zs n: q: b: t: sp: s: c: v: p: W: F: D: S: C: M:"
    " O: P: G: Ip Is I r H x N B h V X: K"
)
_IBM = (
    "B H I Ip Is IS ISp ISs IX K N Ne r rn ul x XF Zs ar csm: datachk h hl tty ti V a: alloc_flags:"
    " app: b: C: c: clusters: cn_cu: cn_mem: core_isolation: cwd: D: data: datagrp: E: Ep: e: eo:"
    " env: eptl: ext: extsched: F: f: freq: G: g: gpu: hostfile: i: is: J: Jd: jobaff: jsdl:"
    " jsdl_strict: jsm: json: k: L: ln_mem: ln_slots: Lp: M: m: mig: n: network: nnodes: o: oo:"
    " outdir: P: p: pack: ptl: Q: q: R: rcacct: rnc: S: s: sla: smt: sp: stage: step_cgroup: T: t:"
    " U: u: v: W: We: w: wa: wt: yaml:"
)
TEMPLATES = {
    OPENLAVA: _OPENLAVA.split(),
    IBM: sorted(_IBM.split(), key=lambda name: -len(name.rstrip(":"))),
}
#: Of these the first one counts, not the last.
FIRST_COUNTS = frozenset("nbtcWFDSCMpvT")
USAGE = """\
Usage: bsub [-h] [-V] [-B] [-H] [-I | -Ip | -Is | -K] [-N] [-r] [-x]
            [-b begin_time] [-c cpu_limit] [-e err_file] [-E "pre_exec_command"]{ibm}
            [-i input_file] [-J job_name] [-L login_shell] [-m "host_name ..."]
            [-M mem_limit] [-n min_processors[,max_processors]] [-o out_file]
            [-P project_name] [-q "queue_name ..."] [-R "res_req"] [-u mail_user]
            [-w 'dependency_expression'] [-W [hours:]minutes[/host_name]]
            [command [argument ...]]
"""


def usage(flavour: str) -> str:
    """Return the usage message of bsub."""
    ibm = '\n            [-cwd folder] [-env "none | all | names"] [-gpu "num=N[:...]"]'
    return USAGE.format(ibm=ibm if flavour == IBM else "")


Options = dict[str, list[str]]


def parse(arguments: list[str], flavour: str) -> tuple[Options, list[str]]:
    """Read options up to the first argument that is not an option.

    Parameters
    ----------
    arguments : list of str
        Without the program's name.
    flavour : str
        IBM or OPENLAVA.

    Returns
    -------
    dict, list of str
        Each option's values in order (``[""]`` for a flag), and the arguments that follow.

    Raises
    ------
    RefusedError
        An unknown option, a value that is missing, or one where none belongs.
    """
    found: Options = {}
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        argument = rest.pop(0)
        if argument.startswith("--"):
            break
        text = argument[1:] or "-"
        name, value = _match(text, flavour)
        if value is None:
            if not rest:
                raise RefusedError(f"bsub: option requires an argument -- {text}\n")
            value = rest.pop(0)
        found.setdefault(name, []).append(value)
    return found, rest


def _match(text: str, flavour: str) -> tuple[str, str | None]:
    for entry in TEMPLATES[flavour]:
        name, takes = entry.rstrip(":"), entry.endswith(":")
        if text == name:
            return name, None if takes else ""
        if text.startswith(name):
            if not takes:
                raise RefusedError(f"bsub: option cannot have an argument -- {name}\n")
            return name, text[len(name) :]
    raise RefusedError(f"bsub: illegal option -- {text}\n{usage(flavour)}")


def merge(line: Options, script: Options) -> Options:
    """Merge options; those of the command line override those of the script."""
    return {**script, **line}


def last(options: Options, name: str) -> str | None:
    """Return the effective value of an option, None if it isn't set."""
    values = options.get(name)
    if not values:
        return None
    return values[0] if name in FIRST_COUNTS else values[-1]


def directives(script: str) -> list[str]:
    """Return the arguments of all #BSUB lines in a script as one list."""
    return [word for line in _lines(script) for word in _line_arguments(line)]


def has_command(script: str) -> bool:
    """Return True if a line of the script is neither empty nor a comment."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in script.split("\n"))


def _lines(script: str) -> Iterator[str]:
    """Yield lines; #BSUB lines that end in a backslash are joined with the next one."""
    begun = ""
    for line in script.split("\n"):
        whole = begun + line
        if whole.startswith("#") and "BSUB" in whole and whole.endswith("\\"):
            begun = whole[:-1]
            continue
        begun = ""
        yield whole
    if begun:
        yield begun


def _line_arguments(line: str) -> Iterator[str]:
    match = re.match(r"\s*#\s*BSUB\s*(?=-)", line)
    position = match.end() if match else len(line)
    while True:
        quote = next((sign for sign in line[position:] if sign in "'\""), '"')
        word = re.compile(r"\S+").search(line, position)
        if word is None or word.group().startswith("#"):
            return
        if not word.group().startswith(quote):
            position = word.end()
            yield word.group()
            continue
        close = line.find(quote, word.start() + 1)
        if close < 0:
            return
        following = re.compile(r"\s|$").search(line, close)
        position = following.start() if following else len(line)
        yield " ".join(line[word.start() + 1 : close].split())
