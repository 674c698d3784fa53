"""The notebook view of a backend before, during and after its life."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dask_backend_config import DaskLocalCluster, DaskSLURMBackend, QueueWorkerResources
from dask_backend_config.backends.notebook import BackendSummary, summary_as_html
from dask_backend_config.core.errors import BackendError
from tests.config.test_repr_html import Tree, checked

from .conftest import wait_until
from .stand_in import StandIn

QUICK = {"adaptive_interval": "100ms", "watch_interval": "20ms"}


def test_the_view_of_a_local_backend(tmp_path: Path) -> None:
    backend = DaskLocalCluster(number_of_workers=1, log_directory=str(tmp_path / "logs"))
    before = Tree(backend._repr_html_()).words
    assert (
        before
        == f"DaskLocalClusternot startedplanned1 worker, each with 1 threadlogs{tmp_path}/logs"
    )
    with backend:
        tree = checked(backend._repr_html_())
        assert "DaskLocalClusterrunningplanned" in tree.words
        assert "connected1 worker, 1 task at once, " in tree.words
        link = backend.cluster.dashboard_link
        assert tree.addresses == ([link] if link else [])
        assert backend.logs["local-0"] in tree.words
        with hanging_loop(backend):
            assert "running" in backend._repr_html_()
    after = Tree(backend._repr_html_())
    assert after.words.startswith("DaskLocalClusterstopped")
    assert after.addresses == []


def test_dasks_controls_scale_a_running_backend() -> None:
    pytest.importorskip("ipywidgets")
    shown: list[dict[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
        backend = DaskLocalCluster(1)
        backend._ipython_display_()
        with backend:
            backend._ipython_display_()
            status, scaling = backend.cluster.backend_view._cached_widget.children  # type: ignore[attr-defined]
            assert status.value.startswith(backend._repr_html_()[:40])
            (number, scale), (least, most, adapt) = (
                box.children for box in scaling.children[1].children
            )
            number.value = 2
            scale.click()
            backend.wait_for_workers(2, 60)
            least.value, most.value = 0, 1
            adapt.click()
            wait_until(lambda: not backend.scheduler_info["workers"], 60)
            assert "running" in status.value
    assert "stopped" in status.value
    widget = "application/vnd.jupyter.widget-view+json"
    assert [widget in bundle for bundle in shown] == [False, True]
    assert [bundle["text/plain"] for bundle in shown] == [
        "<DaskLocalCluster, not started>",
        "<DaskLocalCluster, started>",
    ]


@contextmanager
def hanging_loop(backend: DaskLocalCluster) -> Iterator[None]:
    """Block the event loop of a backend."""
    hangs, release = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        release.wait(60)

    backend.cluster.loop.add_callback(hang)
    try:
        assert hangs.wait(10)
        yield
    finally:
        release.set()


def test_the_view_shows_what_to_do_before_the_dashboard_opens() -> None:
    hint = "On your computer, first run: ssh -L 8787:127.0.0.1:8787 node1"
    link = "http://127.0.0.1:8787/status"
    summary = BackendSummary("A", "running", "", dashboard=link, dashboard_hint=hint)
    assert f"dashboard{link}{hint}" in checked(summary_as_html(summary)).words


def test_a_waiting_job_is_shown_with_its_number_and_reason(slurm: StandIn) -> None:
    slurm.hold()
    resources = QueueWorkerResources(number_of_threads=2, wallclock_time_limit="05:59")
    backend = DaskSLURMBackend(
        minimum_number_of_workers=1,
        maximum_number_of_workers=5,
        resources_per_worker=resources,
        log_directory="logs",
        **QUICK,
    )
    planned = "planned1 to 5 workers, each with 2 threads, for 05:59:00 each"
    assert f"DaskSLURMBackendnot started{planned}" in Tree(backend._repr_html_()).words
    with backend:
        wait_until(lambda: "PENDING (Priority)" in backend._repr_html_())
        words = checked(backend._repr_html_()).words
        assert "connectedno workers" in words
        assert "1 waiting jobjobwaiting forreason1" in words
        assert "PENDING (Priority)" in words
        assert f"logs{Path('logs').resolve()}" in words.replace("~", str(Path.home()))
    assert "PENDING" not in Tree(backend._repr_html_()).words


def test_a_worker_is_shown_with_its_job_and_log(slurm: StandIn) -> None:
    with DaskSLURMBackend(python=sys.executable, log_directory="logs", **QUICK) as backend:
        backend.submit_task(abs, -1).result(60)
        words = checked(backend._repr_html_()).words
        (worker, number), *_ = backend.jobs.items()
        assert f"{worker}1" in words
        assert f"{Path('logs').resolve()}/dask-worker-{number}.*" in words
        assert number in words


def test_a_failed_backend_is_shown_with_the_reason(slurm: StandIn) -> None:
    with DaskSLURMBackend(python="/nowhere/python", **QUICK) as backend:
        with pytest.raises(BackendError):
            backend.submit_task(abs, -1).result(60)
        words = checked(backend._repr_html_()).words
        assert words.startswith("DaskSLURMBackendfailedSlurm job 3 ended as FAILED")


def test_a_backend_that_failed_to_start_is_shown_with_the_reason(slurm: StandIn) -> None:
    slurm.answer("sbatch", "echo 'Invalid account' >&2; exit 1")
    backend = DaskSLURMBackend(**QUICK)
    with pytest.raises(BackendError):
        backend.start()
    words = checked(backend._repr_html_()).words
    assert words.startswith("DaskSLURMBackendfailedSlurm rejected the job: sbatch ended with")
    assert "Invalid account" in words
    assert repr(backend) == "<DaskSLURMBackend, failed to start>"
    slurm.answer("sbatch", "")
    slurm.hold()
    with backend:
        assert Tree(backend._repr_html_()).words.startswith("DaskSLURMBackendrunning")
    assert Tree(backend._repr_html_()).words.startswith("DaskSLURMBackendstopped")


def test_a_rejected_job_is_shown_with_the_reason(slurm: StandIn) -> None:
    with DaskSLURMBackend(
        minimum_number_of_workers=0,
        maximum_number_of_workers=3,
        adaptive_interval="1 hour",
        watch_interval="1 hour",
    ) as backend:
        slurm.hold()
        first = backend.submit_task(abs, -1)
        wait_until(lambda: len(backend.jobs) > 0)
        slurm.answer("sbatch", "echo 'QOSMaxSubmitJobPerUserLimit' >&2; exit 1")
        backend.cluster.scale(2)
        wait_until(lambda: "rejected: " in backend._repr_html_())
        words = checked(backend._repr_html_()).words
        assert "2 waiting jobs" in words
        assert "QOSMaxSubmitJobPerUserLimit" in words
        assert not first.done()
