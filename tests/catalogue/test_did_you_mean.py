"""The known key that a user probably meant by an unknown one."""

from __future__ import annotations

import pytest

from dask_backend_config.catalogue.did_you_mean import (
    misspelt_top,
    near_section,
    respelled,
    suggest,
    unjoined,
)
from dask_backend_config.catalogue.known_keys import catalogue, keys_below
from dask_backend_config.core.keys import join_path, variable_of

MEANT = [
    ("distributed.wroker.daemn", "distributed.worker.daemon", "section and key misspelled"),
    ("distibuted.worker.daemon", "distributed.worker.daemon", "the namespace misspelled"),
    ("Distributed.Worker.Daemon", "distributed.worker.daemon", "capitals"),
    ("distributed.worker.use-file_locking", "distributed.worker.use-file-locking", "- and _"),
    ("distributed.temporary-directory", "temporary-directory", "too deep"),
    ("admin.log-format", "distributed.admin.log-format", "not deep enough"),
    ("worker", "distributed.worker", "a section without its namespace"),
    ("worker.memory.target", "distributed.worker.memory.target", "a path without its namespace"),
    ("distributed.target", "distributed.worker.memory.target", "sections left out"),
    ("distributed.tick.interval", "distributed.admin.tick.interval", "the one with most in common"),
    ("jobqueue.slurm.allowed-failures", "distributed.scheduler.allowed-failures", "far away"),
    (
        "scheduler.unkown-task-duration",
        "distributed.scheduler.unknown-task-duration",
        "elsewhere and misspelled",
    ),
    ("array.chunksize", "array.chunk-size", "very like a sibling, and a key elsewhere"),
    ("distributed.worker.use.file.locking", "distributed.worker.use-file-locking", "dots for -"),
    ("jobqueue.slrum.walltime", "jobqueue.slurm.walltime", "a scheduler misspelled"),
    ("jobqueue.mysite.walltim", "jobqueue.mysite.walltime", "in a section of another name"),
    ("jobqueue.slurm.project", "jobqueue.slurm.account", "renamed by dask-jobqueue"),
    ("jobqueue.slurm.extras", "jobqueue.slurm.worker-extra-args", "nearest an old name"),
    ("connect-timeout", "distributed.comm.timeouts.connect", "renamed by distributed"),
    ("shuffle", "dataframe.shuffle.method", "renamed twice"),
    ("backend.local", "backends.local", "our namespace misspelled"),
    ("backends.local.workers", "backends.local.number-of-workers", "half of a name"),
    ("backends.slurm.queue", "backends.slurm.queue-name", "dask-jobqueue's name"),
    (
        "backends.slurm.walltime",
        "backends.slurm.resources-per-worker.wallclock-time-limit",
        "dask-jobqueue's name, and deeper",
    ),
    (
        "backends.local.threads",
        "backends.local.resources-per-worker.number-of-threads",
        "half of a name, and deeper",
    ),
    (
        "backends.profiles.gpu.number-of-gpus",
        "backends.profiles.gpu.resources-per-worker.number-of-gpus",
        "deeper in a profile",
    ),
    (
        "backends.slurm.worker-groups.gpu.queue",
        "backends.slurm.worker-groups.gpu.queue-name",
        "in a group",
    ),
    (
        "backends.profiles.p.worker_groups.gpu.walltime",
        "backends.profiles.p.worker-groups.gpu.resources-per-worker.wallclock-time-limit",
        "deeper in a group of a profile",
    ),
    (
        "backends.lsf.worker-groups.a.memory-units",
        "backends.lsf.worker-groups.a.memory-unit",
        "a scheduler's",
    ),
    (
        "backends.slurm.worker-groups.gpu.task-isolation",
        "backends.slurm.task-isolation",
        "for all groups",
    ),
    ("backends.slurm.workers-group", "backends.slurm.worker-groups", "the groups misspelled"),
    ("slurm.queue", "jobqueue.slurm.queue", "a scheduler without the namespace"),
    ("slurm.account", "backends.slurm.account", "in both namespaces: ours wins"),
    ("local.memory-limit", "backends.local.memory-limit", "only backends have it"),
    ("distributed.adaptive.max", "distributed.adaptive.maximum", "abbreviated"),
    ("distributed.nanny.environment", "distributed.nanny.environ", "not abbreviated"),
    ("distributed.deploy.worker-lost-timeout", "distributed.deploy.lost-worker-timeout", "order"),
    (
        "distributed.comm.connect-timeout",
        "distributed.comm.timeouts.connect",
        "an old name, deeper",
    ),
    (
        "distributed.worker.allowed-failure",
        "distributed.scheduler.allowed-failures",
        "a distinctive name, misspelled",
    ),
    ("distributed.nanny.daemon", "distributed.worker.daemon", "another process's section"),
    ("distributed.scheduler.tls.key", "distributed.scheduler.dashboard.tls.key", "left out inside"),
    ("jobqueue.slurm.partition", "jobqueue.slurm.queue", "the scheduler's word"),
    ("jobqueue.slurm.queue-name", "jobqueue.slurm.queue", "ours in dask-jobqueue's section"),
    ("jobqueue.slurm.setup-script-commands", "backends.slurm.setup-script-commands", "only ours"),
    (
        "backends.profiles.gpu.cores",
        "backends.profiles.gpu.resources-per-worker.number-of-threads",
        "dask-jobqueue's name in a profile",
    ),
]


