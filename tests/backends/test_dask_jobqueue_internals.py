"""The undocumented parts of dask_jobqueue that this package uses exist and work as expected."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dask_backend_config.backends.dask_jobqueue_internals import cluster_class, job_class
from dask_backend_config.schedulers import SCHEDULERS
from tests.backends.conftest import Run

SCRIPT = """
    import json, signal, threading
    from dask_backend_config.backends.dask_jobqueue_internals import cluster_class

    def load():
        loaded.append(cluster_class("SLURMCluster").__name__)
        import dask_jobqueue.runner

    loaded = []
    if {in_thread}:
        thread = threading.Thread(target=load)
        thread.start()
        thread.join()
    else:
        load()
    kept = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    print(json.dumps([loaded, kept]))
"""


@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "another thread"])
def test_the_import_changes_neither_ctrl_c_nor_files(
    run_script: Run, home: Path, in_thread: bool
) -> None:
    done = run_script(SCRIPT.format(in_thread=in_thread))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["SLURMCluster"], True]
    assert list(home.iterdir()) == []


def test_a_job_has_what_the_cluster_uses() -> None:
    template: Any = SimpleNamespace(
        request=SimpleNamespace(name="named"),
        header=lambda: ["#SBATCH -n 1"],
        script=lambda address, name: f"{name} of {address}",
    )
    jobs = SimpleNamespace(template=template)
    for scheduler in SCHEDULERS.values():
        cluster = cluster_class(scheduler.cluster_class)
        job = job_class(cluster)("tcp://x", "worker-0", jobs=jobs)
        assert isinstance(job, cluster.job_cls)  # type: ignore[attr-defined]
        assert job.job_script() == "worker-0 of tcp://x"
    source = inspect.getsource(cluster_class("JobQueueCluster").__base__)  # type: ignore[arg-type]
    used = (
        "job_cls",
        "_job_kwargs",
        "_dummy_job.job_header",
        "_dummy_job.job_name",
        "_dummy_job.worker_processes",
    )
    missing = [name for name in used if name not in source]
    assert missing == [], "dask_jobqueue changed: adapt dask_jobqueue_internals"
