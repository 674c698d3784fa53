"""A failed start names the configured value that caused it, and where it was set."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import dask.config
import pytest

from dask_backend_config import DaskLocalCluster
from dask_backend_config.backends.start_errors import cause_in_configuration
from dask_backend_config.core.errors import BackendError, ConfigValueError

IDLE = "distributed.scheduler.idle-timeout"


@pytest.mark.parametrize(
    ("values", "key"),
    [
        pytest.param({IDLE: "1 houre"}, IDLE, id="duration of the scheduler"),
        pytest.param(
            {"distributed.worker.lifetime.duration": "2 hx"},
            "distributed.worker.lifetime.duration",
            id="duration of a worker",
        ),
        pytest.param(
            {"distributed.client.heartbeat": 0}, "distributed.client.heartbeat", id="number"
        ),
        pytest.param(
            {"distributed.comm.require-encryption": True},
            "distributed.comm.require-encryption",
            id="no certificate",
        ),
        pytest.param(
            {
                "distributed.comm.tls.ca-file": "/nonexist/ca.pem",
                "distributed.comm.tls.scheduler.cert": "/nonexist/ca.pem",
            },
            "distributed.comm.tls.ca-file: /nonexist/ca.pem",
            id="missing certificate",
        ),
        pytest.param(
            {"distributed.scheduler.preload": ["json", "nomodule"]},
            "distributed.scheduler.preload: nomodule",
            id="missing module",
        ),
    ],
)
def test_the_error_names_the_key(values: dict[str, Any], key: str) -> None:
    backend = DaskLocalCluster(1)
    with dask.config.set(values), pytest.raises(ConfigValueError, match=key) as caught:
        backend.start()
    assert caught.value.origin
    assert caught.value.origin.kind == "code"
    assert caught.value.__cause__ is not None
    assert not backend.started


_SCRIPT = """
from dask_backend_config import DaskLocalCluster
from dask_backend_config.core.errors import ConfigValueError

try:
    DaskLocalCluster(1).start()
except ConfigValueError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("text", "place", "wrong"),
    [
        pytest.param(
            "distributed:\n  logging: {distributed: loud}\n", ":2:26", "log level", id="at import"
        ),
        pytest.param(
            "distributed:\n  scheduler: {idle-timeout: 1 houre}\n", ":2:29", IDLE, id="at start"
        ),
    ],
)
def test_the_error_names_the_line(user_folder: Path, text: str, place: str, wrong: str) -> None:
    (user_folder / "dask.yaml").write_text(text)
    command = [sys.executable, "-W", "ignore", "-c", _SCRIPT]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith(f"~/.config/dask/dask.yaml{place}: ")
    assert wrong in done.stdout


@pytest.mark.parametrize(
    ("values", "error"),
    [
        pytest.param({}, KeyError("houre"), id="nothing is wrong"),
        pytest.param({IDLE: "1 houre"}, BackendError("Slurm rejected the job"), id="ours"),
        pytest.param({IDLE: "1 houre"}, OSError("Address already in use"), id="port"),
        pytest.param({IDLE: "1 houre"}, KeyboardInterrupt(), id="interrupt"),
        pytest.param(
            {"distributed.worker.preload": ["nomodule"]}, TypeError("x"), id="unrelated module"
        ),
        pytest.param(
            {"jobqueue.pbs.scheduler-options": {"a-b": 1}}, TypeError("x"), id="another scheduler"
        ),
        pytest.param(
            {"distributed.comm.require-encryption": True},
            BackendError("sbatch: resolve_ctls_from_dns_srv"),
            id="job queues make certificates",
        ),
    ],
)
def test_an_error_with_another_cause_stays(values: dict[str, Any], error: BaseException) -> None:
    with dask.config.set(values):
        assert cause_in_configuration(error, "slurm") is None


@pytest.mark.parametrize(
    ("values", "error", "key"),
    [
        pytest.param({IDLE: None, "distributed.scheduler.bandwidth": "fast"},
                     TypeError("float"), "distributed.scheduler.bandwidth", id="no other"),
        pytest.param({IDLE: "1 houre", "distributed.scheduler.bandwidth": "1 furlong"},
                     KeyError("furlong"), "distributed.scheduler.bandwidth", id="quoted"),
        pytest.param({"jobqueue.slurm.scheduler-options": {"a-b": 1}},
                     TypeError("'a-b'"), "jobqueue.slurm.scheduler-options.a-b", id="argument"),
    ],
)  # fmt: skip
def test_the_value_that_the_error_quotes_comes_first(
    values: dict[str, Any], error: Exception, key: str
) -> None:
    with dask.config.set(values):
        cause = cause_in_configuration(error, "slurm")
    assert cause is not None
    assert cause.message.startswith(key)
