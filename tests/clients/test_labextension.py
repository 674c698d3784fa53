"""dask-labextension's manager starts, scales, adapts and stops backends."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import dask.config
import pytest

from tests.backends.conftest import slurm  # noqa: F401

from .packages import needs

LIMIT = 240
pytestmark = [needs("dask_labextension"), pytest.mark.timeout(3 * LIMIT)]

KINDS = {
    "DaskLocalCluster": {"number-of-workers": 1},
    "DaskSLURMBackend": {
        "python": sys.executable,
        "minimum-number-of-workers": 0,
        "adaptive-interval": "100ms",
    },
}


async def manager_of_clusters() -> Any:
    """Return the class; its module needs a loop, and adds defaults to dask's configuration."""
    from dask_labextension.manager import DaskClusterManager

    return DaskClusterManager


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("isolation", ["none", "process"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_buttons_of_its_sidebar_work(
    kind: str, isolation: str, request: pytest.FixtureRequest
) -> None:
    if kind == "DaskSLURMBackend":
        request.getfixturevalue("slurm")
    manager_class = asyncio.run(manager_of_clusters())

    async def main() -> None:
        async with manager_class() as manager:
            key = (await manager.start_cluster(configuration={"workers": 1}))["id"]

            async def workers_become(number: int) -> None:
                for _ in range(50 * LIMIT):
                    if manager.get_cluster(key)["workers"] == number:
                        return
                    await asyncio.sleep(0.02)
                raise AssertionError(manager.get_cluster(key))

            await workers_become(1)
            await manager.scale_cluster(key, 2)
            await workers_become(2)
            adapted = manager.adapt_cluster(key, 0, 2)
            assert adapted["adapt"] == {"minimum": 0, "maximum": 2}
            await workers_become(0)
            await manager.scale_cluster(key, 1)
            await workers_become(1)
            assert manager.get_cluster(key)["scheduler_address"].startswith(("tcp://", "tls://"))
            closed = await manager.close_cluster(key)
            assert (closed["workers"], manager.list_clusters()) == (0, [])

    options = {**KINDS[kind], "task-isolation": isolation}
    factory = {"module": "dask_backend_config", "class": kind, "args": [], "kwargs": options}
    with dask.config.set({"labextension.factory": factory}):
        asyncio.run(main())