@pytest.mark.parametrize(
    ("key", "meant"), [pytest.param(key, meant, id=name) for key, meant, name in MEANT]
)
def test_the_key_that_was_probably_meant_is_found(key: str, meant: str) -> None:
    assert suggest(tuple(key.split("."))) == meant
    assert catalogue().knows(tuple(meant.split(".")))


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("", id="nothing"),
        pytest.param("distributed..worker", id="an empty name"),
        pytest.param("zzz", id="like nothing"),
        pytest.param("distributed.interval", id="one of many that have as much in common"),
        pytest.param("jobqueue.walltime", id="in each scheduler's section"),
        pytest.param("jobqueue.slurm.resource-spec", id="only other schedulers have it"),
        pytest.param("distributed.worker.daemon.foo", id="below a value"),
        pytest.param("x" * 100_000, id="endless"),
        pytest.param("worker.death-timeout", id="the same last word: idle-timeout"),
        pytest.param("distributed.worker.heartbeat", id="another process's heartbeat"),
        pytest.param("distributed.worker.heartbeat.interval", id="an interval of something else"),
        pytest.param("admin.log-level", id="two letters from low-level"),
        pytest.param("distributed.worker.log-level", id="below the section of low-level"),
        pytest.param("distributed.comm.dashboard", id="like shard"),
        pytest.param("distributed.worker.threads", id="threads of p2p"),
        pytest.param("distributed.scheduler.worker-timeout", id="not no-workers-timeout"),
        pytest.param("distributed.scheduler.address", id="not contact-address"),
        pytest.param("jobqueue.slurm.lsf-units", id="only another scheduler has it"),
        pytest.param("jobqueue.chtc.gpus", id="a key of another package's"),
    ],
)
def test_nothing_is_suggested_without_one_clear_candidate(key: str) -> None:
    assert suggest(tuple(key.split("."))) is None


@pytest.mark.parametrize(
    ("key", "is_section", "meant"),
    [
        ("distributed.worker.memry", True, "distributed.worker.memory"),
        ("distributed.worker.memry", False, None),
        ("distributed.worker.daemn", True, None),
        ("distributed.worker.resource", False, "distributed.worker.resources"),
    ],
)
def test_a_section_is_not_suggested_for_a_value_nor_the_reverse(
    key: str, is_section: bool, meant: str | None
) -> None:
    assert suggest(tuple(key.split(".")), is_section) == meant


def test_a_known_key_is_its_own_suggestion() -> None:
    assert suggest(("distributed", "scheduler", "work_stealing")) == (
        "distributed.scheduler.work-stealing"
    )


