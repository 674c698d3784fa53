"""The check of values whose type or unit cannot be right."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import wrong_type
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("distributed.comm.timeouts.connect", "10 secs", "error", "no duration", '"10 seconds"'),
    ("distributed.comm.timeouts.connect", "10 mnutes", "error", "no duration", '"10 minutes"'),
    ("distributed.comm.timeouts.connect", "[10s]", "error", "a list is no duration", "500ms"),
    ("distributed.comm.timeouts.connect", "-5s", "error", "no duration", "a duration"),
    ("distributed.comm.timeouts.connect", "null", "error", "null is no duration", "a duration"),
    ("distributed.scheduler.worker-ttl", ".5s", "error", "read as 1.5s", '"0.5s"'),
    ("distributed.worker.memory.monitor-interval", "100", "error", "with its unit", "100ms"),
    ("distributed.worker.transfer.message-bytes-limit", "50 megs", "error", "memory", "512 MiB"),
    ("distributed.worker.memory.max-spill", "true", "error", "memory", "or false"),
    ("distributed.scheduler.allowed-failures", "'5'", "error", "'5' is no number", ": 5"),
    ("distributed.scheduler.allowed-failures", "yes", "warning", "counts as 1", "a number"),
    ("distributed.scheduler.worker-saturation", "0", "error", "more than 0", "more than 0"),
    ("distributed.admin.log-length", "1.5", "error", "no whole number", "or null"),
    ("distributed.worker.memory.spill", "'0.7'", "error", "no number", "spill: 0.7"),
    ("distributed.worker.memory.pause", "80%", "error", "no number", "pause: 0.8"),
    ("distributed.worker.daemon", "maybe", "error", "counts as true", "true or false"),
    ("distributed.worker.daemon", "null", "warning", "null counts as false", "write false"),
    ("array.query-planning", "2", "error", "dask insists", "true or false"),
    ("distributed.comm.compression", "ztd", "error", "none of the values", "zstd"),
    ("distributed.comm.tls.min-version", "'1.2'", "error", "none of the values", ": 1.2"),
    ("distributed.worker.validate", "{a: true}", "error", "a mapping is neither", "true or false"),
    ("distributed.worker", "5", "error", "where a section belongs", "a section"),
    ("distributed.nanny.environ", "text", "error", "where a section belongs", "a section"),
    ("temporary-directory", "5", "error", "5 is no text", "quote it: temporary-directory: '5'"),
    ("log-length", "many", "error", "no whole number", "a whole number"),
    ("jobqueue.slurm.cores", "'4'", "error", "dask fails", "cores: 4"),
    ("jobqueue.lsf.mem", "4GB", "error", "no number", "mem: 4000000000"),
    ("jobqueue.slurm.queue", "on", "error", "job script as True", "quote it: queue: 'on'"),
    ("jobqueue.slurm.shebang", "null", "error", "job script as None", "a text"),
    ("jobqueue.slurm.queue", "''", "error", "without its value", "or null"),
    ("jobqueue.pbs.log-directory", "''", "error", "an empty text", "or null"),
    ("jobqueue.slurm.walltime", "6h", "error", "no job queue knows", "walltime: '06:00:00'"),
    ("jobqueue.lsf.walltime", "90 minutes", "error", "no job queue knows", "walltime: '01:30'"),
    ("jobqueue.slurm.job-extra-directives", "[a: b]", "error", "entry 1, a mapping", "quotes"),
    ("jobqueue.slurm.job-script-prologue", "[a, 5]", "error", "entry 2, 5", "as a text"),
    ("backends.local.number-of-workers", "-1", "error", "refused", "at least 1"),
    ("backends.slurm.account", "[a]", "error", "refused", "must be a text"),
    ("backends.profiles.gpu", "5", "error", "refused", "a section"),
    ("backends.jobqueue.adaptive-interval", "10 secs", "error", "refused", "a duration"),
]


@pytest.mark.parametrize(
    ("key", "text", "severity", "message", "hint"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND],
)
def test_finds_what_cannot_be_right(
    examine: Examine, key: str, text: str, severity: str, message: str, hint: str
) -> None:
    (finding,) = examine(wrong_type, nested(key, text))
    depth = key.count(".")
    assert (finding.severity, finding.key) == (severity, key)
    assert message in finding.message
    assert hint in finding.hint
    assert finding.origin
    column = 2 * depth + len(key.split(".")[-1]) + 3
    assert (finding.origin.line, finding.origin.column) == (depth + 1, column)


SILENT = [
    ("distributed.comm.timeouts.connect", ["10", "0.5", "10s", "1 hour", "'10'", "10 S", "minute"]),
    ("distributed.scheduler.idle-timeout", ["null", "0", "3600"]),
    ("distributed.worker.memory.spill", ["false", "0.7", "1", "60"]),
    ("distributed.worker.memory.max-spill", ["false", "0", "10 GB"]),
    ("distributed.worker.daemon", ["false", "0", "off", "'no'"]),
    ("distributed.worker.validate", ["null"]),
    ("distributed.worker.preload", ["mymodule", "[a]"]),
    ("distributed.worker", ["null", "{}"]),
    ("distributed.logging", ["5", "{a: 5}"]),
    ("distributed.nanny.environ.OMP_NUM_THREADS", ["4", "text", "null"]),
    ("distributed.wroker", ["5"]),
    ("kubernetes.worker.daemon", ["[5]"]),
    ("jobqueue.slurm.account", ["12345", "2021-01-01", "null"]),
    ("jobqueue.pbs.account", ["''"]),
    ("jobqueue.slurm.walltime", ["'12:00:00'", "12:00:00", "1-00:00:00", "60", "null"]),
    ("jobqueue.slurm.job-extra-directives", ["[a, 5]", "--gres=gpu:1", "null"]),
    ("jobqueue.mine.memory", ["4 GB", "4000000000"]),
    ("jobqueue.slurm.scheduler-options.port", ["[a]"]),
    ("backends.local.number-of-workers", ["null", "4"]),
    ("backends.slurm", ["null", "{}"]),
    ("backends.slurm.account", ["null", "a"]),
    ("backends.default", ["nobody"]),
    ("backends.jobqueue.adaptive-interval", ["10", "10s"]),
]


@pytest.mark.parametrize(("key", "texts"), SILENT, ids=[key for key, _ in SILENT])
def test_silent_on_what_the_code_takes(examine: Examine, key: str, texts: list[str]) -> None:
    assert {
        text: found for text in texts if (found := examine(wrong_type, nested(key, text)))
    } == {}


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        pytest.param("COMM__TIMEOUTS__TCP", "[1]", "comm.timeouts.tcp", id="list for a duration"),
        pytest.param("WORKER__DAEMON", "{'a': 1}", "worker.daemon", id="mapping for a boolean"),
        pytest.param(
            "WORKER", "{'lifetime': {'restart': 5}}", "worker.lifetime.restart", id="inner"
        ),
    ],
)
def test_finds_values_in_variables(examine: Examine, name: str, text: str, key: str) -> None:
    (finding,) = examine(wrong_type, variables={f"DASK_DISTRIBUTED__{name}": text})
    assert finding.key == f"distributed.{key}"
    assert finding.origin
    assert finding.origin.name == f"DASK_DISTRIBUTED__{name}"


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({"DASK_DISTRIBUTED__WORKER__PRELOAD": "[a, b]"}, id="a list as text"),
        pytest.param({"DASK_DISTRIBUTED": "5", "DASK_DISTRIBUTED__VERSION": "2"}, id="unmergeable"),
        pytest.param({"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "30"}, id="number"),
    ],
)
def test_silent_on_other_checks_variables(examine: Examine, variables: dict[str, str]) -> None:
    assert examine(wrong_type, variables=variables) == []


def test_silent_on_a_value_with_which_dask_cannot_be_imported(examine: Examine) -> None:
    assert examine(wrong_type, "array: 5\n") == []


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(
        wrong_type,
        "distributed:\n  scheduler:\n    default-task-durations:\n      token: hunter2\n",
    )
    assert "hunter2" not in finding.message + finding.hint
