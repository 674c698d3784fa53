"""Configuration that a job script passes to its worker, with dask itself as the oracle."""

from __future__ import annotations

import base64
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import dask
import dask.config
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dask_backend_config import DaskSLURMBackend
from dask_backend_config.backends.jobqueue import config_transport
from dask_backend_config.config import install, resolve
from dask_backend_config.core.errors import ConfigValueError
from tests import oracle

Tree = dict[str, Any]
#: One layer: leaves, maps, secrets, and values of old names.
Layer = tuple[Tree, Tree, Tree, Tree]

#: Leaves below ``distributed``; those with a hyphen are set in both spellings.
LEAVES = (
    "worker.daemon", "worker.use-file-locking", "worker.memory.target", "worker.memory.max-spill",
    "worker.preload", "worker.lifetime.duration", "comm.timeouts.connect", "comm.retry.delay.max",
    "comm.compression", "comm.tls.ca-file", "scheduler.allowed-failures", "adaptive.maximum",
    "admin.low-level-log-length", "p2p.storage.disk", "no-such.made_up-key",
)  # fmt: skip
#: Maps whose keys are a user's own; code replaces the first two, and adds to the others.
ENVIRONMENTS = ("nanny.environ", "nanny.pre-spawn-environ")
MAPS = (*ENVIRONMENTS, "worker.resources", "logging")
MAP_NAMES = (
    "OMP_NUM_THREADS", "MALLOC_TRIM_THRESHOLD_", "Mixed_Case", "lower-case", "distributed.client",
    "GPU", "ä name",
)  # fmt: skip
SECRETS = ("comm.auth-token", "nanny.environ.AWS_SECRET_KEY", "scheduler.password")
OLDER = (
    "connect-timeout", "use-file-locking", "transition-log-length", "distributed.p2p.disk",
    "distributed.scheduler.transition-log-length", "distributed.scheduler.events-log-length",
)  # fmt: skip
NOTHING: Layer = ({}, {}, {}, {})

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 10**12),
    st.floats(allow_nan=False, allow_infinity=False),  # neither is a literal of Python
    st.sampled_from(
        ["10s", "30s", "", "true", "None", "1,2", "a'b\"c $(x) `y`", "\u20ac\n\t", "~"]
    ),
    st.lists(st.sampled_from(["a", 1, None, {"class": "x.Y"}]), max_size=3),
)


def _spelled(path: str, underscores: bool) -> str:
    return path.replace("-", "_") if underscores else path


def _said(paths: tuple[str, ...], most: int) -> st.SearchStrategy[Tree]:
    spelled = st.builds(_spelled, st.sampled_from(paths), st.booleans())
    return st.dictionaries(spelled, values, max_size=most)


maps = st.dictionaries(
    st.sampled_from(MAPS),
    st.dictionaries(st.sampled_from(MAP_NAMES), values, max_size=3),
    max_size=2,
)
secrets = st.dictionaries(st.sampled_from(SECRETS), st.just("hunter2"), max_size=1)
layers: st.SearchStrategy[Layer] = st.tuples(_said(LEAVES, 4), maps, secrets, _said(OLDER, 1))


def _below_distributed(said: Layer) -> Tree:
    leaves, sections, hidden, _ = said
    return {**leaves, **sections, **hidden}


def _write(home: str, said: Layer) -> None:
    tree: Tree = {}
    dotted = {f"distributed.{path}": value for path, value in _below_distributed(said).items()}
    for path, value in {**dotted, **said[3]}.items():
        *above, last = path.split(".")
        here = tree
        for name in above:
            here = here.setdefault(name, {})
        if isinstance(value, dict):
            here.setdefault(last, {}).update(value)
        else:
            here[last] = value
    folder = Path(home, ".config", "dask")
    folder.mkdir(parents=True)
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    Path(folder, "client.yaml").write_text(text, encoding="utf-8")


def _variables(said: Layer) -> dict[str, str]:
    dotted = {f"distributed.{path}": value for path, value in _below_distributed(said).items()}
    return {
        "DASK_" + path.replace(".", "__").replace("-", "_").upper(): str(value)
        for path, value in {**dotted, **said[3]}.items()
    }


def _set_in_code(config: ModuleType, said: Layer) -> None:
    for path, value in _below_distributed(said).items():
        key = f"distributed.{path}"
        if isinstance(value, dict) and path not in ENVIRONMENTS:
            value = {**config.get(key, {}), **value}
        config.set({key: value})


