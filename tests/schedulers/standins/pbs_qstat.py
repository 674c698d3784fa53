"""Imitate qstat."""

from __future__ import annotations

import re
import sys
from typing import Any

from tests.schedulers.standins.engine import Cluster, Job
from tests.schedulers.standins.pbs_forms import Attributes, as_lines, document, flat
from tests.schedulers.standins.pbs_options import Pairs, last_of, read_options
from tests.schedulers.standins.pbs_server import (
    FORMATS,
    Context,
    SilentError,
    job_number,
    known_job,
    version,
)
from tests.schedulers.standins.pbs_show import (
    counts,
    job_attributes,
    queue_attributes,
    server_attributes,
)
from tests.schedulers.standins.pbs_states import comment, state
from tests.schedulers.standins.pbs_values import RefusedError, as_time

QSTAT = "ainpqrstwxu:fGHJMQEBW:T1F:D:"
QSTAT_USAGE = """\
usage:\x20
qstat [-f] [-J] [-p] [-t] [-x] [-E] [-F format | -w] [-D delim] [ job_identifier... | destination... ]
qstat [-a|-i|-r|-H|-T] [-J] [-t] [-u user] [-n] [-s] [-G|-M] [-1] [-w]
\t[ job_identifier... | destination... ]
qstat -Q [-f] [-F format] [-D delim] [ destination... ]
qstat -q [-G|-M] [ destination... ]
qstat -B [-f] [-F format] [-D delim] [ server_name... ]
qstat --version
"""
#: Options that OpenPBS has and this has not.
NOT_HERE = "EGJMTWnpqt1"
TABLE = "{:17} {:16} {:16}  {:>8} {:1} {:16}\n"
WIDE = "{:30} {:15} {:15}  {:>8} {:1} {:15}\n"
HEADS = {
    TABLE: "Job id            Name             User              Time Use S Queue\n"
    "----------------  ---------------- ----------------  -------- - -----\n",
    WIDE: "Job id                         Name            User             Time Use S Queue\n"
    "-----------------------------  --------------- ---------------  -------- - ---------------\n",
}
LONG_HEAD = f"""
{" " * 60}Req'd  Req'd   Elap
Job ID          Username Queue    Jobname    SessID NDS TSK Memory Time  S Time
--------------- -------- -------- ---------- ------ --- --- ------ ----- - -----
"""
QUEUE_HEAD = (
    "Queue              Max   Tot Ena Str   Que   Run   Hld   Wat   Trn   Ext Type\n"
    "---------------- ----- ----- --- --- ----- ----- ----- ----- ----- ----- ----\n"
)
SERVER_HEAD = (
    "Server             Max   Tot   Que   Run   Hld   Wat   Trn   Ext Status\n"
    "---------------- ----- ----- ----- ----- ----- ----- ----- ----- -----------\n"
)
COLUMNS = ("Queued", "Running", "Held", "Waiting", "Transit", "Exiting")


