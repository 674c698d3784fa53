"""The check of keys that no backend uses."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import key_without_effect, more_processes_than_cores

from .conftest import Examine

OURS = "backends: {slurm: {queue-name: short}}\n"


@pytest.mark.parametrize(
    ("text", "variables", "key", "severity", "words"),
    [
        pytest.param(
            "jobqueue: {slurm: {cores: 36, processes: 6}}\n", {}, "jobqueue.slurm.processes", "info",
            "one worker with all of its cores", id="processes",
        ),
        pytest.param(
            f"jobqueue: {{pbs: {{cores: 36, processes: 6}}}}\n{OURS}", {}, "jobqueue.pbs.processes",
            "warning", "processes: 6", id="processes-beside-ours",
        ),
        pytest.param(
            "", {"DASK_JOBQUEUE__OAR__PROCESSES": "2"}, "jobqueue.oar.processes", "info", "processes: 2",
            id="variable",
        ),
        pytest.param(
            f"distributed: {{comm: {{default-scheme: ucx}}}}\n{OURS}", {},
            "distributed.comm.default-scheme", "warning", "connections use TLS", id="scheme",
        ),
        pytest.param(
            "distributed: {client: {security_loader: a.b}}\njobqueue: {sge: {queue: all.q}}\n", {},
            "distributed.client.security-loader", "info", "certificates", id="security-loader",
        ),
    ],
)  # fmt: skip
def test_a_value_that_no_backend_uses_is_reported(
    examine: Examine, text: str, variables: dict[str, str], key: str, severity: str, words: str
) -> None:
    (finding,) = examine(key_without_effect, text, variables)
    assert (finding.severity, finding.key) == (severity, key)
    assert words in finding.message
    assert finding.origin


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("jobqueue: {slurm: {cores: 36, processes: 1}}\n", id="as-a-backend-does"),
        pytest.param("jobqueue: {slurm: {cores: 36, processes: null}}\n", id="null"),
        pytest.param("jobqueue: {slurm: {processes: many}}\n", id="wrong-type"),
        pytest.param("jobqueue: {mysite: {cores: 36, processes: 6}}\n", id="section-of-a-site"),
        pytest.param("jobqueue: {local: {cores: 36, processes: 6}}\n", id="no-batch-scheduler"),
        pytest.param("distributed: {comm: {default-scheme: ucx}}\n", id="no-job-queue"),
        pytest.param(
            "distributed: {client: {security-loader: dask_backend_config.client_security}}\n"
            + OURS,
            id="own-loader",
        ),
        pytest.param(f"distributed: {{comm: {{default-scheme: tcp}}}}\n{OURS}", id="tcp"),
        pytest.param(
            "distributed: {comm: {default-scheme: ucx}}\nbackends: {slurm: {security: false}}\n",
            id="not-encrypted",
        ),
        pytest.param(f"distributed: {{adaptive: {{maximum: 36}}}}\n{OURS}", id="used"),
        pytest.param(
            "jobqueue: {slurm: {scheduler-options: {dashboard_address: ':1'}}}\n",
            id="used-option",
        ),
    ],
)
def test_values_that_are_used_or_not_for_backends_are_accepted(examine: Examine, text: str) -> None:
    assert examine(key_without_effect, text) == []


def test_more_processes_than_cores_are_reported_once(examine: Examine) -> None:
    text = "jobqueue: {slurm: {cores: 4, processes: 8}}\n"
    assert len(examine(more_processes_than_cores, text)) == 1
    assert examine(key_without_effect, text) == []
