"""Questions to real clusters: their answers, and what becomes of processes that do not answer."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from pathlib import Path

import dask.config
import pytest
from distributed import LocalCluster
from distributed.security import Security

from dask_backend_config.backends.certificates import temporary_certificate
from dask_backend_config.clusters.address import TLSFiles
from dask_backend_config.clusters.differences import compare
from dask_backend_config.clusters.question import ask_cluster
from dask_backend_config.clusters.remote_function import RemoteFunction
from dask_backend_config.config import interpreter
from dask_backend_config.core.errors import BackendError, ConfigSourceError, DaskBackendError

from .made_clusters import cluster_in_this_process

LIMIT = 60.0
#: Interpreters of which clusters are started, joined by ``:``; this one is always among them.
INTERPRETERS = [sys.executable, *filter(None, os.environ.get("OTHER_PYTHONS", "").split(":"))]


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler and two workers, all in this process."""
    with cluster_in_this_process(n_workers=2, protocol="tcp://") as started:
        yield started


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TLSFiles]:
    """Two certificates of different authorities."""
    folder = tmp_path_factory.mktemp("tls")
    found = {}
    for name in ("own", "other"):
        for path, text in zip(("cert", "key"), temporary_certificate(), strict=True):
            (folder / f"{name}.{path}").write_text(text)
        cert, key = str(folder / f"{name}.cert"), str(folder / f"{name}.key")
        found[name] = TLSFiles(cert, cert, key)
    return found


@pytest.fixture(scope="module")
def encrypted(files: dict[str, TLSFiles]) -> Iterator[str]:
    """The address of a cluster that requires TLS."""
    own = files["own"]
    roles = ("client", "scheduler", "worker")
    paths = {f"tls_{role}_{part}": getattr(own, part) for role in roles for part in ("cert", "key")}
    security = Security(tls_ca_file=own.ca_file, require_encryption=True, **paths)
    with cluster_in_this_process(n_workers=1, protocol="tls://", security=security) as started:
        yield started.scheduler_address


def test_every_process_answers_with_values_set_in_code(cluster: LocalCluster) -> None:
    before = dask.config.serialize(dask.config.config)
    with dask.config.set({"distributed.worker.transfer.message-bytes-limit": "7 MiB"}):
        found = ask_cluster(cluster.scheduler_address, LIMIT)
    assert [each.role for each in found.processes] == ["client", "scheduler", "worker", "worker"]
    assert found.problems == []
    assert found.title.endswith(": client, scheduler and 2 workers")
    assert {each.name for each in found.processes[2:]} == {"0", "1"}
    assert [found.named(group) for group in found.groups] == [
        "client",
        "scheduler and both workers",
    ]
    (_, _), (value, having) = compare(found).differing[
        "distributed.worker.transfer.message-bytes-limit"
    ]
    assert value
    assert (value.value, value.origin.kind, len(having)) == ("7 MiB", "code", 3)
    assert found.processes[1].versions["msgpack"]
    assert dask.config.serialize(dask.config.config) == before, "nothing changed there"


def test_one_process_of_those_that_are_alike_is_asked_for_all(cluster: LocalCluster) -> None:
    found = ask_cluster(cluster.scheduler_address, LIMIT)
    assert len({each.snapshot for each in found.processes[1:]}) == 1
    (snapshot,) = found.running()
    assert snapshot.title == f"all 3 processes of {cluster.scheduler_address}"


@pytest.mark.parametrize("form", ["HOST:PORT", "file", "address"])
def test_an_address_can_be_written_as_for_dask(
    form: str, cluster: LocalCluster, tmp_path: Path
) -> None:
    address = cluster.scheduler_address
    file = tmp_path / "scheduler.json"
    file.write_text(json.dumps({"type": "Scheduler", "address": address}))
    text = {"HOST:PORT": address.removeprefix("tcp://"), "file": str(file)}.get(form, address)
    assert ask_cluster(text, LIMIT).address == address


