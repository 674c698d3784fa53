"""Imitate bqueues, bhosts and lsid."""

from __future__ import annotations

import getopt
from typing import Any

from tests.schedulers.standins.engine import Job
from tests.schedulers.standins.lsf_common import (
    FAILED,
    IBM,
    LIM_IS_DOWN,
    LIM_WORDS,
    VERSIONS,
    Batch,
    RefusedError,
    complain,
    run,
    say,
    status,
)
from tests.schedulers.standins.lsf_long import PARAMETERS

QUEUES = (
    "QUEUE_NAME      PRIO STATUS          MAX JL/U JL/P JL/H NJOBS  PEND   RUN  SUSP \n",
    "QUEUE_NAME     PRIO      STATUS      MAX  JL/U JL/P JL/H NJOBS  PEND  RUN  SUSP\n",
)
HOSTS = (
    "HOST_NAME          STATUS          JL/U    MAX  NJOBS    RUN  SSUSP  USUSP    RSV \n",
    "HOST_NAME          STATUS       JL/U    MAX  NJOBS    RUN  SSUSP  USUSP    RSV \n",
)


def bqueues() -> int:
    """Run bqueues."""
    return run(_bqueues)


def bhosts() -> int:
    """Run bhosts."""
    return run(_bhosts)


def lsid() -> int:
    """Run lsid."""
    return run(_lsid)


def _options(
    command: str, letters: str, arguments: list[str], usage: str
) -> tuple[Batch, dict[str, str], list[str]]:
    batch = Batch()
    try:
        pairs, names = getopt.gnu_getopt(arguments, letters)
    except getopt.GetoptError as error:
        words = f"{command}: invalid option -- '{error.opt}'\nUsage: {command} {usage}"
        raise RefusedError(words) from None
    options = {name[1:]: value for name, value in pairs}
    if "h" in options or ("l" in options and "w" in options):
        raise RefusedError(f"Usage: {command} {usage}")
    return batch, options, names


def _lsid(arguments: list[str]) -> int:
    batch, options, _ = _options("lsid", "hV", arguments, "[-h] [-V]")
    version = VERSIONS[batch.flavour]
    if "V" in options:
        complain(version)
        return 0
    say(f"{version}\n\n")
    try:
        batch.call(LIM_WORDS)
    except RefusedError:
        raise RefusedError(f"ls_getmastername(): {LIM_IS_DOWN}") from None
    say(f"My cluster name is {batch.cluster.settings['cluster_name']}\n")
    say(f"My master name is {batch.host}\n")
    return 0


def _counts(jobs: list[Job]) -> list[int]:
    """Return the slots of active jobs: all, pending, running, suspended."""
    slots = dict.fromkeys(("PEND", "RUN", "USUSP", "PSUSP"), 0)
    for job in jobs:
        state = status(job)
        if state in slots:
            slots[state] += job["extra"]["slots"]
    suspended = slots["USUSP"] + slots["PSUSP"]
    return [sum(slots.values()), slots["PEND"], slots["RUN"], suspended]


def _bqueues(arguments: list[str]) -> int:
    usage = "[-h] [-V] [-w | -l] [-m host_name] [-u user_name] [queue_name ...]"
    batch, options, names = _options("bqueues", "Vhlwm:u:", arguments, usage)
    if "V" in options:
        complain(VERSIONS[batch.flavour])
        return 0
    queues = batch.call().settings["queues"]
    shown = []
    for name in names or queues:
        if name not in queues:
            complain(f"{name}: No such queue")
            return FAILED
        shown.append((name, queues[name], [job for job in batch.jobs() if job["queue"] == name]))
    if "l" in options:
        line = "-" * 79 + "\n\n"
        say("\n" + line.join(_long_queue(batch, *one) for one in shown))
        return 0
    say(QUEUES[batch.flavour != IBM])
    for name, queue, jobs in shown:
        label = name if "w" in options else name[:15]
        text = f"{label:<15} {queue.get('priority', 30):2d}  {_queue_state(queue, ''):<15}"
        counts = "".join(f" {number:5d}" for number in _counts(jobs))
        say(f"{text}    -    -    -    -{counts} \n")
    return 0


