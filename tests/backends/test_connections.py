"""Protocol, certificates, names and the scheduler's address of clusters."""

from __future__ import annotations

import os
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest
from distributed import Client
from distributed.security import Security

from dask_backend_config import BaseDaskBackend, DaskLocalCluster, DaskSLURMBackend, get_backend
from dask_backend_config.backends.certificates import temporary_certificate
from dask_backend_config.backends.jobqueue import certificates
from dask_backend_config.core.errors import ConfigValueError

from .conftest import Run
from .stand_in import StandIn

LIMIT = 60
ROLES = ("client", "scheduler", "worker")
OURS, THEIRS = "backends.slurm.scheduler-options", "jobqueue.slurm.scheduler-options"
INTERFACE = "backends.slurm.scheduler-interface"
UNENCRYPTED = pytest.mark.filterwarnings("ignore:.*security is false")
TEMPORARY = Security.temporary()


def with_files(folder: Path, **others: Any) -> Security:
    """Return a security with a certificate of its own for each role, all of one authority."""
    authority, key = temporary_certificate()
    (folder / "ca.pem").write_text(authority)
    (folder / "key.pem").write_text(key)
    parts = {f"tls_{role}_cert": str(folder / "ca.pem") for role in ROLES}
    parts |= {f"tls_{role}_key": str(folder / "key.pem") for role in ROLES}
    return Security(**{"tls_ca_file": str(folder / "ca.pem"), **parts, **others})