class Qstat:
    """A call of qstat."""

    def __init__(self, options: Pairs, context: Context) -> None:
        letters = {letter for letter, _ in options}
        self.context = context
        self.full = "f" in letters
        self.wide = "w" in letters
        self.history = bool(letters & set("xH"))
        self.states = {"i": "EHQTW", "r": "RS", "H": "MFX"}
        self.wanted = next((self.states[name] for name in "irH" if name in letters), None)
        self.users = last_of(options, "u").split(",") if "u" in letters else None
        self.long = bool(letters & set("airHsu")) and not self.full
        self.comments = "s" in letters
        self.form = last_of(options, "F", "default").lower()
        self.delimiter = last_of(options, "D", "|")
        self.objects: dict[str, Any] = {}
        self.code = 0
        self.headed = False

    def run(self, show: Any, key: str, operands: list[str]) -> int:
        """Show each operand, or everything, and return the exit code."""
        for place, operand in enumerate(operands or [""]):
            try:
                show(self.context.connect(), operand, place == 0)
            except SilentError as error:
                silent = f"cannot connect to server {self.context.server} (errno={error.number})"
                sys.stderr.write(f"{error.line}\nqstat: {silent}\n")
                self.code = 255
            except RefusedError as error:
                sys.stderr.write(f"qstat: {error.words}\n")
                self.code = error.code
        if self.form == "json":
            sys.stdout.write(document(self.context.server, key, self.objects))
        return self.code

    # What -f shows, in three forms

    def whole(self, kind: str, name: str, attributes: Attributes) -> None:
        """Show an object with all attributes."""
        if self.form == "json":
            self.objects[name] = attributes
        elif self.form == "dsv":
            parts = [f"{kind}: {name}", *(f"{key}={value}" for key, value in flat(attributes))]
            sys.stdout.write(self.delimiter.join(parts) + "\n")
        else:
            sys.stdout.write(f"{kind}: {name}\n{as_lines(attributes, self.wide)}\n")

    # Jobs

    def jobs(self, cluster: Cluster, operand: str, first: bool) -> None:
        """Return the jobs of an operand: a job id, a queue, or nothing for all."""
        jobs = self._select(cluster, operand)
        if self.full:
            for job in jobs:
                self.whole("Job Id", self._id(cluster, job), job_attributes(cluster, job))
        elif self.long:
            self._long(cluster, jobs, first)
        else:
            form = WIDE if self.wide else TABLE
            if first and jobs:
                sys.stdout.write(HEADS[form])
            for job in jobs:
                sys.stdout.write(form.format(*self._row(cluster, job)))

    def _select(self, cluster: Cluster, operand: str) -> list[Job]:
        history = cluster.settings["server"]["history"]
        if self.history and not history:
            sys.stderr.write("qstat: PBS is not configured to maintain job history \n")
            return []
        if operand.strip()[:1].isdigit():
            return [self._one(cluster, job_number(operand, self.context.server))]
        queue = operand.strip().partition("@")[0]
        if queue and queue not in cluster.settings["queues"]:
            raise RefusedError(15018, f"Unknown queue destination {queue}")
        return [
            job
            for job in cluster.jobs()
            if (not queue or job["queue"] == queue)
            and (self.history or job["state"] != "finished")
            and (self.wanted is None or state(job) in self.wanted)
            and (self.users is None or job["extra"]["owner"].partition("@")[0] in self.users)
        ]

    def _one(self, cluster: Cluster, number: int) -> Job:
        job = known_job(cluster, number)
        name = f"{number}.{cluster.settings['host']}"
        if job is None:
            raise RefusedError(15001, f"Unknown Job Id {name}")
        if job["state"] == "finished" and not self.history:
            how = "use -x or -H to obtain historical job information"
            raise RefusedError(15139, f"{name} Job has finished, {how}")
        return job

    def _id(self, cluster: Cluster, job: Job) -> str:
        return f"{job['number']}.{cluster.settings['host']}"

    def _row(self, cluster: Cluster, job: Job) -> tuple[str, ...]:
        name_width, user_width = (15, 15) if self.wide else (16, 16)
        name, owner = job["name"], job["extra"]["owner"].partition("@")[0]
        return (
            self._id(cluster, job),
            name if len(name) < name_width else name[: name_width - 1] + "*",
            _short(owner, user_width),
            "00:00:00" if job["started"] is not None else "0",
            state(job),
            _short(job["queue"], 16),
        )

    def _long(self, cluster: Cluster, jobs: list[Job], first: bool) -> None:
        if first and jobs:
            sys.stdout.write(f"\n{cluster.settings['host']}: {LONG_HEAD}")
        for job in jobs:
            sys.stdout.write(_long_row(self._id(cluster, job), job))
            if self.comments:
                words = comment(job) or " -- "
                short = words if len(words) <= 74 else words[:70] + "..."
                sys.stdout.write(f"   {short}\n")

    # Queues and server

    def queues(self, cluster: Cluster, operand: str, first: bool) -> None:
        """Return one queue or all."""
        names = [operand.partition("@")[0]] if operand else list(cluster.settings["queues"])
        for name in names:
            if name not in cluster.settings["queues"]:
                raise RefusedError(15018, f"Unknown queue {name}")
            attributes = queue_attributes(cluster, name)
            if self.full:
                self.whole("Queue", name, attributes)
                continue
            if first and not self.headed:
                sys.stdout.write(QUEUE_HEAD)
                self.headed = True
            jobs = [job for job in cluster.jobs() if job["queue"] == name]
            number = counts([job for job in jobs if job["state"] != "finished"])
            flags = ["yes" if attributes[key] == "True" else "no" for key in ("enabled", "started")]
            sys.stdout.write(
                f"{_short(name, 16):16} {0:5} {attributes['total_jobs']:>5} {flags[0]:>3} {flags[1]:>3}"
                f" {_columns(number)} Exe*\n"
            )

    def server(self, cluster: Cluster, operand: str, first: bool) -> None:
        """Return the server."""
        name = cluster.settings["host"]
        attributes = server_attributes(cluster)
        if self.full:
            self.whole("Server", name, attributes)
            return
        if first:
            sys.stdout.write(SERVER_HEAD)
        columns = _columns(counts(cluster.jobs()))
        total = attributes["total_jobs"]
        sys.stdout.write(f"{_short(name, 16):16} {0:5} {total:>5} {columns} Active    \n")


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "*"