def _queue_state(queue: dict[str, Any], how: str) -> str:
    opened = "Open" if queue.get("open", True) else "Closed"
    active = "Active" if queue.get("started", True) else how or "Inactive"
    return f"{opened}:{active}".center(15)


def _long_queue(batch: Batch, name: str, queue: dict[str, Any], jobs: list[Job]) -> str:
    settings = batch.cluster.settings
    default = name == settings["default_queue"]
    njobs, pending, running, suspended = _counts(jobs)
    text = f"QUEUE: {name}\n  -- {queue.get('description', 'No description provided.')}"
    text += "  This is the default queue.\n\n" if default else "\n\n"
    text += "PARAMETERS/STATISTICS\n"
    text += "PRIO NICE STATUS          MAX JL/U JL/P JL/H NJOBS  PEND   RUN SSUSP USUSP  RSV\n"
    text += (
        f"{queue.get('priority', 30):4d}   0 {_queue_state(queue, 'Inact_Adm')}   -    -    -    -"
    )
    text += f" {njobs:5d} {pending:5d} {running:5d}     0 {suspended:5d}    0\n"
    text += _queue_limits(batch.flavour, queue)
    text += PARAMETERS.replace(" SCHEDULING PARAMETERS:", "SCHEDULING PARAMETERS")
    if queue.get("exclusive"):
        text += "\nSCHEDULING POLICIES:  EXCLUSIVE\n"
    system = "LSF" if batch.flavour == IBM else "OpenLava system"
    text += f"\nUSERS:  {' '.join(queue['users']) if queue.get('users') else 'all users'}\n"
    return text + f"HOSTS:  all hosts used by the {system}\n\n"


def _queue_limits(flavour: str, queue: dict[str, Any]) -> str:
    """Return DEFAULT LIMITS and MAXIMUM LIMITS, if the queue has any."""
    text = ""
    if queue.get("default_runlimit"):
        minutes = queue["default_runlimit"]
        text += (
            f"\nDEFAULT LIMITS:\n RUNLIMIT                \n {minutes:.1f} min\n\nMAXIMUM LIMITS:"
        )
    if queue.get("runlimit"):
        text += f"\n RUNLIMIT                \n {queue['runlimit']:.1f} min\n"
    if queue.get("proclimit"):
        name = "TASKLIMIT" if flavour == IBM else "PROCLIMIT"
        text += f"\n {name}\n {queue['proclimit']}\n"
    if queue.get("memlimit"):
        text += f"\n MEMLIMIT\n {_memory(flavour, queue['memlimit'])}\n"
    return text


def _memory(flavour: str, kilobytes: int) -> str:
    """Return a size in kilobytes (OpenLava) or in the largest unit without a fraction (IBM)."""
    units = list("KMGT" if flavour == IBM else "K")
    while len(units) > 1 and kilobytes % 1024 == 0:
        kilobytes //= 1024
        units.pop(0)
    return f"{kilobytes:6d} {units[0]}"


def _bhosts(arguments: list[str]) -> int:
    usage = "[-h] [-V] [-w | -l] [-R res_req] [host_name ...]"
    batch, options, names = _options("bhosts", "VhlwR:", arguments, usage)
    if "V" in options:
        complain(VERSIONS[batch.flavour])
        return 0
    settings = batch.call().settings
    for name in names:
        if name != batch.host:
            complain(f"{name}: Bad host name, host group name or cluster name")
            return FAILED
    jobs = batch.jobs()
    total = settings["node"]["cpus"]
    used = batch.cluster.used(jobs)["cpus"]
    wide = "w" in options or "l" in options
    state = ("closed_Full" if wide else "closed") if used >= total else "ok"
    numbers = (total, used, used, 0, 0, 0)
    columns = " ".join(f"{number:6d}" for number in numbers)
    if "l" in options:
        say(f"HOST  {batch.host}\n")
        say(
            "STATUS           CPUF  JL/U    MAX  NJOBS    RUN  SSUSP  USUSP    RSV DISPATCH_WINDOW\n"
        )
        say(f"{state:<14}   1.00     - {columns}      -\n\n")
        return 0
    say(HOSTS[not wide])
    say(f"{batch.host:<18} {state:<{14 if wide else 11}}     - {columns}\n")
    return 0
