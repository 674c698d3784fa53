"""The place of our defaults among the layers, with a new import of dask's own module each time."""

from __future__ import annotations

import base64
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dask_backend_config.catalogue import shipped
from dask_backend_config.config import install
from dask_backend_config.config.merge import branch, leaves
from dask_backend_config.core.errors import ConfigSourceError
from dask_backend_config.core.origins import Origin
from tests import oracle

Step = Callable[[ModuleType], None]
RECOMMENDED = {
    "distributed.worker.daemon": False,
    "distributed.comm.timeouts.connect": "10s",
    "distributed.comm.timeouts.tcp": "30s",
    "distributed.deploy.lost-worker-timeout": "15s",
}
DISTRIBUTED_DEFAULTS = {
    "distributed.worker.daemon": True,
    "distributed.comm.timeouts.connect": "30s",
}


def another_package(config: ModuleType) -> None:
    config.update_defaults(
        {"other": {"x": 1}, "distributed": {"comm": {"timeouts": {"connect": "60s"}}}}
    )


ORDERS: list[Any] = [
    pytest.param([install.install], id="ours-alone"),
    pytest.param([install.install, oracle.import_distributed], id="ours-then-distributed"),
    pytest.param([oracle.import_distributed, install.install], id="distributed-then-ours"),
    pytest.param([install.install, install.install, oracle.import_distributed], id="ours-twice"),
    pytest.param([install.install, another_package], id="another-package-later"),
    pytest.param(
        [install.install, another_package, oracle.import_distributed],
        id="another-package-then-distributed",
    ),
    pytest.param([another_package, install.install], id="another-package-first"),
]


@pytest.mark.parametrize("steps", ORDERS)
def test_the_recommended_settings_hold(steps: list[Step]) -> None:
    config = oracle.import_dask_config()
    for step in steps:
        step(config)
    for _ in ("live", "refreshed"):
        assert {key: config.get(key) for key in RECOMMENDED} == RECOMMENDED
        assert config.get("backends.default") == "auto"
        assert config.get("temporary-directory") is None
        oracle.refresh(config)


def _in_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / ".config" / "dask"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text(
        "distributed:\n  worker: {daemon: true}\n  comm: {timeouts: {connect: 30s}}\n"
    )


def _in_variables(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__DAEMON", "true")
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "30s")


def _inherited(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"distributed": {"worker": {"daemon": True}, "comm": {"timeouts": {"connect": "30s"}}}}
    text = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    monkeypatch.setenv("DASK_INTERNAL_INHERIT_CONFIG", text)


#: dask lets a later `update_defaults` replace a user's value that equals the default.
WITHOUT_LATER = [order for order in ORDERS if another_package not in order.values[0][1:]]


@pytest.mark.parametrize("steps", WITHOUT_LATER)
@pytest.mark.parametrize(
    "say",
    [
        pytest.param(_in_file, id="file"),
        pytest.param(_in_variables, id="variable"),
        pytest.param(_inherited, id="inherited"),
    ],
)
def test_a_user_who_sets_distributeds_default_gets_it(
    say: Callable[[Path, pytest.MonkeyPatch], None],
    steps: list[Step],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say(home, monkeypatch)
    config = oracle.import_dask_config()
    for step in steps:
        step(config)
    for _ in ("live", "refreshed"):
        assert {key: config.get(key) for key in DISTRIBUTED_DEFAULTS} == DISTRIBUTED_DEFAULTS
        oracle.refresh(config)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([install.install, "set"], id="set-after-us"),
        pytest.param(["set", install.install], id="set-before-us-and-distributed"),
        pytest.param(
            [install.install, "set", oracle.import_distributed], id="set-between-us-and-distributed"
        ),
    ],
)
def test_a_detectable_set_in_code_is_kept(steps: list[Any]) -> None:
    config = oracle.import_dask_config()
    for step in steps:
        if step == "set":
            config.set({"distributed.worker.daemon": True, "backends.default": "slurm"})
        else:
            step(config)
    assert config.get("distributed.worker.daemon") is True
    assert config.get("backends.default") == "slurm"


def test_values_that_the_user_does_not_set_are_the_defaults() -> None:
    config = oracle.import_dask_config()
    install.install(config)
    for path, node in leaves(branch(shipped.ours(), Origin("default"))):
        assert config.get(".".join(path)) == getattr(node, "value", {})


def _python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("first", ["distributed", "dask_backend_config"])
def test_both_import_orders_in_a_real_process(first: str) -> None:
    second = {"distributed": "dask_backend_config"}.get(first, "distributed")
    done = _python(
        f"import {first}, {second}, dask; print(dask.config.get('distributed.worker.daemon'));"
        "dask.config.refresh(); print(dask.config.get('distributed.worker.daemon'))"
    )
    assert (done.stdout, done.stderr) == ("False\nFalse\n", "")


def test_importing_us_imports_neither_distributed_nor_dask_jobqueue() -> None:
    done = _python(
        "import sys, dask_backend_config;"
        "print([n for n in ('distributed', 'dask_jobqueue', 'click', 'rich') if n in sys.modules])"
    )
    assert done.stdout == "[]\n"


def test_importing_us_warns_of_nothing_and_writes_nothing(home: Path) -> None:
    done = _python("import dask_backend_config", "-W", "error")
    assert (done.returncode, done.stderr) == (0, "")
    assert list(home.rglob("*")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            "a: b: c\n", 'mine.yaml:1:4: import dask fails: a value that contains ": "', id="yaml"
        ),
        pytest.param(
            "- a\n", "mine.yaml:1:1: import dask fails: the top level is a list", id="list"
        ),
        pytest.param(
            "5: x\n",
            "mine.yaml:1:1: import dask fails: the key 5 is not a string",
            id="number-as-key",
        ),
    ],
)
def test_a_broken_file_is_our_error_with_the_place(
    text: str, words: str, user_folder: Path
) -> None:
    (user_folder / "mine.yaml").write_text(text)
    done = _python("import dask_backend_config")
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("dask_backend_config.core.errors.ConfigSourceError: ~/.config/dask/")
    assert words in last


def test_variables_that_dask_cannot_merge_are_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED", "x")
    monkeypatch.setenv("DASK_DISTRIBUTED__WORKER__DAEMON", "true")
    last = _python("import dask_backend_config").stderr.strip().splitlines()[-1]
    assert "DASK_DISTRIBUTED: import dask fails: 'x' is not a section" in last
    assert "(Run: unset DASK_DISTRIBUTED)" in last


def test_an_error_survives_pickling() -> None:
    error = ConfigSourceError("m", hint="h", origin=Origin("file", path="/x", line=1))
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.origin, type(copy)) == (str(error), error.origin, type(error))


@pytest.mark.parametrize(
    ("argv", "orig_argv", "expected"),
    [
        pytest.param(["-m", "a"], ["-m", "dask_backend_config", "a"], True, id="module"),
        pytest.param(["-m"], ["-W", "error", "-Imdask_backend_config"], True, id="one-word"),
        pytest.param(["-m"], ["-m", "package_that_imports_it"], False, id="another-module"),
        pytest.param(["-m", "dask_backend_config"], ["-m", "a", "dask_backend_config"], False, id="argument"),
        pytest.param(["mine.py", "-m"], ["mine.py", "-m"], False, id="script-of-the-user"),
    ],
)  # fmt: skip
def test_python_m_tells_that_this_is_the_command_line(
    argv: list[str], orig_argv: list[str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask_backend_config

    monkeypatch.setattr("sys.argv", argv)
    monkeypatch.setattr("sys.orig_argv", ["python", *orig_argv])
    assert dask_backend_config._is_command_line() is expected
