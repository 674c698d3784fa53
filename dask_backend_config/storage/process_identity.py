"""Identify a process that holds a lock or a folder, and tell whether it still runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from .files import random_token

#: Seconds without renewal after which a lock is abandoned if its process cannot be asked: on
#: another host, in another container, or before a reboot.
STALE_AFTER = 30.0
_DEAD_STATES = "ZXx"


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process that holds a lock or a folder.

    Attributes
    ----------
    token : str
        Random characters, different for each lock that a process takes.
    pid : int
        The process id; 0 if unknown.
    start : str
        When the process began, in the system's unit; empty if unknown.
    machine : str
        Boot and process namespace: process ids are comparable only if it is equal.
    host : str
        The name of the host, for messages.
    """

    token: str
    pid: int
    start: str
    machine: str
    host: str

    @classmethod
    def current(cls) -> ProcessIdentity:
        """Return this process with a new token."""
        pid = os.getpid()
        _, start = _process_state(pid) or ("", "")
        return cls(random_token(), pid, start, _machine(), os.uname().nodename)

    @classmethod
    def parse(cls, text: str) -> ProcessIdentity | None:
        """Return the process that `text` describes, None if it is incomplete."""
        fields = text.split(":", 4)
        if len(fields) != 5 or not fields[0].isalnum() or not fields[1].isdecimal():
            return None
        return cls(fields[0], int(fields[1]), *fields[2:])

    @property
    def text(self) -> str:
        """All attributes as one line, for `parse`."""
        return f"{self.token}:{self.pid}:{self.start}:{self.machine}:{self.host}"

    def is_gone(self, age: Callable[[], float]) -> bool:
        """Return whether the process is dead, or cannot be asked and did not renew its lock.

        Parameters
        ----------
        age : callable
            Returns the seconds since the lock was taken or renewed. Called only if needed.
        """
        if self.machine == _machine():
            running = _is_running(self.pid, self.start)
            if running is not None:
                return not running
        return age() > STALE_AFTER


def _machine() -> str:
    """Return what is equal for all processes that see each other's process ids."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
        return f"{boot}.{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return os.uname().nodename


def _is_running(pid: int, start: str) -> bool | None:
    """Return whether a process of this machine runs, None if that is unknown."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it exists and belongs to another user
    state = _process_state(pid)
    if state is None or not start:
        return None
    return state[1] == start and state[0] not in _DEAD_STATES


def _process_state(pid: int) -> tuple[str, str] | None:
    """Return the letter of a process's state and its start time from ``/proc``."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return None
    return fields[0], fields[19]
