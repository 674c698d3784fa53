"""Take the snapshots of all processes of a cluster with one question."""

from __future__ import annotations

import concurrent.futures
import json
import pickle
import secrets
from collections.abc import Mapping
from typing import Any

from ..config import interpreter
from ..config.snapshots import Snapshot, read_snapshot
from ..core.errors import ConfigSourceError
from .address import TLSFiles, connection_arguments, scheduler_address
from .connection import ask
from .processes import FORMAT, ROLES, VERSION, Cluster, ClusterProcess
from .remote_function import PICKLE_PROTOCOL, pickled_function

#: Seconds for all processes together to answer.
LIMIT = 20.0
#: The part of it after which the scheduler no longer waits for a process; there are two rounds.
_SHARE = 0.4
_DIGEST = ("clusters/digest_program.py",), "configuration_digest"
_SNAPSHOT = interpreter.MODULES, "configuration_snapshot"
_CLUSTER = ("clusters/scheduler_program.py",), "configuration_of_cluster"


def ask_cluster(
    address: str,
    limit: float = LIMIT,
    files: TLSFiles | None = None,
    client: Snapshot | None = None,
) -> Cluster:
    """Ask client, scheduler, nannies and workers for all that decides their configuration.

    The cluster needs neither this package nor the versions of this process. Its configuration and
    its files do not change; each process logs that it ran a function.

    Parameters
    ----------
    address : str
        Of the scheduler, or the path of a scheduler file.
    limit : float
        Seconds for all processes together.
    files : TLSFiles, optional
        Certificates; by default those that dask uses.
    client : Snapshot, optional
        That of a new process of this interpreter by default.

    Raises
    ------
    ConfigSourceError
        If the address or a certificate is invalid.
    BackendError
        If the scheduler does not answer.
    """
    import distributed  # noqa: F401  it configures logging and registers protocols

    address = scheduler_address(address)
    address, arguments = connection_arguments(address, files or TLSFiles())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, address, arguments, _message(limit), limit)
        client = client or interpreter.snapshot_of_new_process()
        answer = json.loads(asking.result())
    return _cluster(address, client, answer)


def read_cluster(text: str, name: str) -> Cluster | Snapshot:
    """Return the snapshot that a JSON text holds: of a cluster, or of one process.

    Raises
    ------
    ConfigSourceError
        If it is broken, or of a newer version.
    """
    try:
        data = json.loads(text)
        is_cluster = data["format"] == FORMAT
    except (ValueError, RecursionError, LookupError, TypeError):
        is_cluster = False
    if not is_cluster:
        return read_snapshot(text, name)
    if data.get("version") != VERSION:
        message = f"{name} is a snapshot of version {data.get('version')!r}, not {VERSION}"
        raise ConfigSourceError(message, hint="Update dask-backend-config")
    try:
        taken = {
            str(number): json.dumps(snapshot) for number, snapshot in enumerate(data["snapshots"])
        }
        entries = [
            {**each, "name": each["name"] or "", "digest": str(each["snapshot"])}
            for each in data["processes"]
        ]
        cluster = Cluster(data["address"], tuple(_processes(entries, taken)))
    except (LookupError, TypeError, AttributeError) as error:
        raise ConfigSourceError(f"{name} is a broken snapshot: {error!r}") from None
    if not cluster.groups:
        raise ConfigSourceError(f"{name} is a broken snapshot: no process answered")
    return cluster


def _message(limit: float) -> dict[str, Any]:
    arguments = {
        "digest": pickled_function(*_DIGEST),
        "snapshot": pickled_function(*_SNAPSHOT),
        "arguments": pickle.dumps({"salt": secrets.token_hex()}, PICKLE_PROTOCOL),
        "limit": limit * _SHARE,
    }
    return {
        "op": "run_function",
        "function": pickled_function(*_CLUSTER),
        "kwargs": pickle.dumps(arguments, PICKLE_PROTOCOL),
    }


def _cluster(address: str, client: Snapshot, answer: Mapping[str, Any]) -> Cluster:
    found = sorted(
        _processes(answer["processes"], answer["snapshots"]),
        key=lambda each: ROLES.index(each.role),
    )
    return Cluster(address, (ClusterProcess("client", snapshot=client), *found))


def _processes(entries: list[dict[str, Any]], taken: Mapping[str, str]) -> list[ClusterProcess]:
    snapshots: dict[str, Snapshot | str] = {}
    for name, text in taken.items():
        try:
            snapshots[name] = read_snapshot(text, "the snapshot")
        except ConfigSourceError as error:
            snapshots[name] = str(error)
    found = []
    for entry in entries:
        snapshot = snapshots.get(entry.get("digest", ""))
        problem = entry.get("problem") or ""
        if isinstance(snapshot, str):
            problem, snapshot = snapshot, None
        elif snapshot is None or problem:
            problem, snapshot = problem or "did not answer", None
        found.append(
            ClusterProcess(
                role=entry["role"],
                address=entry["address"] or "",
                name=entry["name"],
                snapshot=snapshot,
                problem=" ".join(problem.split()),
                versions=entry["versions"],
            )
        )
    return found
