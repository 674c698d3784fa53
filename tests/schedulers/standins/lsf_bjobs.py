"""Imitate bjobs."""

from __future__ import annotations

import getopt
import json
import re

from tests.schedulers.standins.engine import Job
from tests.schedulers.standins.lsf_common import (
    FAILED,
    IBM,
    VERSIONS,
    Batch,
    RefusedError,
    complain,
    pending_line,
    run,
    say,
    short_time,
    status,
)
from tests.schedulers.standins.lsf_fields import FIELDS, column, field
from tests.schedulers.standins.lsf_long import long_format

#: Options of one letter, then words that only IBM's has, and whether a value follows them.
LETTERS = "VladpsrwWAhXJ:q:u:m:N:P:g:"
WORDS = {"-noheader": 0, "-UF": 0, "-json": 0, "-o": 1}
HEADER = "JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME\n"
KINDS = {
    "a": ("", "No job found"),
    "d": ("DONE EXIT", "No DONE/EXIT job found"),
    "p": ("PEND PSUSP", "No pending job found"),
    "s": ("PSUSP USUSP SSUSP", "No suspended job found"),
    "r": ("RUN", "No running job found"),
}
USAGE = """\
Usage: bjobs [-h] [-V] [-w | -l] [-a] [-d] [-p] [-s] [-r]{ibm}
             [-m host_name] [-q queue_name] [-u user_name | -u all]
             [-P project_name] [-J name_spec] [jobId ...]
"""


class Shown(dict[str, str]):
    """The options of a call of bjobs."""

    numbers: list[int]


def main() -> int:
    """Run bjobs."""
    return run(bjobs)


def bjobs(arguments: list[str]) -> int:
    """Print jobs and return the exit code."""
    batch = Batch()
    options = parse(arguments, batch.flavour)
    if "V" in options:
        complain(VERSIONS[batch.flavour])
        return 0
    batch.call()
    known = {job["number"]: job for job in batch.jobs()}
    if options.numbers:
        jobs = [known[number] for number in options.numbers if number in known]
    else:
        jobs = [job for job in known.values() if _chosen(job, options)]
    missing = [number for number in options.numbers if number not in known]
    if "-json" in options:
        return _print_json(batch, jobs, missing, options)
    _print(batch, jobs, options)
    for number in missing:
        complain(f"Job <{number}> is not found")
    if not jobs and not missing:
        _nothing(batch, options)
    return FAILED if missing or not jobs else 0


def parse(arguments: list[str], flavour: str) -> Shown:
    """Read the options.

    Raises
    ------
    RefusedError
        One that this flavour lacks, or a job's number that is none.
    """
    words = WORDS if flavour == IBM else {}
    shown, rest = Shown(), []
    arguments = list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if argument in words:
            if words[argument] and not arguments:
                raise RefusedError(f"bjobs: option requires an argument -- '{argument[1:]}'")
            shown[argument] = arguments.pop(0) if words[argument] else ""
        else:
            rest.append(argument)
    usage = USAGE.format(
        ibm=' [-UF] [-noheader] [-o "fields" [-json]]' if flavour == IBM else ""
    ).rstrip()
    try:
        pairs, names = getopt.gnu_getopt(rest, LETTERS)
    except getopt.GetoptError as error:
        raise RefusedError(f"bjobs: invalid option -- '{error.opt}'\n{usage}") from None
    shown.update({name[1:]: value for name, value in pairs})
    if "h" in shown or ("l" in shown and "w" in shown) or ("-json" in shown and "-o" not in shown):
        raise RefusedError(usage)
    shown.numbers = job_numbers(names)
    if shown.numbers or 0 in map(_number, names):
        shown.setdefault("u", "all")
    return shown


def _number(name: str) -> int | None:
    return int(name) if name.isdigit() else None


def job_numbers(names: list[str]) -> list[int]:
    """Return the job numbers in a command's arguments; empty if one is 0, which means all.

    Raises
    ------
    RefusedError
        An argument that is no number.
    """
    numbers = []
    for name in names:
        if not re.fullmatch(r"\d+", name):
            raise RefusedError(f"{name}: Illegal job ID.")
        if int(name) == 0:
            return []
        numbers.append(int(name))
    return list(dict.fromkeys(numbers))


