"""Check the options of bsub before any daemon is contacted."""

from __future__ import annotations

import os
import re
import time
from typing import Any

from tests.schedulers.standins.lsf_common import IBM, Batch, RefusedError
from tests.schedulers.standins.lsf_options import Options, last
from tests.schedulers.standins.lsf_resources import Requirement, gpus, memory_limit

#: Variables that LSF sets itself, or that belong to the terminal: they are not copied into a job.
NOT_COPIED = (
    "LSB_JOBID LSB_HOSTS LSB_QUEUE LSB_JOBNAME LSB_TRAPSIGS LSB_JOBFILENAME LSB_RESTART"
    " LSB_EXIT_PRE_ABORT LSB_EXIT_REQUEUE LS_JOBPID LSB_INTERACTIVE LSB_ACCT_MAP LSB_JOB_STARTER"
    " LSB_EVENT_ATTRIB OPENLAVA_VERSION PWD USER TERMCAP TERM OLDPWD _"
)
BARE_PATH = "/bin:/usr/bin:/sbin:/usr/sbin"
#: Options of real ones that change what a job is; leaving them out would run something else.
LACKING = ("pack", "json", "yaml", "jsdl", "jsdl_strict", "clusters", "csm", "data", "XF")
POSITIVE = {"F": "FILELIMIT", "D": "DATALIMIT", "S": "STACKLIMIT", "C": "CORELIMIT"}
Request = dict[str, Any]


def check(options: Options, batch: Batch) -> Request:
    """Check values, with LSF's message if one is rejected.

    Parameters
    ----------
    options : dict
        From the command line and the script, merged.
    batch : Batch
        For the flavour and the settings; its daemons are not asked.

    Returns
    -------
    dict
        slots, gpus, memory (bytes that are reserved), least_memory (bytes), memory_limit (KB),
        minutes (of walltime), begin (seconds since the epoch), requirement, and the texts of options.

    Raises
    ------
    RefusedError
        A value that bsub itself refuses.
    """
    flavour = batch.flavour
    for name in LACKING:
        if name in options:
            raise RefusedError(f"bsub: this stand-in lacks -{name}")
    if "K" in options and {"I", "Ip", "Is"} & options.keys():
        raise RefusedError("bsub: -I and -K are exclusive")
    for name, limit in POSITIVE.items():
        text = last(options, name)
        if text is not None and not re.fullmatch(r" *\+?[1-9]\d*", text):
            raise RefusedError(f"{text}: {limit} value should be a positive integer")
    if "[" in (last(options, "J") or ""):
        raise RefusedError("bsub: this stand-in lacks job arrays")
    slots = _slots(last(options, "n"), flavour)
    unit = batch.conf.get("LSF_UNIT_FOR_LIMITS", "K")[0].upper()
    limit_text, gpu_text = last(options, "M"), last(options, "gpu")
    return {
        "slots": slots,
        **_resources(options, batch),
        "gpus": gpus(gpu_text, slots) if gpu_text is not None else 0,
        "memory_limit": None if limit_text is None else memory_limit(limit_text, flavour, unit),
        "minutes": minutes(last(options, "W"), "RUNLIMIT", batch.host),
        "cpu_limit": minutes(last(options, "c"), "CPULIMIT", batch.host),
        "begin": begin_time(last(options, "b")),
        "environment": environment(last(options, "env"), os.environ),
    }


def _resources(options: Options, batch: Batch) -> Request:
    texts = options.get("R", [])
    unit = batch.conf.get("LSF_UNIT_FOR_LIMITS", "M")[0].upper() if batch.flavour == IBM else "M"
    names = set(batch.cluster.settings["resources"])
    parsed = [Requirement(text, batch.flavour, unit, names) for text in texts]
    return {
        "requirement": " ".join(texts),
        "memory": max((one.memory for one in parsed if one.memory is not None), default=None),
        "least_memory": max((one.least_memory for one in parsed), default=0),
        "rusage_gpus": max((one.gpus for one in parsed), default=0),
    }


def _slots(text: str | None, flavour: str) -> int:
    if text is None:
        return 1
    least, comma, most = text.partition(",")
    if flavour == IBM and not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)?", text):
        raise RefusedError("Bad argument for option -n")
    numbers = [_leading_number(part) for part in ((least, most) if comma else (least,))]
    if min(numbers) <= 0:
        raise RefusedError("The number of processors must be a positive integer")
    if numbers[0] > numbers[-1]:
        raise RefusedError("Bad argument for option -n")
    return numbers[0]


def _leading_number(text: str) -> int:
    match = re.match(r"\s*([+-]?\d+)", text)
    return int(match[1]) if match else 0


def minutes(text: str | None, limit: str, host: str) -> int | None:
    """Return the minutes of -W or -c: ``[hours:]minutes[/host]``."""
    if text is None:
        return None
    value, slash, spec = text.partition("/")
    parts = value.split(":", 1)
    if not all(re.fullmatch(r"\s*\+?\d+", part) for part in parts):
        raise RefusedError(f"{text}: Bad {limit} specification")
    if slash and spec != host:
        raise RefusedError(f"{spec}: Bad host specification")
    hours_and_minutes = [int(part) for part in parts]
    return hours_and_minutes[-1] + 60 * (hours_and_minutes[0] if len(parts) == 2 else 0)


def begin_time(text: str | None) -> float | None:
    """Return the next time of -b ``[[month:]day:]hour:minute``, in seconds since the epoch."""
    if text is None:
        return None
    parts = text.split(":")
    if not 2 <= len(parts) <= 4 or not all(part.isdigit() for part in parts):
        raise RefusedError(f"{text}: Bad time specification")
    minute, hour, day, month, *_ = [*map(int, reversed(parts)), None, None]
    now = time.localtime()
    wanted = (now.tm_year, month or now.tm_mon, day or now.tm_mday, hour, minute, 0, 0, 0, -1)
    try:
        seconds = time.mktime(wanted)
    except (OverflowError, ValueError):
        raise RefusedError(f"{text}: Bad time specification") from None
    return seconds if seconds >= time.time() or len(parts) > 2 else seconds + 86400


def environment(text: str | None, mine: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """Return the variables that a job inherits: all, or those that -env selects."""
    copied = {name: value for name, value in mine.items() if name not in NOT_COPIED.split()}
    home = {name: mine[name] for name in ("HOME",) if name in mine}
    if text is None:
        return copied
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words[:1] == ["none"]:
        return {"PATH": BARE_PATH, **home}
    chosen = copied if words[:1] == ["all"] else {"PATH": BARE_PATH, **home}
    for word in words[1:] if words[:1] == ["all"] else words:
        name, equals, value = word.lstrip("~").partition("=")
        if word.startswith("~"):
            chosen.pop(name, None)
        elif equals:
            chosen[name] = value
        elif name in mine:
            chosen[name] = mine[name]
    return chosen