def _client(code: Layer = NOTHING) -> ModuleType:
    config = oracle.import_dask_config()
    install.install(config)
    oracle.import_distributed(config)
    _set_in_code(config, code)
    return config


def lines_of(config: ModuleType) -> list[str]:
    with mock.patch.object(dask, "config", config):
        tree = config_transport.configuration_for_workers(resolve.live())
        return config_transport.shell_lines(tree, os.environ)


def after(lines: list[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program that a real ``sh`` starts after `lines`."""
    script = "\n".join([*lines, "exec env -0"])
    done = subprocess.run(
        ["/bin/sh", "-e", "-u"], input=script.encode(), env=environ, capture_output=True, check=True
    )
    assert done.stderr == b""
    return dict(os.fsdecode(entry).split("=", 1) for entry in done.stdout.split(b"\0") if entry)


@contextmanager
def exactly(environ: Mapping[str, str]) -> Iterator[None]:
    with mock.patch.dict(os.environ, environ, clear=True):
        yield


def worker(environ: Mapping[str, str], task_imports_us: bool = False) -> ModuleType:
    """Return ``dask.config`` as in a worker's process, which imports only distributed."""
    with exactly(environ):
        config = oracle.import_dask_config()
        oracle.import_distributed(config)
        if task_imports_us:
            install.install(config)
    return config


def comparable(tree: Any, whose: str = "dask") -> Any:
    """Return the same tree for configurations with the same meaning.

    Secrets are left out, tuples are lists, keys of dask have one spelling, and variables that are
    null are left out.
    """
    if isinstance(tree, (list, tuple)):
        return [comparable(entry, "user") for entry in tree]
    if not isinstance(tree, Mapping):
        return tree
    found = {}
    for name, value in tree.items():
        key = name.replace("_", "-") if whose == "dask" else name
        inner = {"environ": "environment", "pre-spawn-environ": "environment", "logging": "user"}
        secret = any(word in name.lower() for word in ("secret", "token", "password"))
        if not secret and not (whose == "environment" and value is None):
            found[key] = comparable(value, inner.get(key, whose))
    return found


def decoded(lines: list[str]) -> str:
    """Return lines of shell with the configuration in them decoded."""
    start = f"export {config_transport.VARIABLE}="
    plain = (
        base64.urlsafe_b64decode(line.removeprefix(start)).decode()
        if line[:12] == start[:12]
        else ""
        for line in lines
    )
    return "\n".join([*lines, *plain])


@settings(max_examples=40, deadline=None)
@given(layers, layers, layers)
@example(({}, {"logging": {"distributed.client": "info"}}, {}, {}), NOTHING, NOTHING)
@example(NOTHING, NOTHING, ({}, {"nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 4}}, {}, {}))
@example(NOTHING, ({}, {"nanny.environ": {"Mixed_Case": 1}}, {}, {}), NOTHING)
@example(
    ({}, {}, {}, {"connect-timeout": "5s"}), NOTHING, ({"comm.timeouts.connect": "7s"}, {}, {}, {})
)
@example(
    NOTHING, ({}, {}, {}, {"connect_timeout": "5s"}), ({"comm.timeouts.connect": 7}, {}, {}, {})
)
@example(
    ({"worker.use_file_locking": False}, {}, {}, {}),
    ({"worker.use-file-locking": None}, {}, {}, {}),
    ({"worker.use-file-locking": True}, {}, {}, {}),
)
@example(
    (
        {"worker.use-file-locking": None, "worker.use_file_locking": None},
        {},
        {},
        {"use-file-locking": None},
    ),
    ({"worker.use-file-locking": None}, {}, {}, {}),
    ({"worker.use-file-locking": False}, {}, {}, {}),
)
def test_a_worker_sees_the_client_s_distributed_section(
    file: Layer, variables: Layer, code: Layer
) -> None:
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as bare:
        _write(home, file)
        clean = {"PATH": os.defpath, "HOME": bare, "DASK_ROOT_CONFIG": bare}
        own = {**clean, "HOME": home, **_variables(variables)}
        with exactly(own):
            client = _client(code)
            lines = lines_of(client)
        assert "hunter2" not in decoded(lines)
        expected = comparable(client.get("distributed"))
        for environ in (clean, own):
            behind = after(lines, environ)
            for task_imports_us in (False, True):
                seen = worker(behind, task_imports_us)
                assert comparable(seen.get("distributed")) == expected


def test_the_same_configuration_gives_the_same_lines() -> None:
    code: Layer = ({}, {"nanny.pre-spawn-environ": {"B": 1, "A": 2}}, {}, {})
    assert lines_of(_client(code)) == lines_of(_client(code))


def test_by_default_only_the_recommended_settings_are_passed() -> None:
    assert decoded(lines_of(_client())).splitlines()[1:] == [
        '{"distributed":{"worker":{"daemon":false},"comm":{"timeouts":{"connect":"10s"}}}}'
    ]


@pytest.mark.parametrize(
    ("file", "old_names"),
    [
        pytest.param("distributed: {comm: {timeouts: {connect: 60s}}}", set(), id="new-name"),
        pytest.param(
            "distributed: {admin: {low-level-log-length: 9}}", set(), id="new-name-of-several"
        ),
        pytest.param("connect-timeout: 60s", {"connect-timeout"}, id="old-name"),
        pytest.param("connect_timeout: 60s", {"connect-timeout"}, id="other-spelling"),
        pytest.param(
            "{connect-timeout: 60s, distributed: {comm: {timeouts: {connect: 50s}}}}",
            {"connect-timeout"},
            id="both",
        ),
        pytest.param(
            "{transition-log-length: 5, recent-messages-log-length: 6}",
            {"transition-log-length", "recent-messages-log-length"},
            id="two-old-names",
        ),
        pytest.param("ucx: {made-up: 1}", {"ucx"}, id="section"),
    ],
)
@pytest.mark.parametrize("in_code", [False, True])
def test_old_names_go_along_only_where_a_file_has_them(
    file: str, old_names: set[str], in_code: bool, user_folder: Path
) -> None:
    (user_folder / "a.yaml").write_text(file)
    changes = {"comm.timeouts.connect": "7s", "admin.low-level-log-length": 7}
    client = _client((changes if in_code else {}, {}, {}, {}))
    if in_code and "ucx" in file:
        client.set({"distributed.comm.ucx.made-up": 2})
    lines = lines_of(client)
    (sent,) = (client.deserialize(line.partition("=")[2]) for line in lines)
    assert sent.keys() - {"distributed"} == old_names
    environ = after(lines, {**os.environ})
    seen = worker(environ)
    assert comparable(seen.get("distributed")) == comparable(client.get("distributed"))
    if not old_names:
        with exactly(environ):
            seen.refresh()  # dask warns of old names, and a warning is an error here


def test_keys_that_only_the_client_reads_are_not_passed() -> None:
    config = _client()
    config.set({"backends.default": "slurm", "jobqueue.slurm.queue": "q", "mine.own": 1})
    assert lines_of(config) == lines_of(_client())


def test_sections_of_dask_itself_are_passed() -> None:
    config = _client()
    config.set({"array.rechunk.method": "tasks", "temporary-directory": "/scratch"})
    text = decoded(lines_of(config))
    assert '"rechunk":{"method":"tasks"}' in text and '"temporary-directory":"/scratch"' in text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("distributed.comm.auth-token", "hunter2", id="token"),
        pytest.param("distributed.nanny.environ.AWS_SECRET_ACCESS_KEY", "hunter2", id="variable"),
        pytest.param("distributed.scheduler.http", {"api-key": "hunter2"}, id="below"),
        pytest.param("distributed.scheduler.users", [{"password": "hunter2"}], id="in-a-list"),
        pytest.param(
            "distributed.comm.tls.worker.key", "-----BEGIN PRIVATE KEY-----\nhunter2", id="pem"
        ),
    ],
)
def test_job_scripts_have_no_secrets(key: str, value: Any) -> None:
    with dask.config.set({key: value}):
        script = DaskSLURMBackend().job_script()
    assert config_transport.VARIABLE in script
    assert "hunter2" not in decoded(script.splitlines())


def test_variables_of_passed_keys_are_unset_in_the_job() -> None:
    environ = {
        "DASK_DISTRIBUTED__WORKER__DAEMON": "1",
        "DASK_dataframe__convert_string": "1",
        "DASK_TEMPORARY_DIRECTORY": "/tmp",
        "DASK_CONNECT_TIMEOUT": "5s",
        "DASK_DISTRIBUTED__COMM__AUTH_TOKEN": "a secret is not in the configuration",
        "DASK_BACKENDS__DEFAULT": "slurm",
        "DASK_CONFIG": "/etc/elsewhere",
        "dask_distributed__x": "no prefix",
        "PATH": os.defpath,
    }
    gone = {
        "DASK_DISTRIBUTED__WORKER__DAEMON", "DASK_dataframe__convert_string",
        "DASK_TEMPORARY_DIRECTORY", "DASK_CONNECT_TIMEOUT",
    }  # fmt: skip
    with mock.patch.object(dask.config, "deprecations", oracle.distributed_deprecations):
        lines = config_transport.shell_lines({}, {**environ, config_transport.VARIABLE: "x"})
    assert environ.keys() - after(lines, environ).keys() == gone
    assert config_transport.VARIABLE not in after(
        lines, {**environ, config_transport.VARIABLE: "x"}
    )


def test_a_variable_whose_name_no_shell_takes_breaks_no_script() -> None:
    names = {
        "DASK_DISTRIBUTED__A-B": "1",
        "DASK_DISTRIBUTED__X;touch gone": "1",
        "DASK_ARRAY__Ä": "1",
    }
    assert config_transport.shell_lines({}, names) == [f"unset {config_transport.VARIABLE}"]


def _of_configuration(script: str) -> list[str]:
    marks = (
        f"export {config_transport.VARIABLE}=",
        "unset DASK_",
        f"unset {config_transport.VARIABLE}",
        ". ",
    )
    return [line for line in script.splitlines() if line.startswith(marks)]


@pytest.mark.parametrize("length", [0, 1350, 1420, 85_000])
def test_a_job_script_carries_at_most_2_kb_of_configuration(length: int) -> None:
    with dask.config.set({"distributed.nanny.environ": {"X": "x" * length}}):
        script = DaskSLURMBackend().job_script()
    lines = _of_configuration(script)
    assert 0 < config_transport.size(lines) <= 2048
    assert config_transport.size(lines) == len("".join(f"{line}\n" for line in lines).encode())
    inline = "x" * length in decoded(lines)
    assert inline == (length < 1400)
    assert inline or lines == [". <private-folder>/configuration.sh"]


def test_the_names_of_many_variables_go_into_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(100):
        monkeypatch.setenv(f"DASK_DISTRIBUTED__NANNY__ENVIRON__N{number}", "1")
    assert _of_configuration(DaskSLURMBackend().job_script()) == [
        ". <private-folder>/configuration.sh"
    ]


def test_the_largest_accepted_configuration_reaches_a_program() -> None:
    fits = {"distributed": {"nanny": {"environ": {"X": "x" * (90 * 1024 - 50)}}}}
    lines = config_transport.shell_lines(fits, {})
    assert config_transport.size(lines) > 115 * 1024
    seen = worker(after(lines, {"PATH": os.defpath}))
    assert seen.get("distributed.nanny.environ") == {"X": "x" * (90 * 1024 - 50)}


def test_a_configuration_larger_than_a_variable_is_refused() -> None:
    said = {"distributed.nanny.environ": {"X": "x" * 100_000}}
    with dask.config.set(said), pytest.raises(ConfigValueError) as caught:
        DaskSLURMBackend().job_script()
    assert "takes 133" in str(caught.value) and "122880" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param({1, 2}, "distributed.worker.x is {1, 2}: must be", id="set"),
        pytest.param([object], "distributed.worker.x is [<class 'object'>]: must", id="class"),
        pytest.param(
            {1: 2}, "distributed.worker.x.1 is 2: the key must be a string", id="number-as-key"
        ),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_with_its_key(value: Any, words: str) -> None:
    said = {"distributed.worker.x": value}
    with dask.config.set(said), pytest.raises(ConfigValueError) as caught:
        DaskSLURMBackend().job_script()
    assert caught.value.message.startswith(words)
    assert caught.value.origin is not None and caught.value.origin.kind == "code"


def test_a_value_that_cannot_be_sent_is_refused_with_its_line(user_folder: Path) -> None:
    (user_folder / "a.yaml").write_text("distributed:\n  worker:\n    since: 2020-02-03\n")
    with pytest.raises(ConfigValueError) as caught:
        lines_of(_client())
    assert str(caught.value).startswith(
        "~/.config/dask/a.yaml:3:12: distributed.worker.since is datetime.date(2020, 2, 3): must be"
    )


@pytest.mark.parametrize("name", ["plain", "$(touch gone) it's"])
def test_a_file_with_any_name_can_be_sourced(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("export FOUND=here\n")
    found = after([config_transport.sourced(str(path))], {"PATH": os.defpath})
    assert found["FOUND"] == "here"
