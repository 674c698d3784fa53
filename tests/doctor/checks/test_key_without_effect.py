"""The check of keys that no backend uses."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import key_without_effect

from .conftest import Examine

OURS = "backends: {slurm: {queue-name: short}}\n"


@pytest.mark.parametrize(
    ("text", "variables", "key", "severity", "words"),
    [
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
        pytest.param("jobqueue: {slurm: {cores: 36, processes: 6}}\n", id="used-for-jobs"),
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
