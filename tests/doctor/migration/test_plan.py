"""Which edits move the keys of dask-jobqueue to those of the backends."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from dask_backend_config import DaskSLURMBackend
from dask_backend_config.backends.config_tree import ConfigTree
from dask_backend_config.backends.jobqueue.options import scheduler_values
from dask_backend_config.backends.jobqueue.reading import job_queue_options
from dask_backend_config.backends.options import BackendOptions
from dask_backend_config.catalogue import backend_schema, fates
from dask_backend_config.config import resolve
from dask_backend_config.config.merge import plain
from dask_backend_config.core.errors import ConfigValueError, EditError
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.migration.plan import Migration, plan_migration
from dask_backend_config.doctor.run import run_checks
from dask_backend_config.schedulers import SCHEDULERS

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


def migrated(path: Path, named_kind: str = "") -> Migration:
    return plan_migration(resolve.gather(), str(path), named_kind)


def script(kind: str, profile: str = "", **arguments: Any) -> str:
    """The job script of a backend with the configuration of a new process."""
    tree = plain(resolve.fresh(resolve.gather()).tree)
    config = ConfigTree(tree, lambda key: None)
    options = BackendOptions(kind, "", arguments, profile or None, config)
    own = scheduler_values(options, SCHEDULERS[kind])
    return job_queue_options(options, SCHEDULERS[kind], own)[-1].script()


def comments(text: str) -> Counter[str]:
    return Counter(re.findall(r"(?m)(?:^|\s)#\s*(.*?)\s*$", text))


MOVED = {
    "all-keys-move": (
        """\
# Of our site
jobqueue:
  slurm:
    name: sim   # of the jobs

    # Size of a job
    cores: 24   # per node
    memory: 120GB
    queue: long
#   interface: ib0   # not here
    walltime: '00:30:00'
    project: abc
    log_directory: ~/logs
    env-extra: ['module load cuda']
    job-cpu: null
""",
        """\
# Of our site
backends:
  slurm:
    job-name: sim   # of the jobs

    queue-name: long
#   interface: ib0   # not here
    account: abc
    log-directory: ~/logs
    setup-script-commands: ['module load cuda']
    resources-per-worker:
      # Size of a job
      number-of-threads: 24   # per node
      # memory was 120GB for the whole job
      per-thread-memory-limit: 5GB
      wallclock-time-limit: '00:30:00'
