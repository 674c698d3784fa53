"""The check of modules and plugins that are not installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from dask_backend_config.config.startup.modules import is_importable
from dask_backend_config.doctor.checks import missing_module
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("distributed.admin.event-loop", "uvloop", "uvloop"),
    ("distributed.comm.compression", "zstd", "zstandard"),
    ("distributed.worker.memory.spill-compression", "zstd", "zstandard"),
    ("visualization.engine", "cytoscape", "ipycytoscape"),
    ("distributed.comm.default-scheme", "ucx", "ucx"),
    ("distributed.comm.default-scheme", "tpc", "tcp"),
    ("distributed.worker.preload", "[json, nomodule]", "nomodule"),
    ("distributed.worker.preload", "json.nomodule", "json.nomodule"),
    ("distributed.nanny.preload", "dask_cuda.initialize", "dask_cuda.initialize"),
    ("distributed.scheduler.http.routes", "[nomodule.http]", "nomodule.http"),
    ("distributed.client.security-loader", "nomodule.load", "nomodule"),
    (
        "distributed.scheduler.active-memory-manager.policies",
        "[{class: nomodule.Policy}]",
        "nomodule",
    ),
    ("dataframe.backend", "cudf", "cudf"),
    ("array.backend", "cupy", "cupy"),
    ("jobqueue.slurm.worker-command", "dask_cuda.cli", "dask_cuda.cli"),
    ("backends.slurm.protocol", "tsl", "tls"),
    ("backends.profiles.gpu.protocol", "ucxx", "ucxx"),
    ("backends.local.isolation-preload", "[nomodule]", "nomodule"),
    ("backends.profiles.gpu.isolation-preload", "[nomodule]", "nomodule"),
]


@pytest.mark.parametrize(
    ("key", "text", "name"), [pytest.param(*case, id=f"{case[0]}: {case[1]}") for case in FOUND]
)
def test_finds_what_is_not_installed(
    examine: Examine, key: str, text: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = is_importable
    missing = ("uvloop", "zstandard", "cupy", "ipycytoscape")
    where = "dask_backend_config.config.startup.modules.is_importable"
    monkeypatch.setattr(where, lambda module: module not in missing and installed(module))
    (finding,) = examine(missing_module, nested(key, text))
    assert (finding.severity, finding.key) == ("warning", key)
    assert name in finding.message + finding.hint


SILENT = [
    ("distributed.admin.event-loop", "asyncio"),
    ("distributed.comm.compression", "zlib"),
    ("distributed.comm.default-scheme", "tls"),
    ("backends.slurm.protocol", "wss"),
    ("backends.local.protocol", "tcp://"),
    ("distributed.worker.preload", "[json, logging.handlers, os.path]"),
    ("distributed.worker.preload", "here"),
    ("distributed.worker.preload", "['import os; print(os)', 'https://a.b/c', $NAME, a.py]"),
    ("distributed.client.security-loader", "json.loads"),
    ("distributed.client.security-loader", "null"),
    ("distributed.client.security-loader", "dask_backend_config.client_security"),
    ("dataframe.backend", "pandas"),
    ("array.backend", "numpy"),
    ("jobqueue.slurm.worker-command", "distributed.cli.dask_worker"),
]


@pytest.mark.parametrize(("key", "text"), SILENT)
def test_silent_on_what_is_there(
    examine: Examine, key: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here.py").touch()
    monkeypatch.chdir(tmp_path)
    assert examine(missing_module, nested(key, text)) == []
