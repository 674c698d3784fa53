"""Record which workers their nannies ended because of their memory."""

from __future__ import annotations

from typing import Any

from dask.utils import format_bytes
from distributed.comm.addressing import get_address_host
from distributed.diagnostics.plugin import SchedulerPlugin

#: The topic of the events that nannies log.
_TOPIC = "worker-restart-memory"


class MemoryCauses(SchedulerPlugin):
    """Keeps what the nannies tell about the workers that they end.

    Parameters
    ----------
    scheduler : distributed.Scheduler
    """

    name = "dask-backend-config-memory-causes"

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        #: Host and process id of each worker -> what it used.
        self._causes: dict[tuple[str, int], str] = {}
        scheduler.add_plugin(self)

    def log_event(self, topic: str, msg: Any) -> None:
        """Record what a nanny tells; usually, its worker is still connected."""
        if topic == _TOPIC:
            state = self._scheduler.workers.get(msg["worker"])
            used = f"it used {format_bytes(msg['rss'])} of memory"
            if state is not None:
                used += f"; its memory limit is {format_bytes(state.memory_limit)}"
            self._causes[get_address_host(msg["worker"]), msg["pid"]] = used

    def cause(self, host: str, process: int) -> str:
        """Return why a worker was ended; empty if not because of its memory."""
        return self._causes.get((host, process), "")
