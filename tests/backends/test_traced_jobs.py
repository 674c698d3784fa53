"""Traces of a job queue: jobs have the configuration of their start."""

from __future__ import annotations

import dask.config

import dask_backend_config
from dask_backend_config.backends.jobqueue.by_scheduler import DaskSLURMBackend

from .stand_in import StandIn


def test_jobs_have_the_configuration_of_their_start(slurm: StandIn) -> None:
    slurm.hold()
    before = dask.config.set({"distributed.worker.memory.pause": 0.85})
    with before, dask_backend_config.trace() as traced:
        backend = DaskSLURMBackend(minimum_number_of_workers=1)
        with dask.config.set({"backends.slurm.queue-name": "long"}):
            pass
        backend.start()
        try:
            with dask.config.set({"distributed.worker.memory.target": 0.5}):
                pass
        finally:
            backend.stop()
        with dask.config.set({"distributed.worker.memory.spill": 0.65}):
            pass
    assert [(late.key, late.reach) for late in traced.late] == [
        ("backends.slurm.queue-name", "nothing"),
        ("distributed.worker.memory.target", "nothing"),
    ]
    (made,), (started,) = (late.captured for late in traced.late)
    assert (made.name, made.how, made.value) == ("DaskSLURMBackend", "read", None)
    assert (started.name, started.how, started.value) == ("DaskSLURMBackend", "handed over", 0.6)
    assert [(remark.id, remark.key) for remark in traced.remarks] == [
        ("never-read", "distributed.worker.memory.spill")
    ]
    assert traced.as_json()["failures"] == []
