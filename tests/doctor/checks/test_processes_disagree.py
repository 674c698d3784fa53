"""The check of what the processes of a cluster disagree about."""

from __future__ import annotations

import dataclasses

import pytest

from dask_backend_config.clusters.processes import Cluster, ClusterProcess
from dask_backend_config.doctor.checks import processes_disagree
from dask_backend_config.doctor.cluster import examine_cluster
from dask_backend_config.doctor.facts import facts_of, gather_facts
from dask_backend_config.doctor.findings import Finding
from tests.clusters.made_clusters import CONNECT, Variables, made_cluster, snapshot_with

TARGET = "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET"
CLIENT = "DASK_DISTRIBUTED__CLIENT__HEARTBEAT"
FOLDER = "DASK_TEMPORARY_DIRECTORY"
CERTIFICATE = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE"


def found(cluster: Cluster) -> list[Finding]:
    snapshot = cluster.processes[0].snapshot
    assert snapshot
    return list(processes_disagree.check(dataclasses.replace(facts_of(snapshot), cluster=cluster)))


@pytest.mark.parametrize(
    ("worker", "scheduler", "expected"),
    [
        pytest.param({CONNECT: "60s"}, {}, "60s", id="read by all"),
        pytest.param({CONNECT: "60s"}, {CONNECT: "60s"}, "scheduler and both workers", id="client"),
        pytest.param({TARGET: "0.5"}, {}, None, id="all workers have it"),
        pytest.param({CLIENT: "9s"}, {}, None, id="read by the client only"),
        pytest.param({FOLDER: "/scratch"}, {}, None, id="folder of a node"),
        pytest.param({CERTIFICATE: "/x.pem"}, {}, None, id="certificate of a role"),
        pytest.param({CONNECT: "10s"}, {}, None, id="as the default"),
        pytest.param({}, {}, None, id="nothing"),
    ],
)  # fmt: skip
def test_finds_values_that_processes_share(
    worker: Variables, scheduler: Variables, expected: str | None
) -> None:
    processes = (("client", {}), ("scheduler", scheduler), ("worker", worker), ("worker", worker))
    findings = found(made_cluster(*processes))
    assert [finding.severity for finding in findings] == (["warning"] if expected else [])
    assert all(expected in finding.message for finding in findings if expected)


def test_finds_workers_that_differ_from_each_other() -> None:
    cluster = made_cluster(("client", {}), ("worker", {TARGET: "0.5"}), ("worker", {}))
    (finding,) = found(cluster)
    assert finding.key == "distributed.worker.memory.target"
    assert "0.5 on worker 1 (tcp://10.0.0.1:8786)" in finding.message
    assert TARGET in finding.hint


def test_finds_versions_and_masks_nothing_else() -> None:
    processes = (
        ClusterProcess("client", snapshot=snapshot_with({})),
        ClusterProcess("worker", "tcp://h:2", "2", snapshot_with({}, "2024.12.0")),
    )
    (finding,) = found(Cluster("tcp://h:1", processes))
    assert finding.severity == "warning"
    assert finding.message.startswith("dask is ")
    assert "2024.12.0 on worker 2 (tcp://h:2)" in finding.message


def test_the_own_configuration_has_no_processes() -> None:
    assert list(processes_disagree.check(gather_facts())) == []


def test_each_configuration_is_judged_and_the_processes_are_named() -> None:
    typo = {"DASK_DISTRIBUTED__WROKER__DAEMON": "1"}
    cluster = made_cluster(("client", {}), ("scheduler", typo), ("worker", typo), ("worker", {}))
    examined = examine_cluster(cluster)
    ((processes, (finding,)),) = examined.by_processes.items()
    assert (finding.id, len(processes)) == ("unknown-key", 2)
    assert cluster.named(processes) == "scheduler and worker 2 (tcp://10.0.0.2:8786)"
    assert examine_cluster(cluster, ignore=["unknown-key"]).findings == ()
