"""The check of unknown keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dask.config
import pytest

from dask_backend_config.catalogue.known_keys import catalogue, keys_below
from dask_backend_config.core.keys import join_path, variable_of
from dask_backend_config.doctor.checks import unknown_key
from dask_backend_config.doctor.facts import Facts
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("distributed.wroker.daemon", "distributed.wroker", "distributed.worker?"),
    ("distributed.worker.deamon", "distributed.worker.deamon", "distributed.worker.daemon?"),
    ("distributed.temporary-directory", "distributed.temporary-directory",
     "Move it to the top level: temporary-directory"),
    ("admin.log-format", "admin.log-format", "Move it to distributed.admin.log-format"),
    ("distributed.worker.use-file_locking", "distributed.worker.use-file-locking",
     "Write use-file-locking"),
    ("distributed.nothing.like.it", "distributed.nothing", "show distributed"),
    ("distibuted.worker.daemon", "distibuted", "distributed?"),
    ("temporary_directroy", "temporary-directroy", "temporary-directory?"),
    ("logging-file_config", "logging-file-config", "Write logging-file-config"),
    ("jobqueue.slrum.cores", "jobqueue.slrum", "jobqueue.slurm?"),
    ("jobqueue.walltime", "jobqueue.walltime", "jobqueue.slurm.walltime"),
    ("jobqueue.foo", "jobqueue.foo", "show jobqueue"),
    ("jobqueue.slurm.resource-spec", "jobqueue.slurm.resource-spec", ": jobqueue.oar, "),
    ("backends.slurm.queue", "backends.slurm.queue", "backends.slurm.queue-name?"),
    ("backends.profiles.gpu.queue", "backends.profiles.gpu.queue", "profiles.gpu.queue-name?"),
    ("backends.slurm.worker-groups.gpu.queue", "backends.slurm.worker-groups.gpu.queue",
     "backends.slurm.worker-groups.gpu.queue-name?"),
    ("backends.jobqueue.worker-groups.a.acount", "backends.jobqueue.worker-groups.a.acount",
     "backends.jobqueue.worker-groups.a.account?"),
    ("backends.local.worker-groups.a.resources-per-worker.number-of-gpu",
     "backends.local.worker-groups.a.resources-per-worker.number-of-gpu", "a.resources-per-worker.number-of-gpus?"),
    ("backends.profiles.p.worker-groups.gpu.queue-nam", "backends.profiles.p.worker-groups.gpu.queue-nam",
     "backends.profiles.p.worker-groups.gpu.queue-name?"),
    ("backends.slurm.worker-group.gpu.account", "backends.slurm.worker-group", "backends.slurm.worker-groups?"),
    ("backends.pbs.gpu.queue-name", "backends.pbs.gpu", "Move it to backends.pbs.worker-groups.gpu"),
    ("backends.pbs.gpu.nonsense", "backends.pbs.gpu", "show backends.pbs"),
    ("backends.slurm.worker-groups.gpu.security", "backends.slurm.worker-groups.gpu.security",
     "Move it to backends.slurm.security"),
    ("backends.profiles.p.worker-groups.g.task-isolation", "backends.profiles.p.worker-groups.g.task-isolation",
     "Move it to backends.profiles.p.task-isolation"),
    ("backend.local.number-of-workers", "backend", "backends?"),
    ("distributed.worker.death-timeout", "distributed.worker.death-timeout",
     "Only these sections have it: jobqueue.<type>"),
    ("distributed.worker.memory-limit", "distributed.worker.memory-limit", "memory in jobqueue.<type>"),
    ("distributed.admin.log-level", "distributed.admin.log-level", "distributed.logging.distributed"),
    ("distributed.comm.dashboard", "distributed.comm.dashboard", "show distributed.comm"),
    ("distributed.worker.heartbeat.interval", "distributed.worker.heartbeat", "Remove it."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "found", "hint"), [pytest.param(*case, id=case[0]) for case in FOUND]
)
def test_finds_an_unknown_key_in_a_file(examine: Examine, key: str, found: str, hint: str) -> None:
    (finding,) = examine(unknown_key, nested(key, "5"))
    assert (finding.severity, finding.key) == ("error", found)
    assert hint in finding.hint
    origin = finding.origin
    assert origin
    assert origin.kind == "file"
    depth = len(found.split("."))
    assert (origin.line, origin.column) == (depth, 2 * depth - 1)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        pytest.param("DASK_DISTRIBUTED__WROKER__DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON",
                     id="section"),
        pytest.param("DASK_DISTIBUTED__WORKER__DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON",
                     id="top level"),
        pytest.param("DASK_DISTRIBUTED__WORKER__ALLOWED_FAILURES",
                     "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", id="wrong section"),
        pytest.param("DASK_DISTRIBUTED__WORKER__USE__FILE__LOCKING",
                     "DASK_DISTRIBUTED__WORKER__USE_FILE_LOCKING", id="too many underscores"),
        pytest.param("DASK_DISTRIBUTED___WORKER__DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON",
                     id="three underscores"),
        pytest.param("DASK__DISTRIBUTED__WORKER__DAEMON", "DASK_DISTRIBUTED__WORKER__DAEMON",
                     id="two after DASK"),
        pytest.param("DASK_TEMPORARY__DIRECTORY", "DASK_TEMPORARY_DIRECTORY",
                     id="a dot in a top-level name"),
        pytest.param("DASK_DISTRIBUTED__WORKER__DAEMON__X", "distributed.worker.daemon is a key",
                     id="below a value"),
        pytest.param("DASK_JOBQUEUE__SLRUM__CORES", "DASK_JOBQUEUE__SLURM__CORES", id="scheduler"),
    ],
)  # fmt: skip
def test_finds_an_unknown_key_in_a_variable(examine: Examine, name: str, meant: str) -> None:
    (finding,) = examine(unknown_key, variables={name: "5"})
    assert finding.severity == "error"
    assert meant in finding.hint
    assert finding.origin
    assert (finding.origin.kind, finding.origin.name) == ("variable", name)


def test_finds_it_in_a_mapping_in_a_variable(examine: Examine) -> None:
    text = "{'svg': {'sise': 1}, 'backend': 'numpy'}"
    (finding,) = examine(unknown_key, variables={"DASK_ARRAY": text})
    assert finding.key == "array.svg.sise"
    assert "array.svg.size" in finding.hint


def test_a_typo_in_another_packages_section_is_only_a_remark(examine: Examine) -> None:
    (finding,) = examine(unknown_key, "jobqueue: {mysite: {walltim: 1}}\n")
    assert finding.severity == "info"
    assert "jobqueue.mysite.walltime?" in finding.hint


def test_a_wrong_section_is_reported_once(examine: Examine) -> None:
    text = "distributed:\n  wroker:\n    daemon: false\n    profile: {interval: 1s, x: 2}\n"
    (finding,) = examine(unknown_key, text)
    assert finding.key == "distributed.wroker"


def test_each_file_is_judged_on_its_own(examine: Examine) -> None:
    text = "distributed:\n  wroker: {daemon: false}\n"
    findings = examine(unknown_key, {"a.yaml": text, "b.yaml": text})
    assert len(findings) == 2


SILENT = [
    pytest.param("distributed:\n  logging:\n    distributed.worker: info\n", id="loggers"),
    pytest.param("logging: {anything: warning}\n", id="loggers of the top level"),
    pytest.param("distributed:\n  nanny:\n    pre-spawn-environ: {X_Y-z: 1}\n", id="free map"),
    pytest.param("distributed:\n  worker:\n    resources: {GPU: 2, a.b: 1}\n", id="resources"),
    pytest.param("distributed:\n  scheduler:\n    default-task-durations: {f_g-h: 1s}\n", id="map"),
    pytest.param("distributed:\n  comm:\n    ucx: {tcp: true}\n", id="UCX"),
    pytest.param("kubernetes: {wroker: 1}\ngateway: {x: {y: 1}}\n", id="other packages"),
    pytest.param("distributed-ucxx: {x: 1}\n", id="a name that begins with a namespace"),
    pytest.param("distributed:\n  scheduler: {pickle: false}\n", id="read, without a default"),
    pytest.param("distributed:\n  nanny: {blocked-handlers: [run]}\n", id="read by Server"),
    pytest.param("num_workers: 4\nmultiprocessing: {context: fork}\n", id="dask's, no default"),
    pytest.param("distributed:\n  worker: {use_file_locking: true}\n", id="underscores"),
    pytest.param("jobqueue:\n  mysite: {cores: 4, own-key: 1}\n", id="own section, own key"),
    pytest.param("jobqueue: {chtc: {gpus: null, worker-image: x}}\n", id="another package's"),
    pytest.param("jobqueue: {lxplus: {lcg: false, batch-name: x}}\n", id="a third package's"),
    pytest.param("jobqueue: {slrm: {image: x, gpus: 1}}\n", id="near a scheduler, other keys"),
    pytest.param("jobqueue:\n  mysite:\n", id="own section, still empty"),
    pytest.param("jobqueue:\n  slurm2: {cores: 4}\n", id="own section, name near a scheduler's"),
    pytest.param("jobqueue:\n  slurm:\n    scheduler-options: {x: 1}\n", id="options"),
    pytest.param("backends: {slurm: {scheduler-options: {port: 1, idle_timeout: 1h}}}\n", id="ours"),
    pytest.param(
        "backends: {profiles: {gpu: {backend: pbs, scheduler-options: {port: 1}}}}\n", id="in a profile"
    ),
    pytest.param("backends:\n  slurm: {queue-name: x, account: y}\n", id="key of all job queues"),
    pytest.param("backends:\n  profiles: {gpu: {backend: pbs, queue-name: x}}\n", id="profile"),
    pytest.param("connect-timeout: 1s\nshuffle: tasks\n", id="renamed"),
    pytest.param("ucx: {tcp: 1, own: 2}\narray: {shuffle: {chunksize-tolerance: 1}}\n", id="old"),
    pytest.param("distributed: {comm: {tcp: {backend: x}}}\n", id="removed"),
    pytest.param("jobqueue: {slurm: {project: x, extra: [], threads: 2}}\n", id="old of jobqueue"),
    pytest.param("scheduler: {work-stealing: false}\n", id="scheduler-mapping's"),
    pytest.param("scheduler: threads\n", id="a scheduler"),
    pytest.param("daemon: false\nmemory: 7G\n", id="stray-leaf's"),
    pytest.param("worker: {daemon: false}\n", id="missing-wrapper's"),
    pytest.param("distributed.wroker.daemon: 1\ndistributed: {a.b: 1}\n", id="dotted-key's"),
    pytest.param("distributed: {worker: {daemon: {x: 1}}}\n", id="wrong-type's: value as section"),
    pytest.param("backend: pandas\n", id="a value at a name near a section's"),
]  # fmt: skip


@pytest.mark.parametrize("text", SILENT)
def test_accepts_files(examine: Examine, text: str) -> None:
    assert examine(unknown_key, text) == []


def test_accepts_variables(examine: Examine) -> None:
    cases = {
        "DASK_CONFIG": ("DASK_CONFIG", "/nowhere"),
        "scheduler-address": ("DASK_SCHEDULER_ADDRESS", "tcp://x:1"),
        "Kubernetes": ("DASK_SCHEDULER_PORT_8786_TCP_ADDR", "10.0.0.1"),
        "scheduler-mapping's": ("DASK_SCHEDULER__WORK_STEALING", "1"),
        "another package's": ("DASK_GATEWAY__ADDRESS", "x"),
        "near a namespace": ("DASK_DISTRIBUTED_UCXX__MULTI_BUFFER", "1"),
        "the user's own": ("DASK_N_WORKERS", "4"),
        "near num-workers": ("DASK_NB_WORKERS", "4"),
        "a version": ("DASK_DISTRIBUTED_VERSION", "2026.8.0"),
        "a name like a section": ("DASK_DISTRIBUTED_SCHEDULER", "tcp://x:1"),
        "a name like a map": ("DASK_DISTRIBUTED_LOGGING", "debug"),
        "a value at a name near a section's": ("DASK_BACKEND", "x"),
        "free map": ("DASK_DISTRIBUTED__NANNY__ENVIRON__FOO", "1"),
        "single-underscore's": ("DASK_DISTRIBUTED__WORKER_DAEMON", "1"),
        "single-underscore's, misspelled": ("DASK_DISTRIBUTED_WROKER_DAEMON", "1"),
        "single-underscore's, own section": ("DASK_JOBQUEUE__SLURM_CORES", "1"),
        "renamed": ("DASK_CONNECT_TIMEOUT", "1"),
        "removed": ("DASK_DISTRIBUTED__COMM__TCP__BACKEND", "x"),
        "wrong-type's: mapping as value": ("DASK_ARRAY__SVG__SIZE", "{'a': 1}"),
        "no name": ("DASK_", "1"),
        "underscores only": ("DASK___", "1"),
    }
    found = {
        name: examine(unknown_key, variables={name: text}) for name, (name, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_every_known_key_is_silent_as_a_variable(
    facts_of: Callable[..., Facts],
) -> None:
    keys = [join_path(path) for path in keys_below(()) if path[0] != "scheduler"]
    facts = facts_of(variables={variable_of(key): "1" for key in keys})
    assert list(unknown_key.check(facts)) == []


def test_dask_does_not_find_a_name_with_both_signs(facts_of: Callable[..., Facts]) -> None:
    facts = facts_of("distributed:\n  worker:\n    use-file_locking: 7\n    memory_limit: 1\n")
    collected: dict[str, Any] = dask.config.collect(facts.sources.paths, env={})
    default = catalogue().default(("distributed", "worker"))
    merged = dask.config.update(collected, {"distributed": {"worker": default}}, priority="old")
    assert dask.config.get("distributed.worker.use-file-locking", config=merged) is True
