"""The check of folders that cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dask_backend_config.doctor.checks import folder_not_writable
from tests.doctor.checks.conftest import Examine


def _slurm(tunables: str) -> str:
    return f"backends:\n  default: slurm\n  slurm: {{{tunables}}}\n"


@pytest.mark.parametrize(
    "tunables",
    [
        pytest.param("log-directory: /dev/null/logs", id="below a file"),
        pytest.param("log-directory: $NOWHERE/logs", id="a variable that is not set"),
        pytest.param("shared-temp-directory: /dev/null", id="a file for certificates"),
    ],
)  # fmt: skip
def test_finds_a_folder_that_cannot_be_written(examine_site: Examine, tunables: str) -> None:
    (finding,) = examine_site(folder_not_writable, _slurm(tunables))
    name, path = tunables.split(": ")
    assert (finding.severity, finding.key) == ("error", f"backends.slurm.{name}")
    assert path in finding.message
    assert finding.origin
    assert finding.origin.line == 3


def test_finds_folders_that_others_own(
    examine_site: Examine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = home / "closed"
    closed.mkdir()
    allowed = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: str(path) != str(closed) and allowed(path, mode)
    )
    (finding,) = examine_site(folder_not_writable, _slurm("log-directory: ~/closed"))
    assert finding.message.startswith("log-directory: ~/closed ")
    (finding,) = examine_site(folder_not_writable, _slurm("log-directory: ~/closed/a/b"))
    assert finding.message.endswith(str(closed))


def test_finds_that_the_default_for_certificates_cannot_be_written(
    examine_site: Examine, home: Path
) -> None:
    (home / ".local").write_text("")
    (finding,) = examine_site(folder_not_writable, _slurm(""))
    assert finding.message.startswith("shared-temp-directory: ~/.local/state/")
    assert (finding.origin.kind if finding.origin else "") == "default"


@pytest.mark.parametrize(
    "tunables",
    [
        pytest.param("", id="defaults"),
        pytest.param("log-directory: ~/logs, shared-temp-directory: ~/a/b/c", id="can be made"),
        pytest.param("log-directory: $HOME", id="exists"),
        pytest.param("local-directory: /dev/null/x", id="lies on nodes"),
        pytest.param("log-directory: 7", id="not a string"),
        pytest.param("shared-temp-directory: /dev/null, security: false", id="no certificates"),
    ],
)
def test_silent_on_folders_that_can_be_written(
    examine_site: Examine, home: Path, tunables: str
) -> None:
    assert examine_site(folder_not_writable, _slurm(tunables)) == []
    assert [path.name for path in home.iterdir()] == [".config"], "nothing is made"


def test_ignores_the_folder_for_certificates_if_some_are_configured(
    examine_site: Examine,
) -> None:
    tls = "".join(
        f"      {role}: {{cert: a, key: b}}\n" for role in ("client", "scheduler", "worker")
    )
    text = f"distributed:\n  comm:\n    tls:\n      ca-file: ca\n{tls}"
    tunables = _slurm("shared-temp-directory: /dev/null")
    assert examine_site(folder_not_writable, tunables + text) == []
    assert examine_site(
        folder_not_writable, tunables + text.replace("ca-file: ca", "ca-file: null")
    )