""",
    ),
    "keys-without-a-replacement-stay": (
        "jobqueue:\n  slurm:\n    queue: a\n    account: b\n    job-mem: 8G  # why\n",
        "backends:\n  slurm:\n    queue-name: a\n    account: b\n"
        "jobqueue:\n  slurm:\n    job-mem: 8G  # why\n",
    ),
    "minutes-and-seconds": (
        "jobqueue:\n  pbs:\n    walltime: '30:00'  # short\n",
        "backends:\n  pbs:\n    resources-per-worker:\n      # walltime was 30:00\n"
        "      wallclock-time-limit: '00:30:00'  # short\n",
    ),
    "hours-and-minutes": (
        "jobqueue:\n  lsf:\n    walltime: '00:30'\n",
        "backends:\n  lsf:\n    resources-per-worker:\n      wallclock-time-limit: '00:30'\n",
    ),
    "memory-without-a-whole-share": (
        "jobqueue:\n  slurm:\n    cores: 3\n    memory: 10 GB\n    queue: a\n",
        "backends:\n  slurm:\n    queue-name: a\n    resources-per-worker:\n"
        "      number-of-threads: 3\n"
        "jobqueue:\n  slurm:\n"
        "    # '10 GB' cannot be divided by the threads of a job without a remainder\n"
        "    memory: 10 GB\n",
    ),
    "memory-in-bytes": (
        "jobqueue: {oar: {cores: 128, memory: 235 GB}}\n",
        "backends: {oar: {resources-per-worker: {number-of-threads: 128, "
        "per-thread-memory-limit: 1835937500}}}\n",
    ),
    "braces": (
        "jobqueue: {slurm: {cores: 4, memory: 10 GiB, queue: x}}  # all\n",
        "backends: {slurm: {queue-name: x, resources-per-worker: {number-of-threads: 4, "
        "per-thread-memory-limit: 2.5 GiB}}}  # all\n",
    ),
    "launcher": (
        "jobqueue:\n  slurm:\n    python: apptainer exec a.sif python\n",
        "backends:\n  slurm:\n    python: python\n    worker-launcher: apptainer exec a.sif\n",
    ),
    "old-and-new-name": (
        "jobqueue:\n  slurm:\n    extra: [--a]\n    worker-extra-args: [--b]\n    queue: q\n",
        "backends:\n  slurm:\n    worker-extra-arguments: [--b]\n    queue-name: q\n"
        "jobqueue:\n  slurm:\n    extra: [--a]\n",
    ),
    "unknown-key-with-the-new-name": (
        "jobqueue:\n  lsf:\n    project: p\n    account: a  # b\n",
        "backends:\n  lsf:\n    account: p\njobqueue:\n  lsf:\n    account: a  # b\n",
    ),
    "crlf-and-byte-order-mark": (
        "\ufeffjobqueue:\r\n   sge:\r\n      queue: a  # b\r\n",
        "\ufeffbackends:\r\n   sge:\r\n      queue-name: a  # b\r\n",
    ),
    "both-packages-in-one-file": (
        "jobqueue:\n  slurm:\n    queue: a  # b\nbackends:\n  slurm:\n    account: c\n",
        "backends:\n  slurm:\n    account: c\n    queue-name: a  # b\n",
    ),
    "merge-key": (
        "x: &x {cores: 2}\njobqueue:\n  slurm:\n    <<: *x\n    queue: a  # b\n",
        "x: &x {cores: 2}\njobqueue:\n  slurm:\n    <<: *x\n"
        "backends:\n  slurm:\n    queue-name: a  # b\n",
    ),
    "other-packages": (
        "jobqueue:\n  slurm: {queue: a}\n  chtc: {gpus: null, worker-image: x}\n"
        "  local: {cores: 1}\n",
        "jobqueue:\n  chtc: {gpus: null, worker-image: x}\n  local: {cores: 1}\n"
        "backends:\n  slurm: {queue-name: a}\n",
    ),
    "factory": (
        "labextension:\n  factory:\n    module: 'dask_jobqueue'\n    class: SLURMCluster\n"
        "    args: []\n    kwargs: {queue: a, cores: 2, memory: 4GB, job_cpu: null}\n",
        "labextension:\n  factory:\n    module: 'dask_backend_config'\n    class: DaskSLURMBackend\n"
        "    args: []\n    kwargs: {queue_name: a, resources_per_worker: "
        "{number_of_threads: 2, per_thread_memory_limit: 2GB}}\n",
    ),
}
NAMED = {
    "named-section": (
        "jobqueue:\n  # The GPUs\n  gpu:\n    queue: gpu  # q\n    cores: 2\n    job-cpu: null\n",
        "backends:\n  profiles:\n    # The GPUs\n    gpu:\n      queue-name: gpu  # q\n"
        "      resources-per-worker:\n        number-of-threads: 2\n      backend: slurm\n",
        "slurm",
        "gpu",
    ),
    "host": (
        "casper:\n  pbs:  # at NCAR\n    queue: c\n    resource-spec: select=1\n",
        "backends:\n  profiles:\n    casper:  # at NCAR\n      queue-name: c\n"
        "      resource-spec: select=1\n      backend: pbs\n",
        "pbs",
        "casper",
    ),
}


@pytest.mark.parametrize(("before", "after"), MOVED.values(), ids=MOVED)
def test_keys_move_with_their_comments_and_the_jobs_stay_the_same(
    user_folder: Path, before: str, after: str
) -> None:
    path = user_folder / "jobqueue.yaml"
    path.write_bytes(before.encode())
    kinds = [kind for kind in SCHEDULERS if kind in before.lower()]
    scripts = [script(kind) for kind in kinds if "labextension" not in before]
    found = migrated(path)
    assert found.plan.text == after
    path.write_bytes(after.encode())
    assert [script(kind) for kind in kinds if "labextension" not in before] == scripts
    assert not comments(before) - comments(after)
    assert not migrated(path).plan.changes


@pytest.mark.parametrize(("before", "after", "kind", "name"), NAMED.values(), ids=NAMED)
def test_a_section_with_a_name_of_its_own_becomes_a_profile(
    user_folder: Path, before: str, after: str, kind: str, name: str
) -> None:
    path = user_folder / "a.yaml"
    section = yaml.safe_load(before).popitem()[1].popitem()[1]
    path.write_text(yaml.safe_dump({"jobqueue": {kind: section}}))
    expected = script(kind)
    path.write_text(before)
    assert migrated(path).plan.text == after
    path.write_text(after)
    assert script(kind, name) == expected
    assert not migrated(path).plan.changes
    assert run_checks(gather_facts()) == []


def test_the_arguments_of_a_factory_ask_for_the_same(user_folder: Path) -> None:
    path = user_folder / "labextension.yaml"
    path.write_text(MOVED["factory"][1])
    arguments = yaml.safe_load(path.read_text())["labextension"]["factory"]["kwargs"]
    made = script("slurm", **arguments)
    assert "--cpus-per-task=2" in DaskSLURMBackend(**arguments).job_script()
    path.write_text("jobqueue: {slurm: {queue: a, cores: 2, memory: 4GB}}\n")
    assert made == script("slurm")


def test_the_scheduler_of_a_named_section_can_be_told(user_folder: Path) -> None:
    path = user_folder / "a.yaml"
    path.write_text("jobqueue: {mine: {cores: 1, memory: 2GB, interface: ib0}}\n")
    found = migrated(path)
    assert not found.plan.changes
    assert "--backend" in found.kept[0].reason
    assert "backend: lsf" in migrated(path, "lsf").plan.text


def test_a_profile_does_not_inherit_what_its_section_had_not(user_folder: Path) -> None:
    path = user_folder / "a.yaml"
    path.write_text(
        "backends: {slurm: {account: x}}\n"
        "jobqueue: {gpu: {cores: 1, memory: 2GB, account: null, job-cpu: null}}\n"
    )
    found = migrated(path)
    assert not found.plan.changes
    assert "--account=x" in found.kept[0].reason


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        pytest.param(
            "jobqueue: {slurm: {queue: a}}\nbackends: {slurm: {queue-name: b}}\n",
            "jobqueue.slurm.queue",
            "exists already",
            id="set-at-both-places",
        ),
        pytest.param(
            "jobqueue: {slurm: {queue: a}}\nbackends: {jobqueue: {queue-name: b}}\n",
            "jobqueue.slurm.queue",
            "--partition=a",
            id="overridden-by-the-shared-section",
        ),
        pytest.param(
            "jobqueue:\n  slurm: {account: a}\n",
            "jobqueue.slurm.account",
            "DASK_JOBQUEUE__SLURM__ACCOUNT",
            id="overridden-by-a-variable",
        ),
        pytest.param(
            "jobqueue: {slurm: {qos: long}}\n", "jobqueue.slurm.qos", "unknown", id="unknown"
        ),
        pytest.param(
            "labextension: {factory: {module: dask_jobqueue, class: SLURMCluster,"
            " kwargs: {n_workers: 4}}}\n",
            "labextension.factory.kwargs",
            "n_workers",
            id="argument-without-a-replacement",
        ),
        pytest.param(
            "labextension: {factory: {module: dask_jobqueue, class: LocalCluster}}\n",
            "labextension.factory",
            "LocalCluster",
            id="cluster-without-a-backend",
        ),
    ],
)
def test_a_key_that_would_change_the_jobs_stays_with_a_reason(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, key: str, reason: str
) -> None:
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__ACCOUNT", "b")
    path = user_folder / "a.yaml"
    path.write_text(text)
    found = migrated(path)
    assert found.plan.text == text
    assert [kept.key for kept in found.kept] == [key]
    assert reason in found.kept[0].reason


def test_an_empty_value_that_hides_one_of_the_site_stays(user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("jobqueue: {slurm: {interface: ib0}}\n")
    path = user_folder / "b.yaml"
    path.write_text("jobqueue: {slurm: {interface: null, queue: a}}\n")
    before = script("slurm")
    path.write_text(migrated(path).plan.text)
    assert "interface: null" in path.read_text()
    assert script("slurm") == before


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param("jobqueue: {slurm: {walltime: 12:00:00}}\n", ConfigValueError, id="base-60"),
        pytest.param("jobqueue: {slurm: {memory: 4}}\n", ConfigValueError, id="no-unit"),
        pytest.param("jobqueue: {slurm: {job-extra: --x}}\n", ConfigValueError, id="no-list"),
        pytest.param("jobqueue: {slurm: {\n", EditError, id="malformed"),
    ],
)
def test_nothing_is_planned_for_a_file_with_an_error(
    user_folder: Path, text: str, error: type[Exception]
) -> None:
    path = user_folder / "a.yaml"
    path.write_text(text)
    with pytest.raises(error, match=r"a.yaml:[12]:"):
        migrated(path)


@pytest.mark.parametrize(
    ("processes", "threads"), [pytest.param(6, 6, id="even"), pytest.param(5, None, id="uneven")]
)
def test_the_amounts_of_a_job_are_shared_by_its_workers(
    user_folder: Path, processes: int, threads: int | None
) -> None:
    path = user_folder / "a.yaml"
    path.write_text(
        f"jobqueue: {{pbs: {{cores: 36, memory: 72GB, processes: {processes}, queue: a}}}}\n"
    )
    before = script("pbs")
    path.write_text(migrated(path).plan.text)
    assert script("pbs") == before
    backend = yaml.safe_load(path.read_text())["backends"]["pbs"]
    assert backend["workers-per-job"] == processes
    assert backend.get("resources-per-worker", {}).get("number-of-threads") == threads


def test_every_key_that_a_backend_replaces_moves() -> None:
    sections = ("jobqueue", *SCHEDULERS)
    keys = [key for section in sections for key in backend_schema.keys(f"backends.{section}")]
    theirs = {
        other
        for key in keys
        for kind in SCHEDULERS
        for other in backend_schema.fallbacks(key.replace(".jobqueue.", f".{kind}."))
        if other.startswith("jobqueue.")
    }
    assert theirs == {other for other in theirs if fates.replacement(other)}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of users' files is not beside us")
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_jobs_of_real_users_stay_the_same(path: Path, user_folder: Path) -> None:
    text = path.read_text()
    copy = user_folder / "jobqueue.yaml"
    copy.write_text(text, newline="")
    findings = Counter(finding.id for finding in run_checks(gather_facts()))
    kinds = [kind for kind in SCHEDULERS if re.search(rf"(?m)^ +{kind}:", text)]
    try:
        scripts = [script(kind) for kind in kinds]
    except ConfigValueError:
        with pytest.raises(ConfigValueError):
            migrated(copy)
        return
    found = migrated(copy)
    copy.write_text(found.plan.text, newline="")
    assert [script(kind) for kind in kinds] == scripts
    assert comments(text) - comments(found.plan.text) == Counter()
    assert not Counter(finding.id for finding in run_checks(gather_facts())) - findings
    assert not migrated(copy).plan.changes
    assert found.plan.changes == ("jobqueue" in text)
