"""Fields of `bjobs -o`, which only IBM's LSF has."""

from __future__ import annotations

import time

from tests.schedulers.standins.engine import Job
from tests.schedulers.standins.lsf_common import (
    Batch,
    exit_code,
    exit_reason,
    pending_line,
    short_time,
    status,
)

_NAMES = (
    "jobid jobindex stat user user_group queue job_name job_description proj_name from_host"
    " exec_host nexec_host first_host submit_time start_time finish_time run_time runtimelimit"
    " time_left exit_code exit_reason pend_reason kill_reason suspend_reason command output_file"
    " error_file sub_cwd exec_cwd memlimit nreq_slot nalloc_slot gpu_num gpu_alloc pids"
    " combined_resreq effective_resreq"
)
_ALIASES = {
    "id": "jobid",
    "name": "job_name",
    "proj": "proj_name",
    "cmd": "command",
    "rtlimit": "runtimelimit",
    "exit": "exit_code",
    "ugroup": "user_group",
    "description": "job_description",
}
#: Accepted names, in small letters, and the heading of each.
FIELDS = {name: name.upper() for name in _NAMES.split()}
FIELDS.update({alias: name.upper() for alias, name in _ALIASES.items()})
_WIDTHS = {"jobid": 7, "stat": 5, "user": 7, "pend_reason": 11, "command": 15, "exit_reason": 50}


def column(text: str, width: str, name: str) -> str:
    """Return a cell of the table.

    Parameters
    ----------
    text : str
        What it says.
    width : str
        ``-``: unlimited; ``N``: to the left, ``-N``: to the right, in N characters; empty: the
        field's own width.
    name : str
        The field.
    """
    if width == "-":
        return text
    number = abs(int(width)) if width else _WIDTHS.get(_ALIASES.get(name, name), 10)
    if len(text) > number:
        is_name = _ALIASES.get(name, name) == "job_name"
        text = "*" + text[-(number - 1) :] if is_name else text[:number]
    return text.rjust(number) if width.startswith("-") else text.ljust(number)


def field(batch: Batch, job: Job, name: str) -> str:
    """Return the value of a field for a job, empty if it has none."""
    name = _ALIASES.get(name, name)
    state, extra = status(job), job["extra"]
    text = _TEXTS.get(name)
    if text is not None:
        return str(job.get(text, extra.get(text)) or "")
    if name in ("exec_host", "first_host", "nexec_host", "nalloc_slot", "exec_cwd", "pids"):
        return _placed(batch, job, name) if job["started"] else ""
    if name in ("exit_code", "exit_reason"):
        if state != "EXIT":
            return ""
        return str(exit_code(job) or "") if name == "exit_code" else exit_reason(job)
    if name == "pend_reason":
        return pending_line(job).strip() if state in ("PEND", "PSUSP") else ""
    values = {
        "stat": state,
        "jobindex": "0",
        "from_host": batch.host,
        "nreq_slot": str(extra["slots"]),
        "gpu_num": str(job["gpus"]) if job["gpus"] else "",
        "gpu_alloc": ",".join(map(str, job["gpu_devices"])),
        "memlimit": f"{extra['memory_limit']} K" if extra["memory_limit"] else "",
    }
    return values[name] if name in values else _time(batch, job, name)


_TEXTS = {
    "jobid": "number",
    "user": "user",
    "queue": "queue",
    "job_name": "name",
    "job_description": "description",
    "proj_name": "project",
    "command": "command",
    "output_file": "out",
    "error_file": "err",
    "sub_cwd": "folder",
    "combined_resreq": "requirement",
    "effective_resreq": "requirement",
    "user_group": "user_group",
    "kill_reason": "kill_reason",
    "suspend_reason": "suspend_reason",
}


def _placed(batch: Batch, job: Job, name: str) -> str:
    slots = job["extra"]["slots"]
    if name in ("exec_host", "first_host"):
        return f"{slots}*{batch.host}" if slots > 1 and name == "exec_host" else batch.host
    if name == "nexec_host":
        return "1"
    if name == "nalloc_slot":
        return str(slots)
    if name == "pids":
        return str(job["pid"] or "") if job["state"] == "running" else ""
    return str(job["folder"])


def _time(batch: Batch, job: Job, name: str) -> str:
    started, ended, limit = job["started"], job["ended"], job["walltime"]
    if name == "submit_time":
        return short_time(job["submitted"])
    if name == "start_time":
        return short_time(started) if started else ""
    if name == "run_time":
        return f"{int((ended or time.time()) - started) if started else 0} second(s)"
    if name == "runtimelimit":
        return f"{limit / batch.cluster.settings['minute']:.1f}" if limit else ""
    if name == "finish_time":
        if ended:
            return short_time(ended)
        return f"{short_time(started + limit)} L" if started and limit else ""
    if not started or ended or not limit:
        return ""
    left = max(int(started + limit - time.time()), 0)
    return f"{left // 3600}:{left // 60 % 60} L"