def test_certificates_are_those_of_the_options_else_of_dask(
    encrypted: str, files: dict[str, TLSFiles]
) -> None:
    own = files["own"]
    assert ask_cluster(encrypted, LIMIT, own).problems == []
    assert ask_cluster(encrypted.removeprefix("tls://"), LIMIT, own).address == encrypted
    keys = {"ca-file": own.ca_file, "client.cert": own.cert, "client.key": own.key}
    with dask.config.set({f"distributed.comm.tls.{name}": path for name, path in keys.items()}):
        assert ask_cluster(encrypted, LIMIT).problems == []


def test_certificates_are_those_of_a_security_loader(
    encrypted: str, files: dict[str, TLSFiles], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = files["own"]
    security = Security(tls_ca_file=own.ca_file, tls_client_cert=own.cert, tls_client_key=own.key)
    known = {encrypted: security}
    loader = types.SimpleNamespace(load=lambda connection: known.get(connection["address"]))
    monkeypatch.setitem(sys.modules, "a_loader", loader)
    with dask.config.set({"distributed.client.security-loader": "a_loader.load"}):
        assert ask_cluster(encrypted, LIMIT).problems == []
        assert_one_line("tls://127.0.0.1:1", "needs certificates")
    with dask.config.set({"distributed.client.security-loader": "no_module.load"}):
        assert_one_line(encrypted, "cannot be used: No module named")


@pytest.mark.parametrize(
    ("scheme", "certificates", "problem"),
    [
        pytest.param("tcp", None, "requires TLS: write tls://", id="no TLS"),
        pytest.param("tls", None, "needs certificates", id="no certificates"),
        pytest.param("tls", "other", "certificate", id="another authority"),
        pytest.param("tls", "missing", "/none.pem cannot be read: no such file", id="missing file"),
    ],
)
def test_a_cluster_that_requires_tls_is_refused_in_one_line(
    scheme: str, certificates: str | None, problem: str, encrypted: str, files: dict[str, TLSFiles]
) -> None:
    missing = TLSFiles("/none.pem", "/none.pem", "/none.key")
    given = {**files, "missing": missing}.get(certificates or "")
    address = f"{scheme}://{encrypted.partition('://')[2]}"
    assert_one_line(address, problem, given, limit=15)


def test_an_unencrypted_cluster_is_refused_if_encryption_is_required(cluster: LocalCluster) -> None:
    with dask.config.set({"distributed.comm.require-encryption": True}):
        assert_one_line(cluster.scheduler_address, "require-encryption is true")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_is_refused_by_a_cluster_without(
    cluster: LocalCluster, files: dict[str, TLSFiles]
) -> None:
    address = cluster.scheduler_address.replace("tcp://", "tls://")
    assert_one_line(address, "does not use TLS: write tcp://", files["own"], limit=15)
    gc.collect()  # tornado leaves a socket open


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        pytest.param("tcp://127.0.0.1", "has no port", id="no port"),
        pytest.param("tcp://nowhere.invalid:8786", "unknown host", id="unknown host"),
        pytest.param("foo://127.0.0.1:8786", "unknown protocol 'foo'", id="protocol"),
        pytest.param("/none/scheduler.json", "cannot be read: No such file", id="no file"),
    ],
)
def test_a_wrong_address_gets_one_line(address: str, problem: str) -> None:
    assert_one_line(address, problem, limit=15)


def test_a_file_without_an_address_gets_one_line(tmp_path: Path) -> None:
    for text in ("{}", "[1]", "a: 1"):
        (tmp_path / "x.json").write_text(text)
        assert_one_line(str(tmp_path / "x.json"), "is not a scheduler file")


