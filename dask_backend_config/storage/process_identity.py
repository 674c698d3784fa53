"""Who holds a lock, and whether that process still runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from .fsync import fresh_token

#: Seconds after which a lock that was not renewed counts as left behind, where its owner cannot be
#: asked: on another host, in another container, before a reboot.
STALE_AFTER = 30.0
_DEAD_STATES = "ZXx"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lock.

    Attributes
    ----------
    token : str
        Of this one claim; never used again.
    pid : int
        The process; 0 where the lock does not say.
    start : str
        When the process began, in the system's own unit; empty where the system does not say.
    machine : str
        What must be equal for `pid` to mean the same process: boot and process namespace.
    host : str
        The host's name, for people.
    """

    token: str
    pid: int
    start: str
    machine: str
    host: str

    @classmethod
    def here(cls) -> Owner:
        """This process, with a new token."""
        pid = os.getpid()
        _, start = _process_state(pid) or ("", "")
        return cls(fresh_token(), pid, start, _machine(), os.uname().nodename)

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """What `text` said; None where it is not the whole text of an owner."""
        fields = text.split(":", 4)
        if len(fields) != 5 or not fields[0].isalnum() or not fields[1].isdecimal():
            return None
        return cls(fields[0], int(fields[1]), *fields[2:])

    @property
    def text(self) -> str:
        return f"{self.token}:{self.pid}:{self.start}:{self.machine}:{self.host}"

    def is_gone(self, age: Callable[[], float]) -> bool:
        """Whether the owner is dead, or has been silent for so long that it counts as dead.

        Parameters
        ----------
        age : callable
            Gives the seconds since it took or renewed the lock; called where nothing else tells.
        """
        if self.machine == _machine():
            running = _is_running(self.pid, self.start)
            if running is not None:
                return not running
        return age() > STALE_AFTER


def _machine() -> str:
    """What two processes share that see each other's process numbers."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
        return f"{boot}.{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return os.uname().nodename


def _is_running(pid: int, start: str) -> bool | None:
    """Whether a process of this machine runs; None where the system does not say."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it exists, and is another user's
    state = _process_state(pid)
    if state is None or not start:
        return None
    return state[1] == start and state[0] not in _DEAD_STATES


def _process_state(pid: int) -> tuple[str, str] | None:
    """The state's letter and the start time of a process, from ``/proc``."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return None
    return fields[0], fields[19]
