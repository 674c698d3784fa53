"""``--cluster`` of the commands that read, and saved clusters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dask_backend_config.clusters.processes import Cluster, ClusterProcess
from tests.cli.conftest import Run
from tests.clusters.made_clusters import CONNECT, cluster_in_this_process, made_cluster

KEY = "distributed.comm.timeouts.connect"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The address of a cluster with one worker in this process."""
    with cluster_in_this_process(n_workers=1, protocol="tcp://") as started:
        yield started.scheduler_address


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A saved cluster whose worker 2 has another timeout, and a typo."""
    odd = {CONNECT: "60s", "DASK_DISTRIBUTED__WROKER__DAEMON": "1"}
    cluster = made_cluster(("client", {}), ("scheduler", {}), ("worker", odd), ("worker", {}))
    path = tmp_path / "cluster.json"
    path.write_text(cluster.as_json())
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("show", "distributed.comm"), id="show"),
        pytest.param(("show", "--diff", "--format", "json"), id="show-json"),
        pytest.param(("explain", KEY), id="explain"),
        pytest.param(("explain", KEY, "--format", "json"), id="explain-json"),
        pytest.param(("doctor",), id="doctor"),
        pytest.param(("doctor", "--format", "json"), id="doctor-json"),
    ],
)
def test_a_saved_cluster_has_the_same_answers(
    arguments: tuple[str, ...], run: Run, address: str, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.json"
    assert (
        run("snapshot", "--cluster", address, "--timeout", "1 minute", "--output", path).exit_code
        == 0
    )
    asked = run(*arguments, "--cluster", address, "--timeout", "1 minute")
    read = run(*arguments, "--snapshot", path)
    assert asked.output
    assert (read.output, read.exit_code) == (asked.output, asked.exit_code)


def test_show_has_common_values_once_and_names_processes_of_others(run: Run, saved: Path) -> None:
    lines = run("show", "distributed.comm.timeouts", "--snapshot", saved).stdout.splitlines()
    assert lines[0] == "cluster tcp://10.0.0.1:8786: client, scheduler and 2 workers"
    assert [line for line in lines if line.startswith("distributed.comm.timeouts.tcp ")]
    at = lines.index(KEY)
    assert [line.split() for line in lines[at + 1 : at + 3]] == [
        [*["10s", "default", "of", "dask_backend_config", "client,", "scheduler", "and", "worker", "3"], "(tcp://10.0.0.3:8786)"],
        ["60s", CONNECT, "worker", "2", "(tcp://10.0.0.2:8786)"],
    ]  # fmt: skip
    data = json.loads(run("show", KEY, "--format", "json", "--snapshot", saved).stdout)
    assert data["values"] == {}
    assert [entry["value"] for entry in data["differing"][KEY]] == ["10s", "60s"]


def test_explain_has_each_chain_once(run: Run, saved: Path) -> None:
    text = run("explain", KEY, "--snapshot", saved).stdout
    assert text.count(f"{KEY} = ") == 2
    assert text.count("Time before connecting fails") == 1
    assert run("explain", "distributed.comm.tiemouts", "--snapshot", saved).exit_code == 1


def test_doctor_names_the_processes_of_a_finding(run: Run, saved: Path) -> None:
    result = run("doctor", "--snapshot", saved)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    at = lines.index("DASK_DISTRIBUTED__WROKER__DAEMON")
    assert "worker 2 (tcp://10.0.0.2:8786):" in lines[:at]
    assert "processes-disagree" in result.stdout
    data = json.loads(run("doctor", "--snapshot", saved, "--format", "json").stdout)
    by_id = {finding["id"]: finding["processes"] for finding in data["findings"]}
    assert by_id["unknown-key"] == ["worker 2 (tcp://10.0.0.2:8786)"]
    assert by_id["processes-disagree"] == []


def test_the_page_for_support_names_them_too(run: Run, saved: Path) -> None:
    page = run("doctor", "--snapshot", saved, "--format", "html", "--output", "-").stdout
    for text in ("worker 2 (tcp://10.0.0.2:8786)", "60s", "report is about the cluster"):
        assert text in page


def test_a_process_without_an_answer_is_named_and_fails(run: Run, tmp_path: Path) -> None:
    cluster = made_cluster(("client", {}), ("scheduler", {}))
    dead = ClusterProcess("worker", "tcp://h:9", "w9", problem="did not answer within 8 s")
    path = tmp_path / "cluster.json"
    path.write_text(Cluster(cluster.address, (*cluster.processes, dead)).as_json())
    for command in (("show",), ("explain", KEY), ("doctor",)):
        result = run(*command, "--snapshot", path)
        assert result.exit_code == 1
        assert result.stderr == "error: worker w9 (tcp://h:9): did not answer within 8 s\n"
    assert "1 did not answer" in run("doctor", "--snapshot", path).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        pytest.param(("show", "--cluster", "127.0.0.1:1"), 1, "connection refused", id="nobody"),
        pytest.param(("show", "--cluster", "h:1", "--snapshot", "x"), 2, "either --cluster", id="both"),
        pytest.param(("show", "--timeout", "2s"), 2, "require --cluster", id="no-cluster"),
        pytest.param(("show", "--timeout", "soon", "--cluster", "h:1"), 2, "soon", id="timeout"),
        pytest.param(("doctor", "--fix", "--snapshot", "SAVED"), 2, "exclude --fix", id="fix"),
        pytest.param(("doctor", "--format", "sarif", "--snapshot", "SAVED"), 2, "sarif", id="sarif"),
        pytest.param(("show", "--format", "yaml", "--snapshot", "SAVED"), 2, "yaml", id="yaml"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_gets_one_line(
    arguments: tuple[str, ...], code: int, problem: str, run: Run, saved: Path
) -> None:
    result = run(*(str(saved) if word == "SAVED" else word for word in arguments))
    assert result.exit_code == code
    assert problem in result.stderr.splitlines()[-1]
