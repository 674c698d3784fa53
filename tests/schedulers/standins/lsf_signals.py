"""Imitate bkill, bstop and bresume."""

from __future__ import annotations

import getopt
import signal

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.lsf_bjobs import job_numbers
from tests.schedulers.standins.lsf_common import (
    FAILED,
    VERSIONS,
    Batch,
    RefusedError,
    complain,
    run,
    say,
)
from tests.schedulers.standins.processes import family, send

DONE = {"bkill": "terminated", "bstop": "stopped", "bresume": "resumed"}
USAGE = """\
Usage: {0} [-h] [-V] [-r] [-s signal_value | signal_name] [-m host_name] [-q queue_name]
             [-u user_name | -u all] [-J job_name] [0 | jobId ...]
"""


def bkill() -> int:
    """Run bkill."""
    return run(lambda arguments: _signal("bkill", arguments))


def bstop() -> int:
    """Run bstop."""
    return run(lambda arguments: _signal("bstop", arguments))


def bresume() -> int:
    """Run bresume."""
    return run(lambda arguments: _signal("bresume", arguments))


def _signal(command: str, arguments: list[str]) -> int:
    batch = Batch()
    usage = USAGE.format(command).rstrip()
    try:
        pairs, names = getopt.gnu_getopt(arguments, "hVrs:m:q:u:J:g:")
    except getopt.GetoptError as error:
        raise RefusedError(f"{command}: invalid option -- '{error.opt}'\n{usage}") from None
    options = {name[1:]: value for name, value in pairs}
    if "V" in options:
        complain(VERSIONS[batch.flavour])
        return 0
    if "h" in options:
        raise RefusedError(usage)
    if not names and not {"q", "J", "u", "m", "g"} & options.keys():
        raise RefusedError(
            f"Job ID or one of '-m', '-u' '-q' -'g' and '-J' must be specified{usage}"
        )
    number = _signal_number(options.get("s"))
    numbers = job_numbers(names)
    cluster = batch.call()
    numbers = numbers or _matching(batch, options)
    failed = [one for one in numbers if not _one(batch, cluster, command, one, number)]
    return FAILED if failed else 0


def _signal_number(text: str | None) -> signal.Signals | None:
    if text is None:
        return None
    names = {name.name: name for name in signal.Signals}
    try:
        found = names.get(f"SIG{text.upper().removeprefix('SIG')}")
        return found or signal.Signals(int(text))
    except ValueError:
        raise RefusedError(f"{text}: Illegal signal value") from None


def _matching(batch: Batch, options: dict[str, str]) -> list[int]:
    jobs = [
        job
        for job in batch.jobs()
        if job["state"] not in ("finished", "exiting")
        and options.get("q", job["queue"]) == job["queue"]
        and options.get("J", job["name"]) == job["name"]
        and options.get("u", "all") in ("all", job["extra"]["user"])
    ]
    if jobs:
        return [job["number"] for job in jobs]
    if "J" in options:
        raise RefusedError(f"Job <{options['J']}> is not found")
    raise RefusedError("No unfinished job found")


def _one(
    batch: Batch, cluster: Cluster, command: str, number: int, sent: signal.Signals | None
) -> bool:
    job = next((job for job in batch.jobs() if job["number"] == number), None)
    if job is None or job["state"] == "finished":
        words = "No matching job found" if job is None else "Job has already finished"
        complain(f"Job <{number}>: {words}")
        return False
    if command == "bstop":
        _set(cluster, job, {"waiting": "held"}, signal.SIGSTOP)
    elif command == "bresume":
        _set(cluster, job, {"held": "waiting"}, signal.SIGCONT)
    elif sent is None or sent == signal.SIGKILL or job["state"] in ("waiting", "held"):
        cluster.cancel(number)
    else:
        send(family(job["pid"]), sent)
    signalled = command == "bkill" and sent is not None and sent != signal.SIGKILL
    say(f"Job <{number}> is being {'signaled' if signalled else DONE[command]}\n")
    return True


def _set(cluster: Cluster, job: Job, states: dict[str, str], number: signal.Signals) -> None:
    """Suspend or resume a job: change the state of a waiting one, signal a running one."""
    with cluster.lock():
        now = cluster.job(job["number"]) or job
        if now["state"] == "running":
            send(family(now["pid"]), number)
            now["extra"]["stopped"] = number == signal.SIGSTOP
        else:
            now["state"] = states.get(now["state"], now["state"])
        cluster.write(now)
    cluster.wake()
