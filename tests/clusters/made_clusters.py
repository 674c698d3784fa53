"""Clusters in this process, and clusters whose processes have the variables of a test."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dask.config
from distributed import LocalCluster

from dask_backend_config.clusters.processes import Cluster, ClusterProcess
from dask_backend_config.config import interpreter
from dask_backend_config.config.snapshots import Snapshot, read_snapshot

CONNECT = "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT"
Variables = Mapping[str, str]
_ROUTES = "distributed.scheduler.http.routes"


@contextmanager
def cluster_in_this_process(**options: Any) -> Iterator[LocalCluster]:
    """Start scheduler and workers. Without bokeh, distributed changes the list of routes itself."""
    quiet: dict[str, Any] = {"dashboard_address": ":0", "silence_logs": "CRITICAL"}
    with (
        dask.config.set({_ROUTES: [*dask.config.get(_ROUTES)]}),
        LocalCluster(
            **{"processes": False, "threads_per_worker": 1, **quiet, **options}
        ) as started,
    ):
        yield started


def snapshot_with(variables: Variables, dask: str | None = None) -> Snapshot:
    """The snapshot of a new process with these variables besides its own, and a version of dask."""
    data = copy.deepcopy(dict(interpreter.snapshot_of_new_process().data))
    data["variables"] = {**data["variables"], **variables}
    if dask:
        data["packages"]["dask"]["version"] = dask
    return read_snapshot(json.dumps(data), "the snapshot")


def made_cluster(
    *processes: tuple[str, Variables], versions: Mapping[str, str] | None = None
) -> Cluster:
    """A cluster of processes with a role and variables; workers are named by their number."""
    snapshots: dict[str, Snapshot] = {}
    made = []
    for number, (role, variables) in enumerate(processes):
        key = json.dumps(variables)
        snapshot = snapshots.setdefault(key, snapshot_with(variables))
        name = str(number) if role in ("nanny", "worker") else ""
        address = "" if role == "client" else f"tcp://10.0.0.{number}:8786"
        made.append(ClusterProcess(role, address, name, snapshot, versions=versions or {}))
    return Cluster("tcp://10.0.0.1:8786", tuple(made))