def test_a_key_with_one_missing_letter_is_found() -> None:
    missed = []
    for path in keys_below(("distributed",)):
        if len(path[-1]) > 6 and not catalogue().is_free(path):
            shorter = (*path[:-1], path[-1][:3] + path[-1][4:])
            if suggest(shorter) != join_path(path):
                missed.append(join_path(shorter))
    assert missed == []


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        ("DASK_DISTRIBUTED_WORKER_DAEMON", "distributed.worker.daemon"),
        ("DASK_DISTRIBUTED__WORKER_DAEMON", "distributed.worker.daemon"),
        ("DASK_DISTRIBUTED__WORKER__USE__FILE__LOCKING", "distributed.worker.use-file-locking"),
        ("dask_jobqueue_slurm_account", "jobqueue.slurm.account"),
        ("DASK_BACKENDS_SLURM_QUEUE_NAME", "backends.slurm.queue-name"),
        ("DASK_TEMPORARY__DIRECTORY", "temporary-directory"),
        ("DASK_DISTRIBUTED_NANNY__ENVIRON__A_B", "distributed.nanny.environ.a_b"),
        ("DASK_LOGGING_LEVEL", None),
        ("DASK_GATEWAY__ADDRESS", None),
        ("DASK_DISTRIBUTED_WROKER_DAEMON", None),
        ("DASK_", None),
    ],
)
def test_a_variable_with_wrong_underscores_is_found(variable: str, key: str | None) -> None:
    assert respelled(variable) == key


def test_no_two_known_keys_differ_only_in_underscores() -> None:
    for path in keys_below(()):
        key = join_path(path)
        assert respelled(variable_of(key)) == key


@pytest.mark.parametrize(
    ("variable", "key"),
    [
        ("DASK_DISTRIBUTED__WORKER_DAEMON", "distributed.worker.daemon"),
        ("DASK_JOBQUEUE__SLURM_CORES", "jobqueue.slurm.cores"),
        ("DASK_DISTRIBUTED_WROKER_DAEMON", "distributed.worker.daemon"),
        ("DASK_DISTRIBUTED__WORKER__DAEMON", None),
        ("DASK_DISTRIBUTED__WORKER__USE__FILE__LOCKING", None),
        ("DASK_DISTRIBUTED__WROKER__DAEMON", None),
        ("DASK_SCHEDULER_ADDRESS", None),
        ("DASK_JOBQUEUE__MYSITE__CORES", None),
        ("DASK_DISTRIBUTED_UCXX__MULTI_BUFFER", None),
        ("DASK_DISTRIBUTED_VERSION", None),
        ("DASK_DISTRIBUTED_WORKER", None),
        ("DASK_DISTRIBUTED__LOGGING_LEVEL", None),
    ],
)
def test_a_variable_with_a_missing_underscore_is_found(variable: str, key: str | None) -> None:
    assert unjoined(variable) == key


@pytest.mark.parametrize(
    ("name", "is_section", "meant"),
    [
        ("distibuted", True, "distributed"),
        ("Distributed", True, "distributed"),
        ("job-queue", True, "jobqueue"),
        ("backend", True, "backends"),
        ("temporary-directroy", False, "temporary-directory"),
        ("backend", False, None),
        ("distibuted", False, None),
        ("distributed", True, None),
        ("distributed-ucxx", True, None),
        ("distributed-x", True, None),
        ("gateway", True, None),
        ("worker", True, None),
        ("daemon", False, None),
        ("n-workers", False, None),
        ("nb-workers", False, None),
    ],
)
def test_only_small_differences_count_as_a_misspelled_top_level_name(
    name: str, is_section: bool, meant: str | None
) -> None:
    assert misspelt_top(name, is_section) == meant


@pytest.mark.parametrize(
    ("name", "section"),
    [
        ("slrum", "slurm"),
        ("SLURM", "slurm"),
        ("psb", "pbs"),
        ("htcondr", "htcondor"),
        ("slurm", None),
        ("slurm2", None),
        ("slurm-gpu", None),
        ("my-slurm", None),
        ("mysite", None),
    ],
)
def test_a_misspelled_section_of_jobqueue_is_found_but_other_names_are_allowed(
    name: str, section: str | None
) -> None:
    assert near_section(name) == section
