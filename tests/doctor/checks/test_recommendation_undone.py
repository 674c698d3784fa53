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
    ("files", "variables", "key", "origin"),
    [
        pytest.param(
            "distributed: {worker: {daemon: true}}\n",
            {},
            "distributed.worker.daemon",
            "~/.config/dask/dask.yaml:1:32",
            id="file",
        ),
        pytest.param(
            "",
            {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "30s"},
            "distributed.comm.timeouts.connect",
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT",
            id="variable",
        ),
        pytest.param(
            "",
            {"DASK_INTERNAL_INHERIT_CONFIG": INHERITED},
            "distributed.worker.daemon",
            "DASK_INTERNAL_INHERIT_CONFIG",
            id="inherited",
        ),
        pytest.param(
            "distributed: {deploy: {lost_worker_timeout: 60}}\n",
            {},
            "distributed.deploy.lost-worker-timeout",
            "~/.config/dask/dask.yaml:1:45",
            id="number-of-seconds",
        ),
        pytest.param(
            "tcp-timeout: 60s\n",
            {},
            "distributed.comm.timeouts.tcp",
            "~/.config/dask/dask.yaml:1:14",
            id="by-its-old-name",
        ),
    ],
)
def test_the_origin_that_overrides_a_recommended_setting_is_named(
    examine: Examine, files: str, variables: dict[str, str], key: str, origin: str
) -> None:
    (finding,) = examine(recommendation_undone, files, variables)
    assert (finding.severity, finding.key, str(finding.origin)) == ("warning", key, origin)


@pytest.mark.parametrize(
    ("files", "variables"),
    [
        pytest.param("", {}, id="not set"),
        pytest.param("distributed: {worker: {daemon: false}}\n", {}, id="set to the same"),
        pytest.param("distributed: {comm: {timeouts: {connect: 10}}}\n", {}, id="as-a-number"),
        pytest.param("distributed: {comm: {timeouts: {connect: 10000ms}}}\n", {}, id="other-unit"),
        pytest.param("distributed: {comm: {timeouts: {connect: soon}}}\n", {}, id="no-duration"),
        pytest.param(
            "distributed: {worker: {daemon: true}}\n",
            {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"},
            id="put-right-by-a-variable",
        ),
        pytest.param("distributed: {worker: {daemon: 'yes'}}\n", {}, id="no-boolean"),
        pytest.param("distributed: {comm: {timeouts: {tcp: 5s}}}\n", {}, id="too-short-at-all"),
        pytest.param("# distributed: {worker: {daemon: true}}\n", {}, id="commented"),
    ],
)
def test_values_equal_to_the_recommended_ones_are_accepted(
    examine: Examine, files: str, variables: dict[str, str]
) -> None:
    assert examine(recommendation_undone, files, variables) == []
