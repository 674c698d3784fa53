"""The check of types and units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dask_backend_config.catalogue import shipped
from dask_backend_config.catalogue.known_keys import Catalogue
from dask_backend_config.doctor.checks import wrong_type
from dask_backend_config.doctor.facts import Facts
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("distributed.comm.timeouts.connect", "10 secs", "error", '"10 seconds"'),
    ("distributed.comm.timeouts.connect", "10 mnutes", "error", '"10 minutes"'),
    ("distributed.comm.timeouts.connect", "[10s]", "error", "a duration"),
    ("distributed.scheduler.worker-ttl", ".5s", "error", '"0.5s"'),
    ("distributed.worker.memory.monitor-interval", "100", "error", "100ms"),
    ("distributed.worker.memory.monitor-interval", "0ms", "error", "100ms"),
    ("distributed.client.heartbeat", "0", "error", "a duration"),
    ("distributed.scheduler.idle-timeout", "1 houre", "error", '"1 hour"'),
    ("distributed.worker.transfer.message-bytes-limit", "50 megs", "error", "512 MiB"),
    ("distributed.worker.memory.max-spill", "true", "error", "or false"),
    ("distributed.scheduler.allowed-failures", "'5'", "error", ": 5"),
    ("distributed.scheduler.allowed-failures", "yes", "warning", "a number"),
    ("distributed.scheduler.worker-saturation", "0", "error", "greater than 0"),
    ("distributed.admin.log-length", "1.5", "error", "or null"),
    ("distributed.admin.low-level-log-length", "-1", "error", "at least 0"),
    ("distributed.worker.memory.spill", "true", "warning", "a fraction, such as 0.6"),
    ("distributed.worker.memory.pause", "80%", "error", "pause: 0.8"),
    ("distributed.worker.daemon", "maybe", "error", "true or false"),
    ("distributed.worker.daemon", "null", "warning", "false"),
    ("array.query-planning", "2", "error", "true or false"),
    ("distributed.comm.compression", "ztd", "error", "zstd"),
    ("dataframe.shuffle.method", "taks", "error", "method: tasks"),
    ("array.rechunk.method", "disk", "error", "p2p"),
    ("distributed.worker", "5", "error", "a section"),
    ("distributed.worker", "daemon:false", "error", "the colon: daemon: false"),
    ("distributed.comm.tls", "tls://x", "error", "a section"),
    ("temporary-directory", "5", "error", "temporary-directory: '5'"),
    ("log-length", "many", "error", "a whole number"),
    ("jobqueue.lsf.mem", "4GB", "error", "mem: 4000000000"),
    ("jobqueue.slurm.queue", "on", "error", "queue: 'on'"),
    ("jobqueue.slurm.shebang", "null", "error", "a "),
    ("jobqueue.slurm.queue", "''", "error", "or null"),
    ("jobqueue.pbs.log-directory", "''", "error", "or null"),
    ("jobqueue.slurm.walltime", "6h", "error", "walltime: '06:00:00'"),
    ("jobqueue.lsf.walltime", "90 minutes", "error", "walltime: '01:30'"),
    ("jobqueue.slurm.job-extra-directives", "[a: b]", "error", "this entry"),
    ("jobqueue.slurm.job-script-prologue", "[a, 5]", "error", "this entry"),
    ("jobqueue.slurm.memory", "16", "error", "memory: 16 GB"),
    ("jobqueue.pbs.memory", "'4000'", "error", "memory: 4000 MB"),
    ("jobqueue.sge.memory", "4 kB", "error", "an amount of memory"),
    ("jobqueue.htcondor.disk", "10", "error", "disk: 10 GB"),
    ("backends.jobqueue.resources-per-worker.per-thread-memory-limit", "4", "error", "'4 GB'"),
    ("backends.slurm.resources-per-worker.per-thread-memory-limit", "0", "error", "--mem=0"),
    ("backends.local.memory-limit", "8", "error", "'8 GB'"),
    ("backends.profiles.gpu.python", "srun -n 1 python", "error", "worker-launcher to 'srun -n 1'"),
    ("backends.local.number-of-workers", "-1", "error", "at least 1"),
    ("backends.profiles.gpu", "5", "error", "a section"),
    ("backends.jobqueue.adaptive-interval", "10 secs", "error", "a duration"),
]


@pytest.mark.parametrize(
    ("key", "text", "severity", "hint"),
    [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND],
)
def test_finds_invalid_values(
    examine: Examine, key: str, text: str, severity: str, hint: str
) -> None:
    (finding,) = examine(wrong_type, nested(key, text))
    depth = key.count(".")
    assert (finding.severity, finding.key) == (severity, key)
    assert hint in finding.hint
    assert finding.origin
    column = 2 * depth + len(key.split(".")[-1]) + 3
    assert (finding.origin.line, finding.origin.column) == (depth + 1, column)


SILENT = [
    ("distributed.comm.timeouts.connect", ["10", "0.5", "10s", "1 hour", "'10'", "10 S", "minute"]),
    ("distributed.scheduler.idle-timeout", ["null", "0", "3600"]),
    ("distributed.admin.tick.interval", ["1ms", "0.5", "20"]),
    ("dataframe.query-planning", ["true", "null"]),
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
    ("jobqueue.mine.memory", ["4 GB", "4000000000", "0"]),
    ("jobqueue.slurm.python", ["srun python"]),
    ("backends.slurm.python", ["/home/Jane Doe/bin/python", "$CONDA_PREFIX/bin/python", "python3"]),
    ("backends.local.memory-limit", ["0", "1 GB"]),
    ("jobqueue.slurm.scheduler-options.port", ["[a]"]),
    ("backends.local.number-of-workers", ["null", "4"]),
    ("backends.slurm", ["null", "{}"]),
    ("backends.slurm.account", ["null", "a"]),
    ("backends.default", ["nobody"]),
    ("backends.jobqueue.adaptive-interval", ["10", "10s"]),
]


@pytest.mark.parametrize(("key", "texts"), SILENT, ids=[key for key, _ in SILENT])
def test_accepts_values_that_the_code_accepts(examine: Examine, key: str, texts: list[str]) -> None:
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
    ("version", "is_refused"),
    [pytest.param("2025.1.0", True, id="newer"), pytest.param("2024.12.1", False, id="older")],
)
@pytest.mark.parametrize(
    ("where", "text"),
    [
        pytest.param("file", "false", id="file"),
        pytest.param("file", "off", id="other word"),
        pytest.param("variable", "False", id="variable"),
        pytest.param("variable", "no", id="word in a variable"),
    ],
)
def test_query_planning_cannot_be_switched_off_in_newer_releases(
    facts_of: Callable[..., Facts], where: str, text: str, version: str, is_refused: bool
) -> None:
    if where == "file":
        facts = facts_of(nested("dataframe.query-planning", text))
    else:
        facts = facts_of(variables={"DASK_DATAFRAME__QUERY_PLANNING": text})
    known = Catalogue(shipped.trees(), {}, version)
    findings = [*wrong_type.check(replace(facts, catalogue=known))]
    assert [finding.severity for finding in findings] == ["error"] * is_refused
    if is_refused:
        assert "true, or null" in findings[0].hint


def test_silent_on_other_checks_variables(examine: Examine) -> None:
    cases = {
        "a list as text": {"DASK_DISTRIBUTED__WORKER__PRELOAD": "[a, b]"},
        "unmergeable": {"DASK_DISTRIBUTED": "5", "DASK_DISTRIBUTED__VERSION": "2"},
        "number": {"DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "30"},
    }
    found = {name: examine(wrong_type, variables=variables) for name, variables in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_silent_on_a_value_with_which_dask_cannot_be_imported(examine: Examine) -> None:
    assert examine(wrong_type, "array: 5\n") == []


def test_a_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(
        wrong_type,
        "distributed:\n  scheduler:\n    default-task-durations:\n      token: hunter2\n",
    )
    assert "hunter2" not in finding.message + finding.hint