@pytest.mark.parametrize(
    ("said", "arguments", "expected"),
    [
        pytest.param({THEIRS: {"port": 1}}, {}, {"port": 1}, id="theirs"),
        pytest.param({OURS: {"port": 2}, THEIRS: {"port": 1}}, {}, {"port": 2}, id="ours first"),
        pytest.param(
            {OURS: {"http-prefix": "a"}, THEIRS: {"idle_timeout": "1h"}}, {"scheduler_options": {"port": 3}},
            {"port": 3, "http_prefix": "a", "idle_timeout": "1h"}, id="entries of all layers",
        ),
        pytest.param(
            {"backends.jobqueue.scheduler-options": {"port": 1}, OURS: {"port": None}}, {}, {}, id="null"
        ),
        pytest.param({INTERFACE: "eth0"}, {}, {"interface": "eth0"}, id="interface"),
        pytest.param({THEIRS: {"interface": "ib0"}}, {}, {"interface": "ib0"}, id="their interface"),
        pytest.param(
            {INTERFACE: "eth0", THEIRS: {"interface": "ib0"}}, {}, {"interface": "eth0"}, id="our interface"
        ),
        pytest.param(
            {INTERFACE: "eth0"}, {"scheduler_options": {"interface": "ib0"}}, {"interface": "ib0"},
            id="argument before key",
        ),
        pytest.param(
            {INTERFACE: "eth0", THEIRS: {"host": "head"}}, {}, {"interface": "eth0"}, id="our interface, their host"
        ),
        pytest.param(
            {INTERFACE: "eth0"}, {"scheduler_options": {"host": "head"}}, {"host": "head"}, id="host as argument"
        ),
        pytest.param({"backends.slurm.protocol": "tls"}, {}, {"protocol": "tls://"}, id="protocol"),
        pytest.param({THEIRS: {"protocol": "wss://"}}, {}, {"protocol": "wss://"}, id="their protocol"),
        pytest.param({}, {"protocol": "ws", "security": False}, {"protocol": "ws://"}, id="not encrypted"),
    ],
)  # fmt: skip
def test_the_arguments_of_the_scheduler(
    said: dict[str, Any], arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    with dask.config.set(said):
        backend = DaskSLURMBackend(**arguments)
    assert backend._options.connections.scheduler_options == expected


@pytest.mark.parametrize("kind", [DaskSLURMBackend, DaskLocalCluster])
def test_the_dashboard_in_the_arguments_of_the_scheduler_counts_unless_the_key_is_set(
    kind: type[DaskSLURMBackend], tmp_path: Path
) -> None:
    def dashboard(**arguments: Any) -> str:
        return kind(**arguments)._options.connections.dashboard_address

    given = {"scheduler_options": {"dashboard_address": ":1"}}
    assert dashboard(**given) == "127.0.0.1:1"
    assert dashboard(**given, dashboard_address=":2") == "127.0.0.1:2"
    with dask.config.set({f"backends.{kind.kind}.dashboard-address": ":3"}):
        assert dashboard() == "127.0.0.1:3"
        assert dashboard(**given) == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"protocol": "tcp"}, "protocol .* 'tcp': it does not encrypt, but security is on", id="tcp"),
        pytest.param({"protocol": "ucx://"}, "it does not encrypt", id="ucx"),
        pytest.param({"protocol": "tls", "security": False}, "it needs certificates", id="tls"),
        pytest.param({"scheduler_options": {"protocol": "tcp://"}}, r"scheduler_options\['protocol'\]", id="theirs"),
        pytest.param({"protocol": "TLS"}, "must look like tls", id="upper case"),
        pytest.param({"scheduler_options": {"prot": 1}}, "no such argument; did you mean port", id="misspelt"),
        pytest.param({"scheduler_options": {"security": TEMPORARY}}, "set the argument security", id="security"),
        pytest.param({"scheduler_options": ["port"]}, "must be a section", id="list"),
        pytest.param({"scheduler_options": {"dashboard_address": []}}, "must be a string", id="dashboard"),
        pytest.param({"name": "a/b"}, "name .* 'a/b': must look like simulation", id="name"),
        pytest.param({"name": "-x"}, "must look like", id="name like an option"),
        pytest.param({"security": "yes"}, "must be", id="string"),
        pytest.param({"security": object()}, "must be", id="object"),
        pytest.param({"security": Security}, "must be", id="class"),
        pytest.param({"security": Security()}, "no tls_ca_file and no tls_client_cert", id="empty"),
        *(
            pytest.param(
                {"security": Security(tls_ca_file="x\n", **{f"tls_{r}_cert": "x\n" for r in ROLES if r != role})},
                f"it has no tls_{role}_cert; ", id=f"no {role}",
            )
            for role in ROLES
        ),
        pytest.param(
            {"security": Security(tls_ca_file="/no/ca.pem", **{f"tls_{r}_cert": "x\n" for r in ROLES})},
            "its tls_ca_file '/no/ca.pem' is a file that does not exist", id="no file",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [DaskSLURMBackend, DaskLocalCluster])
def test_what_cannot_connect_is_refused(
    kind: type[DaskSLURMBackend], arguments: dict[str, Any], words: str
) -> None:
    if kind is DaskLocalCluster and "protocol" in str(arguments):
        arguments = {"security": True, **arguments}
    with pytest.raises(ConfigValueError, match=words):
        kind(**arguments)


def test_the_scheduler_has_one_address() -> None:
    with pytest.raises(
        ConfigValueError, match=r"scheduler_interface .* 'lo': .* host is '127.0.0.1'"
    ):
        DaskSLURMBackend(scheduler_interface="lo", scheduler_options={"host": "127.0.0.1"})


def test_a_security_object_in_the_configuration_belongs_into_an_argument() -> None:
    with (
        dask.config.set({"backends.slurm.security": TEMPORARY}),
        pytest.raises(ConfigValueError, match="pass it as an argument of the constructor"),
    ):
        DaskSLURMBackend()


@pytest.mark.parametrize("name", ["local", "slurm", "mine"])
def test_the_name_of_a_backend_is_given_by_position(name: str) -> None:
    with dask.config.set({"backends.profiles.mine": {"backend": "local"}}):
        with pytest.raises(TypeError, match=rf"write get_backend\('{name}'\)"):
            get_backend(name=name)
        assert get_backend(name, name="simulation").name == "simulation"


