"""What a notebook shows of a backend, from before its start to after its stop."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import dask.config
import pytest

from dask_backend_config import DaskLocalCluster, DaskSLURMBackend, QueueWorkerResources
from dask_backend_config.core.errors import BackendError
from tests.config.test_repr_html import Tree, checked

from .conftest import wait_until
from .stand_in import StandIn

QUICK = {"adaptive_interval": "100ms", "watch_interval": "20ms"}


def test_a_local_backend_shows_its_life(tmp_path: Path) -> None:
    backend = DaskLocalCluster(number_of_workers=1, log_directory=str(tmp_path / "logs"))
    before = Tree(backend._repr_html_()).words
    assert (
        before
        == f"DaskLocalClusternot startedstarts1 worker, each with 1 threadlogs{tmp_path}/logs"
    )
    with backend:
        tree = checked(backend._repr_html_())
        assert "DaskLocalClusterrunningstarts" in tree.words
        assert "connected1 worker, 1 thread, " in tree.words
        assert [backend.cluster.dashboard_link] == tree.addresses
        assert backend.logs["local-0"] in tree.words
    after = Tree(backend._repr_html_())
    assert after.words.startswith("DaskLocalClusterstopped")
    assert after.addresses == []


def test_a_repr_does_not_wait_for_a_loop_that_hangs() -> None:
    with DaskLocalCluster(number_of_workers=1) as backend:
        hangs, goes_on = threading.Event(), threading.Event()

        def hang() -> None:
            hangs.set()
            goes_on.wait(60)

        backend.cluster.loop.add_callback(hang)
        try:
            assert hangs.wait(10)
            assert "running" in backend._repr_html_()
        finally:
            goes_on.set()


def test_a_link_that_cannot_be_made_is_left_out() -> None:
    with (
        dask.config.set({"distributed.dashboard.link": "{NOT_SET_ANYWHERE}/{port}"}),
        DaskLocalCluster(number_of_workers=1) as backend,
    ):
        tree = checked(backend._repr_html_())
        assert "dashboard" not in tree.words


def test_a_job_that_waits_stands_there_with_its_number_and_reason(slurm: StandIn) -> None:
    slurm.hold()
    resources = QueueWorkerResources(number_of_threads=2, wallclock_time_limit="05:59")
    backend = DaskSLURMBackend(
        minimum_number_of_workers=1,
        maximum_number_of_workers=5,
        resources_per_worker=resources,
        log_directory="logs",
        **QUICK,
    )
    planned = "starts1 to 5 workers, each with 2 threads, for 05:59:00 each"
    assert f"DaskSLURMBackendnot started{planned}" in Tree(backend._repr_html_()).words
    with backend:
        wait_until(lambda: "PENDING (Priority)" in backend._repr_html_())
        words = checked(backend._repr_html_()).words
        assert "connectedno worker" in words
        assert "1 job that waitsjobsincewhy1" in words
        assert "PENDING (Priority)" in words
        assert f"logs{Path('logs').resolve()}" in words.replace("~", str(Path.home()))
    assert "PENDING" not in Tree(backend._repr_html_()).words


def test_a_worker_of_a_queue_stands_there_with_its_job_and_log(slurm: StandIn) -> None:
    with DaskSLURMBackend(python=sys.executable, log_directory="logs", **QUICK) as backend:
        backend.submit_task(abs, -1).result(60)
        words = checked(backend._repr_html_()).words
        (worker, number), *_ = backend.jobs.items()
        assert f"{worker}1" in words
        assert f"{Path('logs').resolve()}/dask-worker-{number}.*" in words
        assert number in words


def test_why_no_more_jobs_come_stands_there(slurm: StandIn) -> None:
    with DaskSLURMBackend(python="/nowhere/python", **QUICK) as backend:
        with pytest.raises(BackendError):
            backend.submit_task(abs, -1).result(60)
        words = checked(backend._repr_html_()).words
        assert words.startswith("DaskSLURMBackendfailedSlurm job 3 ended as FAILED")


def test_a_job_that_was_refused_stands_there_with_the_reason(slurm: StandIn) -> None:
    with DaskSLURMBackend(
        minimum_number_of_workers=0, maximum_number_of_workers=3, **QUICK
    ) as backend:
        slurm.hold()
        first = backend.submit_task(abs, -1)
        wait_until(lambda: len(slurm.calls("sbatch")) > 0)
        slurm.answer("sbatch", "echo 'QOSMaxSubmitJobPerUserLimit' >&2; exit 1")
        backend.cluster.scale(2)
        wait_until(lambda: "refused: " in backend._repr_html_())
        words = checked(backend._repr_html_()).words
        assert "2 jobs that wait" in words
        assert "QOSMaxSubmitJobPerUserLimit" in words
        assert not first.done()
