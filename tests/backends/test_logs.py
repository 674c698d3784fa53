"""The log of a worker: its header, and all output of the worker and its tasks."""

from __future__ import annotations

import ctypes
import logging
import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import dask.config
import distributed
import pytest

import dask_backend_config
from dask_backend_config import DaskLocalCluster, DaskSLURMBackend
from dask_backend_config.backends import worker_logs
from dask_backend_config.backends.registry import BACKENDS, backend_class
from dask_backend_config.core.errors import BackendError, ConfigValueError, WriteError

from .conftest import Run, wait_until
from .stand_in import StandIn

LIMIT = 30
VERSIONS = (
    f"# python {platform.python_version()}, dask {dask.__version__}, "
    f"distributed {distributed.__version__}, dask_backend_config {dask_backend_config.__version__}"
)
#: The output of `write_all`, in order.
WRITTEN = [
    "printed",
    "to stderr",
    "logged",
    "by a logger",
    "from C",
    "by a child",
    "straight to 1",
]


def write_all() -> None:
    print("printed")  # noqa: T201
    print("to stderr", file=sys.stderr)  # noqa: T201
    logging.info("logged")
    logging.getLogger("some.library").warning("by a logger")
    libc = ctypes.CDLL(None)
    libc.puts(b"from C")
    libc.fflush(None)
    subprocess.run([sys.executable, "-c", "print('by a child')"], check=True)
    os.write(1, b"straight to 1\n")


def in_order(text: str) -> list[str]:
    """Return the lines of `WRITTEN` that are in `text`, in their order there."""
    return re.findall("|".join(WRITTEN), text)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskLocalCluster]:
    folder = tmp_path_factory.mktemp("made") / "logs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(folder.parent))
        with DaskLocalCluster(2, log_directory=str(folder)) as made:
            yield made


def test_a_local_worker_has_a_log(
    backend: DaskLocalCluster, capfd: pytest.CaptureFixture[str]
) -> None:
    def ask() -> tuple[int, int]:
        write_all()
        return os.getpid(), os.getppid()

    process, _ = backend.submit_task(ask, workers=["local-1"]).result(LIMIT)
    path = Path(backend.logs["local-1"])
    assert path.name == f"local-1-{process}.log"
    assert backend.logs.keys() == {"local-0", "local-1"}
    first, second, *rest = path.read_text().splitlines()
    assert first == f"# worker local-1 on {socket.gethostname()}, process {process}"
    assert second == VERSIONS
    assert in_order("\n".join(rest)) == WRITTEN
    assert any("distributed.worker - INFO" in line for line in rest), "records of the worker"
    assert in_order(Path(backend.logs["local-0"]).read_text()) == []
    assert capfd.readouterr() == ("", "")


def test_a_worker_that_was_restarted_has_a_new_log(backend: DaskLocalCluster) -> None:
    before = backend.logs
    backend.submit_task(print, "last words", workers=["local-0"]).result(LIMIT)
    process = backend.submit_task(os.getpid, workers=["local-0"]).result(LIMIT)
    os.kill(process, 9)
    wait_until(lambda: backend.logs["local-0"] != before["local-0"], LIMIT)
    backend.submit_task(print, "new words", workers=["local-0"]).result(LIMIT)
    assert "last words" in Path(before["local-0"]).read_text()
    assert "new words" in Path(backend.logs["local-0"]).read_text()
    assert backend.logs["local-1"] == before["local-1"]


def test_configured_log_levels_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = "{'distributed': 'error', 'some.library': 'error'}"
    monkeypatch.setenv("DASK_DISTRIBUTED__LOGGING", levels)
    with DaskLocalCluster(1, log_directory=str(tmp_path)) as backend:
        backend.submit_task(write_all).result(LIMIT)
        text = Path(backend.logs["local-0"]).read_text()
    assert in_order(text) == [line for line in WRITTEN if line != "by a logger"]
    assert "distributed.worker" not in text


