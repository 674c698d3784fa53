"""Every key of dask-jobqueue and distributed has a fate with a backend, and it is the true one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dask.config
import pytest

from dask_backend_config.backends.config_tree import ConfigTree
from dask_backend_config.backends.jobqueue.config_transport import configuration_for_workers
from dask_backend_config.backends.jobqueue.options import (
    cluster_options,
    scheduler_values,
    worker_job,
)
from dask_backend_config.backends.options import BackendOptions
from dask_backend_config.catalogue import fates, shipped
from dask_backend_config.config import resolve
from dask_backend_config.config.merge import branch, leaves
from dask_backend_config.core.keys import hyphenated, join_path
from dask_backend_config.core.origins import Origin
from dask_backend_config.schedulers import SCHEDULERS

SECTIONS = shipped.known(shipped.PACKAGES[2])["jobqueue"]


def reads(kind: str, tree: Mapping[str, Any]) -> set[str]:
    """Return the keys that a backend reads if the configuration has nothing but `tree`."""
    read: set[str] = set()
    config = ConfigTree(tree, lambda _: Origin("file"), lambda key, _: read.add(hyphenated(key)))
    options, scheduler = BackendOptions(kind, "test", {}, None, config), SCHEDULERS[kind]
    cluster_options(options)
    worker_job(options, scheduler, scheduler_values(options, scheduler))
    return read


@pytest.mark.parametrize("kind", fates.queues())
def test_a_backend_reads_the_keys_of_its_section_that_have_an_effect(kind: str) -> None:
    keys = {f"jobqueue.{kind}.{name}" for name in SECTIONS[kind]}
    read = reads(kind, {"jobqueue": {kind: {"cores": 1}}}) & keys
    assert [key for key in keys if not fates.is_listed(key)] == []
    assert {key for key in keys if not fates.has_no_effect(key, "x")} - read <= PASSED_ON
    assert [key for key in read if fates.has_no_effect(key, "x")] == []


#: The batch scheduler reads these when it makes its script and commands.
PASSED_ON = {
    f"jobqueue.htcondor.{name}"
    for name in (
        "cancel-command-extra",
        "job-extra",
        "job-extra-directives",
        "submit-command-extra",
    )
}


def test_every_key_of_distributed_has_a_fate_and_workers_get_it() -> None:
    tree = dask.config.config["distributed"]
    paths = [path for path, _ in leaves(branch({"distributed": tree}, Origin("default")))]
    assert [path for path in paths if not fates.is_listed(join_path(path))] == []
    changed = {join_path(path): "changed" for path in paths if all("." not in p for p in path)}
    with dask.config.set(changed):
        sent = branch(configuration_for_workers(resolve.live()), Origin("code"))
    assert {hyphenated(join_path(path)) for path, _ in leaves(sent)} >= set(
        map(hyphenated, changed)
    )


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("jobqueue.slurm.walltime", "backends.jobqueue.resources-per-worker.wall", id="ours"),
        pytest.param("jobqueue.lsf.use_stdin", "unless backends.lsf.submit-by-stdin is", id="own"),
        pytest.param("jobqueue.moab.project", "unless backends.moab.account or", id="old-name"),
        pytest.param("jobqueue.pbs.processes", "unless backends.pbs.workers-per-job", id="processes"),
        pytest.param("jobqueue.mysite.cores", "without effect: only clusters", id="site"),
        pytest.param("jobqueue.local.cores", "without effect: only clusters", id="dask-jobqueue's"),
        pytest.param("distributed.adaptive.maximum", "backends.<type>.maximum-number", id="adaptive"),
        pytest.param("distributed.adaptive.wait-count", "not used by a local", id="of-a-section"),
        pytest.param("distributed.worker.lifetime.stagger", "jobqueue.lifetime-stagger", id="stagger"),
        pytest.param("jobqueue.slurm.scheduler-options", "missing there still count", id="merged"),
        pytest.param("distributed.worker.memory.target", None, id="as-without"),
        pytest.param("jobqueue.slurm.worker-command", None, id="as-in-dask-jobqueue"),
        pytest.param("backends.slurm.queue-name", None, id="of-a-backend"),
        pytest.param("array.chunk-size", None, id="of-dask"),
    ],
)  # fmt: skip
def test_the_fate_of_a_key_in_words(key: str, words: str | None) -> None:
    text = fates.with_backends(key)
    assert text is None if words is None else words in (text or "")
