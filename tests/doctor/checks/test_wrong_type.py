"""The check of values of the wrong type or unit."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import wrong_type
from tests.doctor.checks.conftest import Judge
from tests.doctor.checks.writing import nested

FOUND = [
    ("distributed.comm.timeouts.connect", "10 secs", "error", "not a duration", '"10 seconds"'),
    ("distributed.comm.timeouts.connect", "10 mnutes", "error", "not a duration", '"10 minutes"'),
    ("distributed.comm.timeouts.connect", "[10s]", "error", "a list is not a duration", "500ms"),
    ("distributed.comm.timeouts.connect", "-5s", "error", "not a duration", "a duration"),
    ("distributed.comm.timeouts.connect", "null", "error", "null is not a duration", "a duration"),
    ("distributed.scheduler.worker-ttl", ".5s", "error", "read as 1.5s", '"0.5s"'),
    (
        "distributed.worker.memory.monitor-interval",
        "100",
        "error",
        "a duration with a unit",
        "100ms",
    ),
    ("distributed.worker.transfer.message-bytes-limit", "50 megs", "error", "memory", "512 MiB"),
    ("distributed.worker.memory.max-spill", "true", "error", "memory", "or false"),
    ("distributed.scheduler.allowed-failures", "'5'", "error", "'5' is not a number", ": 5"),
    ("distributed.scheduler.allowed-failures", "yes", "warning", "used as 1", "a number"),
    ("distributed.scheduler.worker-saturation", "0", "error", "greater than 0", "greater than 0"),
    ("distributed.admin.log-length", "1.5", "error", "not a whole number", "or null"),
    ("distributed.worker.memory.spill", "'0.7'", "error", "not a number", "spill: 0.7"),
    ("distributed.worker.memory.pause", "80%", "error", "not a number", "pause: 0.8"),
    ("distributed.worker.daemon", "maybe", "error", "counts as true", "true or false"),
    ("distributed.worker.daemon", "null", "warning", "null counts as false", "Write false"),
    ("array.query-planning", "2", "error", "dask fails", "true or false"),
    ("distributed.comm.compression", "ztd", "error", "not one of", "zstd"),
    ("distributed.comm.tls.min-version", "'1.2'", "error", "not one of", ": 1.2"),
    ("distributed.worker.validate", "{a: true}", "error", "a mapping is neither", "true or false"),
    ("distributed.worker", "5", "error", "not a section", "a section"),
    ("distributed.nanny.environ", "text", "error", "not a section", "a section"),
    (
        "temporary-directory",
        "5",
        "error",
        "5 is not a string",
        "Quote it: temporary-directory: '5'",
    ),
    ("log-length", "many", "error", "not a whole number", "a whole number"),
    ("jobqueue.slurm.cores", "'4'", "error", "dask fails", "cores: 4"),
    ("jobqueue.lsf.mem", "4GB", "error", "not a number", "mem: 4000000000"),
    ("jobqueue.slurm.queue", "on", "error", "job script as True", "Quote it: queue: 'on'"),
    ("jobqueue.slurm.shebang", "null", "error", "job script as None", "a string"),
    ("jobqueue.slurm.queue", "''", "error", "lack its value", "or null"),
    ("jobqueue.pbs.log-directory", "''", "error", "an empty string", "or null"),
    ("jobqueue.slurm.walltime", "6h", "error", "no job queue reads", "walltime: '06:00:00'"),
    ("jobqueue.lsf.walltime", "90 minutes", "error", "no job queue reads", "walltime: '01:30'"),
    ("jobqueue.slurm.job-extra-directives", "[a: b]", "error", "entry 1, a mapping", "quote it"),
    ("jobqueue.slurm.job-script-prologue", "[a, 5]", "error", "entry 2, 5", "as a string"),
    ("backends.local.number-of-workers", "-1", "error", "refused", "at least 1"),
    ("backends.slurm.account", "[a]", "error", "refused", "must be a string"),
    ("backends.profiles.gpu", "5", "error", "refused", "a section"),
    ("backends.jobqueue.adaptive-interval", "10 secs", "error", "refused", "a duration"),
]


@pytest.mark.parametrize(
    ("key", "text", "severity", "message", "hint"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND],
)
def test_reports_a_wrong_value(
    judge: Judge, key: str, text: str, severity: str, message: str, hint: str
) -> None:
    (finding,) = judge(wrong_type, nested(key, text))
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


def test_does_not_report_what_the_code_accepts(judge: Judge) -> None:
    found = {
        (key, text): findings
        for key, texts in SILENT
        for text in texts
        if (findings := judge(wrong_type, nested(key, text)))
    }
    assert found == {}


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
def test_reports_values_in_variables(judge: Judge, name: str, text: str, key: str) -> None:
    (finding,) = judge(wrong_type, variables={f"DASK_DISTRIBUTED__{name}": text})
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
def test_does_not_report_what_other_checks_report(judge: Judge, variables: dict[str, str]) -> None:
    assert judge(wrong_type, variables=variables) == []


def test_does_not_report_a_value_with_which_dask_cannot_be_imported(judge: Judge) -> None:
    assert judge(wrong_type, "array: 5\n") == []


def test_a_secret_is_not_shown(judge: Judge) -> None:
    (finding,) = judge(
        wrong_type,
        "distributed:\n  scheduler:\n    default-task-durations:\n      token: hunter2\n",
    )
    assert "hunter2" not in finding.message + finding.hint