def test_without_a_folder_workers_write_to_the_streams_of_the_client(run_script: Run) -> None:
    done = run_script(
        """
        from dask_backend_config import DaskLocalCluster

        with DaskLocalCluster(1) as backend:
            backend.submit_task(print, "printed", flush=True).result(30)
            assert backend.logs == {}
        """
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "printed\n", "")


def test_variables_in_the_folder_are_expanded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path))
    assert (
        DaskLocalCluster(1, log_directory="$PLACE/logs")._options.log_directory
        == f"{tmp_path}/logs"
    )


def test_an_unset_variable_in_the_folder_is_an_error() -> None:
    with (
        dask.config.set({"backends.local.log-directory": "$NOWHERE/logs"}),
        pytest.raises(ConfigValueError, match=r"log-directory.*\$NOWHERE is not set"),
    ):
        DaskLocalCluster()


def test_a_folder_that_cannot_be_created_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    backend = DaskLocalCluster(1, log_directory=str(tmp_path / "file" / "logs"))
    with pytest.raises((BackendError, WriteError), match="file/logs"):
        backend.start()
    assert not backend.started


def test_a_job_has_a_log(slurm: StandIn, tmp_path: Path) -> None:
    backend = DaskSLURMBackend(
        log_directory=str(tmp_path / "logs"),
        setup_script_commands=["echo set up"],
        adaptive_interval="100ms",
    )
    with backend:
        name, number = next(iter(backend.jobs.items()))
        process = backend.submit_task(os.getpid).result(LIMIT)
        backend.submit_task(write_all).result(LIMIT)
        (path,) = backend.logs.values()
        text = Path(path).read_text()
    assert backend.logs == {name: path}
    assert Path(path).parent == tmp_path / "logs"
    lines = text.splitlines()
    assert lines[0] == f"# host {socket.gethostname()}, job {number}"
    assert lines[1] == "set up"
    head = lines.index(f"# worker {name} on {socket.gethostname()}, process {process}")
    assert lines[head + 1] == VERSIONS
    assert in_order(text) == WRITTEN


def test_without_a_folder_the_log_of_a_job_is_where_slurm_writes_it(
    slurm: StandIn, tmp_path: Path
) -> None:
    with DaskSLURMBackend(adaptive_interval="100ms") as backend:
        assert list(backend.logs.values()) == [str(tmp_path / "slurm-1.out")]
        assert "hostname" not in slurm.script()
        assert "exec" not in slurm.script().replace("sys.executable", "")


@pytest.mark.parametrize("kind", [kind for kind in BACKENDS if kind not in ("local", "htcondor")])
def test_the_job_script_writes_host_and_job_into_the_log(kind: str, tmp_path: Path) -> None:
    made: Any = backend_class(kind)(log_directory=str(tmp_path))
    script = made.job_script()
    lines = [line for line in script.splitlines() if line.startswith(("exec >&2", 'echo "# host'))]
    names = made.scheduler.job_variables
    environ = {"PATH": os.environ["PATH"], "HOSTNAME": "node1", names[-1]: "17.server"}
    done = subprocess.run(
        ["/bin/sh", "-euc", "\n".join(lines)], capture_output=True, text=True, env=environ
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "# host node1, job 17.server\n"


@pytest.mark.parametrize(
    ("patterns", "there", "answer"),
    [
        pytest.param(["a.err", "a.out"], ["a.err", "a.out"], "a.err", id="first"),
        pytest.param(["a.err", "a.out"], ["a.out"], "a.out", id="existing"),
        pytest.param(["a.err", "a.out"], [], "a.err", id="none-yet"),
        pytest.param(["7.*ER"], ["7.server.ER"], "7.server.ER", id="pattern"),
        pytest.param(["7.*ER"], [], None, id="pattern-without-file"),
        pytest.param([], [], None, id="no-patterns"),
    ],
)
def test_find_log(
    patterns: list[str], there: list[str], answer: str | None, tmp_path: Path
) -> None:
    for name in there:
        (tmp_path / name).touch()
    found = worker_logs.find_log(str(tmp_path / pattern) for pattern in patterns)
    assert found == (answer and str(tmp_path / answer))
