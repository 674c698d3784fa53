"""Ask the scheduler and all workers and nannies; the source of this runs in the scheduler.

So a client needs one connection, and a process that does not answer does not delay the others. The
source must run with Python 3.8 and later, and with every supported release of distributed.
"""

from __future__ import annotations

import asyncio
import json
import pickle
from typing import Any


async def configuration_of_cluster(
    dask_scheduler: Any, digest: bytes, snapshot: bytes, arguments: bytes, limit: float
) -> str:
    """Return the processes, and one snapshot of those that are alike, as JSON.

    Parameters
    ----------
    dask_scheduler : distributed.Scheduler
    digest, snapshot : bytes
        The pickled functions that each process calls: the first tells which are alike.
    arguments : bytes
        The pickled keyword arguments of `digest`.
    limit : float
        Seconds for each process to answer.
    """
    workers = list(dask_scheduler.workers.values())
    processes = [_process("scheduler", dask_scheduler.address, "", dask_scheduler.versions())]
    processes += [_process("worker", each.address, each.name, each.versions) for each in workers]
    processes += [_process("nanny", each.nanny, each.name, {}) for each in workers if each.nanny]

    async def ask(process: Any, function: bytes, member: str, kwargs: bytes) -> None:
        try:
            if process["role"] == "scheduler":
                # Only a client that may run any function here sends these.
                process[member] = pickle.loads(function)(**pickle.loads(kwargs))  # noqa: S301
                return
            worker = dask_scheduler.rpc(process["address"])
            reply = await worker.run(function=function, kwargs=kwargs, close=True)
            if reply["status"] != "OK":
                raise RuntimeError(reply.get("exception_text", reply["status"]))
            process[member] = _deserialized(reply["result"])
        except OSError as error:  # a closed connection is one, too
            process["problem"] = f"cannot be reached: {error}"
        except Exception as error:
            process["problem"] = str(error)

    async def ask_all(chosen: Any, function: bytes, member: str, kwargs: bytes) -> None:
        asked = {asyncio.ensure_future(ask(one, function, member, kwargs)): one for one in chosen}
        _, late = await asyncio.wait(asked, timeout=limit)
        for task in late:
            asked[task]["problem"] = f"did not answer within {limit:g} s"
            task.cancel()

    await ask_all(processes, digest, "digest", arguments)
    snapshots: dict[str, Any] = {}
    while chosen := _one_of_each(processes, snapshots):
        await ask_all(chosen, snapshot, "snapshot", pickle.dumps({}))
        for one in chosen:
            if "snapshot" in one:
                snapshots[one["digest"]] = one.pop("snapshot")
    return json.dumps({"processes": processes, "snapshots": snapshots}, default=str)


def _one_of_each(processes: Any, snapshots: Any) -> Any:
    """Return one process for each digest without a snapshot, if there is one that answers."""
    asked = [one for one in processes if "digest" in one and "problem" not in one]
    left = {one["digest"]: one for one in reversed(asked) if one["digest"] not in snapshots}
    return list(left.values())


def _process(role: str, address: str, name: Any, versions: Any) -> dict[str, Any]:
    packages = dict((versions or {}).get("packages") or {})
    return {"role": role, "address": address, "name": str(name), "versions": packages}


def _deserialized(value: Any) -> Any:
    """Return a result; schedulers receive it as it was sent."""
    if not hasattr(value, "frames"):
        return value
    from distributed.protocol.serialize import deserialize

    return deserialize(value.header, value.frames)
