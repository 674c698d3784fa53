"""The check of the configuration of logging, with distributed's own code as the oracle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import invalid_logging, missing_file, missing_module
from tests.doctor.checks.conftest import Examine

CHECKS = (invalid_logging, missing_file, missing_module)
_STREAM = "f: {class: logging.StreamHandler}"


def dictionary(**sections: str) -> str:
    """YAML of ``logging`` with a version."""
    inner = ", ".join(f"{name}: {text}" for name, text in {"version": "1", **sections}.items())
    return f"logging: {{{inner}}}"


WORKS = [
    "logging: {}",
    "logging: []",
    "logging: ''",
    "logging: {distributed: INFO, tornado.application: error}",
    "logging: {distributed: Warn, bokeh: 10}",
    "logging: {version: '1'}",
    dictionary(handlers="{}", root="null"),
    dictionary(handlers="[]", formatters="[]"),
    dictionary(loggers="{distributed: {level: INFO, handlers: null, propagate: false}}"),
    dictionary(loggers="{distributed: {level: 10}}", incremental="true"),
    dictionary(handlers=f"{{{_STREAM}}}", loggers="{distributed: {handlers: [f]}}"),
    # Each character of a string counts, and here each is a handler.
    dictionary(handlers=f"{{{_STREAM}}}", loggers="{distributed: {handlers: f}}"),
    dictionary(handlers="{f: {class: logging.StreamHandler, stream: 'ext://sys.stdout'}}"),
    dictionary(handlers="{f: {class: logging.FileHandler, filename: dask.log, mode: w}}"),
    dictionary(handlers="{f: {class: logging.handlers.MemoryHandler, capacity: 5}}"),
    dictionary(formatters="{x: {format: '{message}', style: '{'}}"),
    dictionary(formatters="{x: {class: logging.Formatter, format: '%(message)s'}}"),
    dictionary(
        filters="{a: {name: x}}", handlers="{f: {class: logging.NullHandler, filters: [a]}}"
    ),
    "admin: {log-format: null}",
    "admin: {log-format: '%(levelname)s %(message)s'}",
    "{admin: {log-format: '{x}'}, logging: {version: 1}}",
]
#: YAML below distributed, and the keys that are reported.
FAILS = [
    ("logging: null", "logging"),
    ("logging: verbose", "logging"),
    ("logging: [info]", "logging"),
    ("logging: {distributed: verbose}", "logging.distributed"),
    ("logging: {distributed: inof}", "logging.distributed"),
    ("logging: {distributed: null}", "logging.distributed"),
    ("logging: {distributed: '10'}", "logging.distributed"),
    ("logging: {distributed: 10.5}", "logging.distributed"),
    ("logging: {distributed: {level: INFO}}", "logging.distributed"),
    ("logging: {distributed: {}}", "logging.distributed"),
    (f"logging: {{handlers: {{{_STREAM}}}}}", "logging"),
    ("logging: {version: 2}", "logging.version"),
    ("logging: {version: one}", "logging.version"),
    (dictionary(handlers="null"), "logging.handlers"),
    (dictionary(loggers="[distributed]"), "logging.loggers"),
    (dictionary(root="INFO"), "logging.root"),
    (dictionary(loggers="{distributed: INFO}"), "logging.loggers.distributed"),
    (dictionary(loggers="{distributed: {level: info}}"), "logging.loggers.distributed.level"),
    (dictionary(loggers="{distributed: {level: TRACE}}"), "logging.loggers.distributed.level"),
    (dictionary(root="{handlers: [file]}"), "logging.root.handlers"),
    (
        dictionary(handlers="{file: {class: logging.StreamHandler}}", root="{handlers: file}"),
        "logging.root.handlers",
    ),
    (dictionary(handlers="{f: {}}"), "logging.handlers.f"),
    (dictionary(handlers="{f: logging.StreamHandler}"), "logging.handlers.f"),
    (dictionary(handlers="{f: {class: StreamHandler}}"), "logging.handlers.f.class"),
    (
        dictionary(handlers="{f: {class: logging.RotatingFileHandler, filename: a}}"),
        "logging.handlers.f.class",
    ),
    (dictionary(handlers="{f: {class: nomodule.Handler}}"), "logging.handlers.f.class"),
    (dictionary(handlers="{f: {class: logging.FileHandler}}"), "logging.handlers.f"),
    (
        dictionary(handlers="{f: {class: logging.FileHandler, file: a}}"),
        "logging.handlers.f.file",
    ),
    (
        dictionary(handlers="{f: {class: logging.FileHandler, filename: /nonexist/a}}"),
        "logging.handlers.f.filename",
    ),
    (
        dictionary(handlers="{f: {class: logging.StreamHandler, level: debug}}"),
        "logging.handlers.f.level",
    ),
    (
        dictionary(handlers="{f: {class: logging.StreamHandler, formatter: x}}"),
        "logging.handlers.f.formatter",
    ),
    (
        dictionary(handlers="{f: {class: logging.StreamHandler, filters: [x]}}"),
        "logging.handlers.f.filters",
    ),
    (dictionary(formatters="{x: null}"), "logging.formatters.x"),
    (dictionary(formatters="{x: {format: '{message}'}}"), "logging.formatters.x.format"),
    (dictionary(formatters="{x: {style: x}}"), "logging.formatters.x.style"),
    ("{logging-file-config: nonexist.ini, logging: {a: info}}", "logging-file-config"),
    ("logging-file-config: nonexist.ini", "logging-file-config"),
    ("admin: {log-format: '{message}'}", "admin.log-format"),
]
#: Runs the source of distributed/config.py in a fork for each text.
_ORACLE = """
import json, os, sys
import asyncio, logging.config, logging.handlers
import dask.config, yaml
from dask.utils import import_required