def _columns(number: dict[str, int]) -> str:
    return " ".join(f"{number[kind]:5}" for kind in COLUMNS)


def _long_row(name: str, job: Job) -> str:
    resources = job["extra"]["resources"]
    blank = " -- "
    memory = re.fullmatch(r"(\d+)(\D+)", resources.get("mem", ""))
    elapsed = (job["ended"] or 0) - (job["started"] or 0) if job["started"] else None
    columns = (
        _short(name, 15),
        _short(job["extra"]["owner"].partition("@")[0], 8),
        _short(job["queue"], 8),
        _short(job["name"], 10),
        str(job["pid"]) if job["pid"] else blank,
        resources["nodect"],
        resources.get("ncpus", blank),
        memory[0] if memory else blank,
        resources.get("walltime", blank)[:5],
        state(job),
        blank if elapsed is None else as_time(max(elapsed, 0))[:5],
    )
    widths = ("<15", "<8", "<8", "<10", ">6", ">3", ">3", ">6", ">5", "1", ">5")
    return " ".join(map(format, columns, widths)) + "\n"


def qstat(words: list[str], context: Context, environ: dict[str, str]) -> int:
    """Run the command and return its exit code."""
    if version(words):
        return 0
    options, operands, errors = read_options("qstat", QSTAT, words)
    letters = {letter for letter, _ in options}
    form = last_of(options, "F", "default").lower()
    conflicts = (
        (form != "default" and "f" not in letters)
        or {"B", "Q"} <= letters
        or len(letters & set("airqH")) > 1
        or (bool(letters & {"B", "Q"}) and bool(letters & set("airHsnuGM")))
    )
    if conflicts and form in FORMATS:
        sys.stderr.write("qstat: conflicting options.\n")
    if "w" in letters and form != "default":
        sys.stderr.write("qstat: option w cannot be used with -F\n")
        errors += 1
    if errors or conflicts or form not in FORMATS:
        sys.stderr.write(QSTAT_USAGE)
        return 2
    if missing := letters & set(NOT_HERE):
        sys.stderr.write(f"qstat: this stand-in for OpenPBS cannot do -{min(missing)}\n")
        return 199
    operands = [operand for operand in operands if operand != "--"]
    call = Qstat(options, context)
    if "B" in letters:
        return call.run(call.server, "Server", operands)
    if "Q" in letters:
        return call.run(call.queues, "Queue", operands)
    return call.run(call.jobs, "Jobs", operands)