def addresses(backend: BaseDaskBackend) -> set[str]:
    """Return the protocols of scheduler and workers."""
    found = [backend.scheduler_address, *backend.scheduler_info["workers"]]
    return {address.partition("://")[0] for address in found}


@pytest.mark.parametrize(
    ("arguments", "protocol"),
    [
        pytest.param({"protocol": "tcp"}, "tcp", id="tcp"),
        pytest.param({"protocol": "ws", "security": False}, "ws", id="ws"),
        pytest.param({"protocol": "wss"}, "wss", id="wss"),
        pytest.param({"security": TEMPORARY}, "tls", id="temporary security"),
        pytest.param(
            {"scheduler_options": {"protocol": "tls://"}}, "tls", id="as in dask-jobqueue"
        ),
    ],
)
def test_all_processes_of_a_local_cluster_use_the_protocol(
    arguments: dict[str, Any], protocol: str
) -> None:
    with DaskLocalCluster(1, **arguments) as backend:
        assert addresses(backend) == {protocol}
        assert backend.submit_task(abs, -2).result(LIMIT) == 2
        with Client(backend) as client:
            assert client.submit(abs, -3).result(LIMIT) == 3


def test_local_clusters_of_one_name_do_not_disturb_each_other(tmp_path: Path) -> None:
    given = {"name": "simulation", "log_directory": str(tmp_path)}
    options = {"scheduler_options": {"idle_timeout": "1 hour"}}
    with DaskLocalCluster(1, **given, **options) as one, DaskLocalCluster(1, **given) as other:
        assert [each.name for each in (one, other)] == ["simulation"] * 2
        assert one.cluster.scheduler.idle_timeout == 3600
        assert set(one.logs) == set(other.logs) == {"simulation-0"}
        assert len({*one.logs.values(), *other.logs.values()}) == 2
        one.stop()
        assert other.submit_task(abs, -2).result(LIMIT) == 2


@pytest.fixture
def make(slurm: StandIn) -> Iterator[Callable[..., DaskSLURMBackend]]:
    """Return a function that makes backends, which are stopped after the test."""
    made: list[DaskSLURMBackend] = []

    def make(**arguments: Any) -> DaskSLURMBackend:
        made.append(DaskSLURMBackend(**arguments))
        return made[-1]

    yield make
    for backend in made:
        backend.stop()


def test_the_workers_of_a_queue_get_a_temporary_security(
    slurm: StandIn, make: Callable[..., DaskSLURMBackend]
) -> None:
    with make(security=TEMPORARY, name="simulation", protocol="wss") as backend:
        assert backend.submit_task(abs, -2).result(LIMIT) == 2
        assert addresses(backend) == {"wss"}
        (worker,) = backend.scheduler_info["workers"].values()
        assert worker["name"] == "simulation-0"
        (key,) = Path.home().rglob("key.pem")
        assert key.read_text() == TEMPORARY.tls_worker_key
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert f"--tls-key {key}" in slurm.script()
        with Client(backend.scheduler_address, security=TEMPORARY) as client:
            assert client.submit(abs, -3).result(LIMIT) == 3
    assert not list(Path.home().rglob("*.pem"))


def test_the_workers_of_a_queue_get_the_files_and_the_settings_of_a_security(
    slurm: StandIn, make: Callable[..., DaskSLURMBackend], tmp_path: Path
) -> None:
    newest = ssl.TLSVersion.TLSv1_3
    security = with_files(tmp_path, tls_min_version=newest)
    with make(security=security) as backend:
        told = backend.submit_task(dask.config.get, "distributed.comm.tls.min-version").result(
            LIMIT
        )
        assert told == 1.3
        assert f"--tls-cert {tmp_path}/ca.pem --tls-key {tmp_path}/key.pem" in slurm.script()
        assert not [path for path in Path.home().rglob("*.pem") if path.parent != tmp_path]
    assert DaskSLURMBackend(security=security).job_script().count(f"{tmp_path}/ca.pem") == 2