path = os.path.join(dask.__path__[0], os.pardir, "distributed", "config.py")
code = compile(open(path).read(), path, "exec")
works = []
for text in json.loads(sys.argv[1]):
    pid = os.fork()
    if pid == 0:
        try:
            dask.config.update(dask.config.config, yaml.safe_load(text))
            exec(code, {"__file__": path, "__name__": "distributed.config"})
        except Exception:
            os._exit(1)
        os._exit(0)
    works.append(os.waitpid(pid, 0)[1] == 0)
print(json.dumps(works))
"""


def below_distributed(text: str) -> str:
    return f"distributed: {text if text.startswith('{') else '{' + text + '}'}\n"


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Text -> whether distributed can be imported with it."""
    home = tmp_path_factory.mktemp("home")
    texts = [below_distributed(text) for text in (*WORKS, *(text for text, _ in FAILS))]
    environ = {**os.environ, "HOME": str(home), "DASK_ROOT_CONFIG": str(home)}
    command = [sys.executable, "-W", "ignore", "-c", _ORACLE, json.dumps(texts)]
    done = subprocess.run(
        command, cwd=home, env=environ, check=True, capture_output=True, text=True
    )
    return dict(zip(texts, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("text", WORKS)
def test_silent_where_distributed_can_be_imported(
    examine: Examine, works: dict[str, bool], text: str
) -> None:
    text = below_distributed(text)
    assert works[text]
    assert [finding for check in CHECKS for finding in examine(check, text)] == []


@pytest.mark.parametrize(("text", "key"), FAILS, ids=[text for text, _ in FAILS])
def test_finds_what_makes_the_import_of_distributed_fail(
    examine: Examine, works: dict[str, bool], text: str, key: str
) -> None:
    text = below_distributed(text)
    assert not works[text]
    found = [finding for check in CHECKS for finding in examine(check, text)]
    assert {finding.key for finding in found} == {f"distributed.{key}"}
    assert all("'import distributed' fails" in finding.message for finding in found)


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        pytest.param("logging: {a: off}", "logging.a", "critical", id="off is a level of 0"),
        pytest.param(
            "logging_file_config: a.ini", "logging-file-config", "Rename", id="underscores"
        ),
    ],
)
def test_finds_what_distributed_does_not_do(
    examine: Examine, text: str, key: str, hint: str
) -> None:
    (finding,) = examine(invalid_logging, below_distributed(text))
    assert (finding.severity, finding.key) == ("error", f"distributed.{key}")
    assert hint in finding.hint
    assert finding.fix


def test_the_old_place_is_ignored_beside_the_new_one(examine: Examine) -> None:
    text = "logging: {a: verbose}\ndistributed: {logging: {a: info}}\n"
    (finding,) = examine(invalid_logging, text)
    assert (finding.key, finding.origin and finding.origin.line) == ("logging", 1)
    assert "ignored" in finding.message


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        pytest.param("DISTRIBUTED__LOGGING__DISTRIBUTED", "5 %", "distributed", id="level"),
        pytest.param("DISTRIBUTED__LOGGING__BOKEH", "loud", "bokeh", id="no level"),
    ],
)
def test_finds_variables(examine: Examine, name: str, text: str, key: str) -> None:
    (finding,) = examine(invalid_logging, variables={f"DASK_{name}": text})
    assert finding.key == f"distributed.logging.{key}"
    assert finding.origin
    assert (finding.origin.name, finding.fix) == (f"DASK_{name}", None)


def test_leaves_variables_below_a_logger_to_another_check(examine: Examine) -> None:
    assert examine(invalid_logging, variables={"DASK_LOGGING__DISTRIBUTED__LEVEL": "INFO"}) == []


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        pytest.param("{a: {level: WARNING}}", "warning", id="section for a level"),
        pytest.param("{a: inof}", "info", id="misspelt level"),
    ],
)
def test_the_fix_writes_the_level(examine: Examine, text: str, fixed: str) -> None:
    (finding,) = examine(invalid_logging, f"distributed: {{logging: {text}}}\n")
    assert finding.fix
    (edit,) = finding.fix.edits
    assert (edit.path, getattr(edit, "value", None)) == (("distributed", "logging", "a"), fixed)


def test_a_folder_of_logs_that_does_not_exist_is_a_warning(
    examine: Examine, tmp_path: Path
) -> None:
    handler = "{{class: logging.FileHandler, filename: {}}}"
    texts = {
        name: below_distributed(dictionary(handlers=f"{{f: {handler.format(path)}}}"))
        for name, path in {"there": tmp_path / "a.log", "not there": tmp_path / "b/a.log"}.items()
    }
    assert examine(missing_file, texts["there"]) == []
    (finding,) = examine(missing_file, texts["not there"])
    assert finding.severity == "warning"
    assert finding.hint == f"Run: mkdir -p {tmp_path / 'b'}"
