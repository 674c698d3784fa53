"""Find processes with /proc."""

from __future__ import annotations

import contextlib
import os
import signal


def process_start(pid: int) -> int | None:
    """Return the start of a process in ticks since boot, None if it has ended or is a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in (b"Z", b"X") else int(fields[19])


def descendants(pid: int) -> list[int]:
    """Return all descendants of a process."""
    return _below([pid], _by_field(1))


def family(leader: int) -> list[int]:
    """Return the processes of a session and their descendants in other sessions."""
    session = _by_field(3).get(leader, [])
    return list(dict.fromkeys([*session, *_below(session, _by_field(1))])) if session else []


def send(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to the processes that still exist."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _below(pids: list[int], children: dict[int, list[int]]) -> list[int]:
    found: list[int] = []
    while pids:
        pids = [child for pid in pids for child in children.get(pid, [])]
        found += pids
    return found


def _by_field(field: int) -> dict[int, list[int]]:
    """Return running processes by a field of their stat: 1 is the parent, 3 the session."""
    found: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        fields = _stat(int(name))
        if fields is not None and fields[0] not in (b"Z", b"X"):
            found.setdefault(int(fields[field]), []).append(int(name))
    return found


def _stat(pid: int) -> list[bytes] | None:
    """Return the fields of /proc/PID/stat from the state on."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