def test_clusters_of_one_name_on_a_queue_do_not_disturb_each_other(
    slurm: StandIn, make: Callable[..., DaskSLURMBackend]
) -> None:
    with make(name="simulation") as one, make(name="simulation") as other:
        assert one.submit_task(abs, -1).result(LIMIT) == 1
        (name,) = one.jobs
        assert set(other.jobs) == {name} == {"simulation-0"}
        one.stop()
        assert other.submit_task(abs, -2).result(LIMIT) == 2
        assert len(slurm.calls("scancel")) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param({"scheduler_interface": "lo"}, id="interface"),
        pytest.param({"scheduler_options": {"interface": "lo"}}, id="as in dask-jobqueue"),
        pytest.param({"scheduler_options": {"host": "127.0.0.1"}}, id="address"),
        pytest.param({"scheduler_options": {"host": "localhost"}}, id="name"),
    ],
)
@UNENCRYPTED
def test_the_scheduler_may_be_on_another_interface_than_the_workers(
    slurm: StandIn, make: Callable[..., DaskSLURMBackend], arguments: dict[str, Any]
) -> None:
    slurm.hold()
    with make(interface="ib7", security=False, **arguments) as backend:
        assert backend.scheduler_address.startswith("tcp://127.0.0.1:")
        assert " --interface ib7" in slurm.script()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param({"scheduler_interface": "ib7"}, "argument scheduler_interface", id="interface"),
        pytest.param({"protocol": "tsl", "security": False}, "argument protocol", id="protocol"),
        pytest.param({"scheduler_options": {"interface": "ib7"}}, "argument scheduler_options", id="theirs"),
    ],
)  # fmt: skip
@UNENCRYPTED
def test_a_failed_start_names_what_this_machine_does_not_have(
    slurm: StandIn, run_script: Run, arguments: dict[str, Any], words: str
) -> None:
    assert words in failed_start(run_script, arguments)


def failed_start(run_script: Run, arguments: dict[str, Any]) -> str:
    """Return the error of a start in another process: distributed leaves an open socket there."""
    done = run_script(f"""
        from dask_backend_config import BackendError, DaskSLURMBackend
        try:
            DaskSLURMBackend(minimum_number_of_workers=0, **{arguments!r}).start()
        except BackendError as error:
            print(error)
        """)
    return done.stdout


def test_a_scheduler_whose_port_is_in_use_ends_the_start_at_once(
    slurm: StandIn, run_script: Run
) -> None:
    with socket.create_server(("", 0)) as server:
        options = {"scheduler_options": {"port": server.getsockname()[1]}}
        assert "Address already in use" in failed_start(run_script, options)
    assert slurm.calls("sbatch") == []


def test_the_parts_of_a_security_with_the_same_text_are_one_file() -> None:
    def written(security: Security) -> tuple[dict[str, str], dict[str, str]]:
        files: dict[str, str] = {}

        def write(new: dict[str, str]) -> dict[str, str]:
            files.update(new)
            return {name: f"/new/{name}" for name in new}

        return certificates.worker_options(security, None, write), files

    options, files = written(TEMPORARY)
    assert set(files) == {"certificate.pem", "key.pem"}
    assert options["--tls-ca-file"] == options["--tls-cert"] == "/new/certificate.pem"
    options, files = written(Security(tls_ca_file="a\n", tls_worker_cert="b\n"))
    assert files == {"authority.pem": "a\n", "certificate.pem": "b\n"}
    assert "--tls-key" not in options
    options, files = written(Security(tls_ca_file="ca.pem", tls_worker_cert="b\n"))
    assert options["--tls-ca-file"] == os.path.abspath("ca.pem")
    assert list(files) == ["certificate.pem"]