def _chosen(job: Job, options: Shown) -> bool:
    kinds = [KINDS[letter][0] for letter in KINDS if letter in options]
    if not kinds:
        kinds = ["PEND PSUSP RUN USUSP SSUSP"]
    user, extra = options.get("u", ""), job["extra"]
    return (
        any(not kind or status(job) in kind.split() for kind in kinds)
        and options.get("q", job["queue"]) == job["queue"]
        and options.get("J", job["name"]) == job["name"]
        and options.get("P", extra["project"]) == extra["project"]
        and user in ("", "all", extra["user"])
    )


def _nothing(batch: Batch, options: Shown) -> None:
    queue = options.get("q")
    if queue is not None and queue not in batch.cluster.settings["queues"]:
        raise RefusedError(f"{queue}: No such queue")
    if "J" in options:
        raise RefusedError(f"Job <{options['J']}> is not found")
    words = [KINDS[letter][1] for letter in KINDS if letter in options]
    where = f" in queue <{queue}>" if queue else ""
    complain((words or ["No unfinished job found"])[0] + where)


# Printing


def _print(batch: Batch, jobs: list[Job], options: Shown) -> None:
    if "-o" in options:
        _print_columns(batch, jobs, options)
    elif "l" in options or "-UF" in options:
        wrapped = "-UF" not in options
        line = "-" * 78 + "\n"
        say(line.join(long_format(batch, job, wrapped=wrapped) for job in jobs))
    elif jobs:
        if "-noheader" not in options:
            say(HEADER)
        for job in jobs:
            say(
                _wide(job, batch.host)
                if "w" in options or "W" in options
                else _row(job, batch.host)
            )
            if "p" in options and status(job) in ("PEND", "PSUSP"):
                say(pending_line(job))


def _cells(job: Job, host: str) -> list[str]:
    extra, state = job["extra"], status(job)
    where = "" if state in ("PEND", "PSUSP") else host if job["started"] else "   -   "
    when = short_time(job["submitted"])
    return [str(job["number"]), extra["user"], state, job["queue"], host, where, job["name"], when]


def _row(job: Job, host: str) -> str:
    cells = _cells(job, host)
    if len(cells[6]) > 10:
        cells[6] = "*" + cells[6][-9:]
    widths = (7, 7, 5, 10, 11, 11, 10, 14)
    text = [cell[:width].ljust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
    first = f"{cells[0]:<7} " + " ".join(text[:-1]) + " " + text[-1] + "\n"
    slots = job["extra"]["slots"] if cells[5].strip() not in ("", "-") else 1
    return first + f"{'':45}{host}\n" * (slots - 1)


def _wide(job: Job, host: str) -> str:
    cells = _cells(job, host)
    if status(job) in ("PEND", "PSUSP"):
        cells[5] = "   -    "
    elif job["started"]:
        cells[5] = ":".join([host] * job["extra"]["slots"])
    widths = (7, 7, 5, 10, 11, 11, 10, 0)
    return " ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + "\n"


def _wanted(options: Shown) -> tuple[list[tuple[str, str]], str]:
    """Return the fields of -o with their widths, and the delimiter."""
    text = options["-o"]
    match = re.search(r"""\bdelimiter=(['"]?)(.)\1""", text)
    if match:
        text = text.replace(match.group(), "")
    fields = []
    for word in text.split():
        name, _, width = word.partition(":")
        name = name.lower()
        if name not in FIELDS:
            raise RefusedError(f"{word}: Unrecognized field name in the -o option")
        fields.append((name, width if ":" in word else "-"))
    return fields, match[2] if match else " "


def _print_columns(batch: Batch, jobs: list[Job], options: Shown) -> None:
    fields, delimiter = _wanted(options)
    padded = delimiter == " "
    if jobs and "-noheader" not in options:
        heads = (column(FIELDS[name], width if padded else "-", name) for name, width in fields)
        say(delimiter.join(heads).rstrip(" ") + "\n")
    for job in jobs:
        cells = (
            column(field(batch, job, name) or "-", width if padded else "-", name)
            for name, width in fields
        )
        say(delimiter.join(cells) + "\n")


def _print_json(batch: Batch, jobs: list[Job], missing: list[int], options: Shown) -> int:
    """Print jobs as JSON; unknown jobs are records, not an error."""
    fields, _ = _wanted(options)
    records = [{FIELDS[name]: field(batch, job, name) for name, _ in fields} for job in jobs]
    records += [
        {"JOBID": str(number), "ERROR": f"Job <{number}> is not found"} for number in missing
    ]
    shown = {"COMMAND": "bjobs", "JOBS": len(records), "RECORDS": records}
    say(json.dumps(shown, indent=2, separators=(",", ":")) + "\n")
    return 0
