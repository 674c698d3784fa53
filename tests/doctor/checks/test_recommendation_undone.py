"""The check of the recommended settings."""

from __future__ import annotations

import base64
import json

import pytest

from dask_backend_config.doctor.checks import recommendation_undone

from .conftest import Examine

INHERITED = base64.urlsafe_b64encode(
    json.dumps({"distributed": {"worker": {"daemon": True}}}).encode()
).decode()


@pytest.mark.parametrize(
    ("files", "variables", "severity", "key", "origin"),
    [
        pytest.param(
            "distributed: {worker: {daemon: true}}\n",
            {},
            "warning",
            "distributed.worker.daemon",
            "~/.config/dask/dask.yaml:1:32",
            id="file",
        ),
        pytest.param(
            "",
            {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "30s"},
            "info",
            "distributed.comm.timeouts.connect",
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT",
            id="variable",
        ),
        pytest.param(
            "",
            {"DASK_INTERNAL_INHERIT_CONFIG": INHERITED},
            "warning",
            "distributed.worker.daemon",
            "DASK_INTERNAL_INHERIT_CONFIG",
            id="inherited",
        ),
        pytest.param(
            "distributed: {deploy: {lost_worker_timeout: 60}}\n",
            {},
            "info",
            "distributed.deploy.lost-worker-timeout",
            "~/.config/dask/dask.yaml:1:45",
            id="number-of-seconds",
        ),
        pytest.param(
            "tcp-timeout: 60s\n",
            {},
            "info",
            "distributed.comm.timeouts.tcp",
            "~/.config/dask/dask.yaml:1:14",
            id="by-its-old-name",
        ),
        pytest.param(
            "distributed: {comm: {timeouts: {connect: 2s}}}\n",
            {},
            "warning",
            "distributed.comm.timeouts.connect",
            "~/.config/dask/dask.yaml:1:42",
            id="shorter",
        ),
    ],
)
def test_the_origin_that_overrides_a_recommended_setting_is_named(
    examine: Examine, files: str, variables: dict[str, str], severity: str, key: str, origin: str
) -> None:
    (finding,) = examine(recommendation_undone, files, variables)
    assert (finding.severity, finding.key, str(finding.origin)) == (severity, key, origin)


def test_values_equal_to_the_recommended_ones_are_accepted(examine: Examine) -> None:
    cases = {
        "not set": ("", {}),
        "set to the same": ("distributed: {worker: {daemon: false}}\n", {}),
        "as-a-number": ("distributed: {comm: {timeouts: {connect: 10}}}\n", {}),
        "other-unit": ("distributed: {comm: {timeouts: {connect: 10000ms}}}\n", {}),
        "no-duration": ("distributed: {comm: {timeouts: {connect: soon}}}\n", {}),
        "put-right-by-a-variable": (
            "distributed: {worker: {daemon: true}}\n",
            {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"},
        ),
        "no-boolean": ("distributed: {worker: {daemon: 'yes'}}\n", {}),
        "too-short-at-all": ("distributed: {comm: {timeouts: {tcp: 5s}}}\n", {}),
        "commented": ("# distributed: {worker: {daemon: true}}\n", {}),
    }
    found = {
        name: examine(recommendation_undone, files, variables)
        for name, (files, variables) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
