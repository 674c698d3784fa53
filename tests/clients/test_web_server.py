"""The web application of docs/clients.md keeps a backend while it runs, under a real server."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.backends.conftest import slurm, still_running, wait_until  # noqa: F401
from tests.docs.pages import DOCS, blocks

from .packages import needs
from .test_dashboard import status

LIMIT = 240
pytestmark = [
    needs("fastapi", "httpx", "uvicorn"),  # Prefect has them, and sets their versions
    pytest.mark.timeout(3 * LIMIT),
]

KINDS = {
    "local": {"DEFAULT": "local", "LOCAL__NUMBER_OF_WORKERS": "2"},
    "slurm": {
        "DEFAULT": "slurm",
        "SLURM__MAXIMUM_NUMBER_OF_WORKERS": "2",
        "SLURM__PYTHON": sys.executable,
        "SLURM__ADAPTIVE_INTERVAL": "100ms",
        "SLURM__WATCH_INTERVAL": "20ms",
    },
}


@pytest.fixture(
    params=[(kind, isolation) for kind in KINDS for isolation in ("none", "process")], ids="-".join
)
def server(
    request: pytest.FixtureRequest, tmp_path: Path, home: Path
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the application, and return its process and address."""
    kind, isolation = request.param
    if kind == "slurm":
        request.getfixturevalue("slurm")
    (application,) = (
        block.text
        for block in blocks(["python"])
        if block.page == DOCS / "clients.md" and "FastAPI" in block.text
    )
    (tmp_path / "app.py").write_text(application)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    options = {**KINDS[kind], f"{kind.upper()}__TASK_ISOLATION": isolation}
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", str(port), "app:app"],
        cwd=tmp_path,
        env={**os.environ, **{f"DASK_BACKENDS__{name}": options[name] for name in options}},
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: status(f"{address}/docs") == 200 or bool(process.poll()), LIMIT)
        yield process, address
    finally:
        process.kill()
        process.wait(LIMIT)


def test_requests_share_a_backend_that_ends_with_the_application(
    server: tuple[subprocess.Popen[bytes], str], request: pytest.FixtureRequest
) -> None:
    import httpx

    process, address = server

    async def answers() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=address, timeout=LIMIT) as client:
            paths = [f"/powers/{number}/2" for number in range(20)]
            failing = client.get("/powers/0/-1")
            return await asyncio.gather(failing, *map(client.get, paths))

    failed, *succeeded = asyncio.run(answers())
    assert failed.status_code == 500
    assert [answer.json() for answer in succeeded] == [number**2 for number in range(20)]

    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(LIMIT) in (0, -signal.SIGTERM)  # uvicorn repeats the signal in the end
    wait_until(lambda: not still_running(children), LIMIT)
    if "slurm" in request.fixturenames:
        states = request.getfixturevalue("slurm").states()
        assert states
        assert not {"PENDING", "RUNNING"} & set(states.values())