@pytest.mark.parametrize(
    ("answer", "limit", "problem"),
    [
        pytest.param(None, 3.0, "did not answer within 3 s", id="hung"),
        pytest.param(b"", 15.0, "closed the connection", id="closes"),
        pytest.param(b"HTTP/1.0 400 Bad\r\n\r\n", 3.0, "did not answer|dask scheduler", id="http"),
    ],
)
def test_what_is_not_a_scheduler_gets_one_line(
    answer: bytes | None, limit: float, problem: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    if answer is None:
                        ended.wait(LIMIT)
                    connection.sendall(answer or b"")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert_one_line(f"127.0.0.1:{server.getsockname()[1]}", problem, limit=limit)
        ended.set()


def test_nothing_listens(unused_port: int) -> None:
    began = time.monotonic()
    assert_one_line(f"tcp://127.0.0.1:{unused_port}", "connection refused", limit=LIMIT)
    assert time.monotonic() - began < LIMIT / 2


def test_a_scheduler_or_worker_may_refuse_to_run_functions() -> None:
    quiet = {"n_workers": 1, "protocol": "tcp://"}
    refusing = dask.config.set({"distributed.worker.blocked-handlers": ["run"]})
    with refusing, cluster_in_this_process(**quiet) as blocked:
        found = ask_cluster(blocked.scheduler_address, LIMIT)
    (problem,) = found.problems
    assert "worker 0 (tcp://" in problem
    assert "disallowed" in problem
    assert found.named(found.groups[-1]) == "scheduler"
    refusing = dask.config.set({"distributed.scheduler.blocked-handlers": ["run_function"]})
    with refusing, cluster_in_this_process(**quiet) as blocked:
        assert_one_line(blocked.scheduler_address, "disallowed", limit=LIMIT)


def test_a_hung_worker_is_named_and_the_others_answer() -> None:
    with cluster_in_this_process(n_workers=3, processes=True, protocol="tcp://") as cluster:
        processes = {str(name): nanny.process for name, nanny in cluster.workers.items()}
        hung = processes["1"].pid
        os.kill(hung, signal.SIGSTOP)
        try:
            found = ask_cluster(cluster.scheduler_address, 25.0)
        finally:
            os.kill(hung, signal.SIGCONT)
        (problem,) = found.problems
        assert problem.startswith("worker 1 (tcp://")
        assert problem.endswith("did not answer within 10 s")
        answered = [each for each in found.processes if not each.problem]
        assert [each.role for each in answered].count("worker") == 2
        assert [each.role for each in answered].count("nanny") == 3


@pytest.mark.parametrize("python", INTERPRETERS)
def test_other_releases_of_python_and_dask_answer(python: str, tmp_path: Path) -> None:
    with other_cluster(python, tmp_path) as (address, process):
        found = ask_cluster(address, LIMIT)
        assert found.problems == []
        assert [each.role for each in found.processes] == ["client", "scheduler", "nanny", "worker"]
        os.kill(process.pid, signal.SIGSTOP)
        assert_one_line(address, "did not answer within 3 s", limit=3)
        process.kill()


class other_cluster:  # noqa: N801 - a context manager
    """A scheduler and a worker of another interpreter."""

    def __init__(self, python: str, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        options = ["--scheduler-file", str(self.file), "--no-dashboard"]
        self.commands = [
            [python, "-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", *options],
            [python, "-m", "dask", "worker", "--nthreads", "1", *options],
        ]
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> tuple[str, subprocess.Popen[bytes]]:
        for command in self.commands:
            with open(self.folder / "log", "ab") as log:
                process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
            self.processes.append(process)
        self._wait_for_the_worker()
        return str(self.file), self.processes[0]

    def _wait_for_the_worker(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if len(ask_cluster(str(self.file), LIMIT).processes) == 4:
                    return
            except DaskBackendError:
                continue
        raise TimeoutError((self.folder / "log").read_text())

    def __exit__(self, *error: object) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.mark.parametrize("magic", [importlib.util.MAGIC_NUMBER, b"another"])
def test_a_function_is_sent_as_source_for_another_python(
    magic: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "MAGIC_NUMBER", magic)
    function = pickle.dumps(RemoteFunction(interpreter.MODULES, "configuration_snapshot"), 4)
    assert len(function) < 40_000
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer)())"
    command = [sys.executable, "-I", "-c", program]
    done = subprocess.run(command, input=function, capture_output=True, check=True, timeout=LIMIT)
    assert json.loads(done.stdout)["python"]


@pytest.fixture
def unused_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def assert_one_line(
    address: str, problem: str, files: TLSFiles | None = None, limit: float = LIMIT
) -> None:
    with pytest.raises((BackendError, ConfigSourceError), match=problem) as caught:
        ask_cluster(address, limit, files)
    assert "\n" not in str(caught.value)
