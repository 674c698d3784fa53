"""Processes of a cluster: which are alike, how they are named, and how they are saved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dask_backend_config.clusters.differences import compare, versions_of
from dask_backend_config.clusters.processes import Cluster, ClusterProcess
from dask_backend_config.clusters.question import read_cluster
from dask_backend_config.config.snapshots import Snapshot
from dask_backend_config.core.errors import ConfigSourceError, UnknownKeyError
from tests.clusters.made_clusters import CONNECT, made_cluster, snapshot_with

KEY = "distributed.comm.timeouts.connect"
SLOW = {CONNECT: "60s"}


@pytest.mark.parametrize(
    ("different", "names"),
    [
        pytest.param((), ["all 8 processes"], id="none"),
        pytest.param((0,), ["client", "scheduler, both nannies and all 4 workers"], id="client"),
        pytest.param(
            (5,),
            [
                "client, scheduler, both nannies and 3 of 4 workers (4, 6, 7)",
                "worker 5 (tcp://10.0.0.5:8786)",
            ],
            id="one worker",
        ),
        pytest.param(
            (1, 4, 5, 6, 7),
            ["client and both nannies", "scheduler and all 4 workers"],
            id="workers and scheduler",
        ),
    ],
)
def test_processes_with_the_same_values_are_named_together(
    different: tuple[int, ...], names: list[str]
) -> None:
    roles = ["client", "scheduler", "nanny", "nanny", *["worker"] * 4]
    cluster = made_cluster(
        *((role, SLOW if number in different else {}) for number, role in enumerate(roles))
    )
    found = [cluster.named(group) for group in cluster.groups]
    assert found == names
    titles = [snapshot.title for snapshot, _ in cluster.distinct()]
    assert titles == [f"{name} of {cluster.address}" for name in found]


def test_values_are_compared_with_their_origins() -> None:
    cluster = made_cluster(("client", {}), ("worker", SLOW), ("worker", SLOW))
    found = compare(cluster)
    assert "distributed.worker.daemon" in found.common
    (default, ours), (slow, theirs) = found.differing[KEY]
    assert default and slow
    assert (default.value, slow.value, slow.origin.name) == ("10s", "60s", CONNECT)
    assert (len(ours), len(theirs)) == (1, 2)
    assert list(compare(cluster, "distributed.comm.timeouts", diff=True).common) == []
    with pytest.raises(UnknownKeyError, match="Did you mean"):
        compare(cluster, "distributed.comm.timouts")


def test_a_default_that_a_process_lacks_makes_no_difference() -> None:
    lacking = snapshot_with({})
    data: dict[str, Any] = {**lacking.data, "packages": dict(lacking.data["packages"])}
    del data["packages"]["dask_backend_config"]
    processes = (
        ClusterProcess("client", snapshot=snapshot_with({})),
        ClusterProcess("scheduler", "tcp://h:1", snapshot=Snapshot(data)),
    )
    found = compare(Cluster("tcp://h:1", processes))
    assert "backends.default" in found.common
    assert KEY in found.differing


def test_versions_are_compared() -> None:
    packages = {"msgpack": "1.0.0", "python": "3.11.4.final.0"}
    old = ClusterProcess("worker", "tcp://h:2", "w", snapshot_with({}, "2024.12.0"), "", packages)
    new = ClusterProcess(
        "scheduler", "tcp://h:1", "", snapshot_with({}), "", {**packages, "msgpack": "1.1.0"}
    )
    found = dict(versions_of(Cluster("tcp://h:1", (new, old))))
    assert found["msgpack"] == {"1.1.0": [new], "1.0.0": [old]}
    assert list(found["dask"].values()) == [[new], [old]]
    assert "python" not in found


def test_a_saved_cluster_is_read_back() -> None:
    cluster = made_cluster(("client", {}), ("scheduler", SLOW), ("worker", SLOW))
    dead = ClusterProcess("worker", "tcp://h:9", "w9", problem="did not answer within 4 s")
    cluster = Cluster(cluster.address, (*cluster.processes, dead))
    read = read_cluster(cluster.as_json(), "saved.json")
    assert isinstance(read, Cluster)
    assert read.title == cluster.title
    assert read.problems == cluster.problems == ["worker w9 (tcp://h:9): did not answer within 4 s"]
    assert [list(map(str, group)) for group in read.groups] == [
        list(map(str, group)) for group in cluster.groups
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        pytest.param({"version": 2}, "of version 2, not 1", id="newer"),
        pytest.param({"processes": [{}]}, "is a broken snapshot", id="a process without members"),
        pytest.param({"processes": []}, "no process answered", id="no processes"),
        pytest.param({"snapshots": 3}, "is a broken snapshot", id="no list"),
        pytest.param({"format": "x"}, "is not a snapshot", id="something else"),
    ],
)
def test_a_broken_file_gets_one_line(change: dict[str, Any], problem: str) -> None:
    data = {**json.loads(made_cluster(("client", {})).as_json()), **change}
    with pytest.raises(ConfigSourceError, match=problem) as caught:
        read_cluster(json.dumps(data), "saved.json")
    assert str(caught.value).count("\n") == 0
