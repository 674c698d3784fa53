"""Fixtures that write files and variables and run one check."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dask_backend_config.doctor.facts import Facts, gather_facts
from dask_backend_config.doctor.findings import Finding
from dask_backend_config.doctor.site_probe import with_sites
from tests.consoles import write_programs

Examine = Callable[..., list[Finding]]

#: A Slurm with four partitions: the default, one for short jobs, one with GPUs, one that is down.
SLURM = """
$ scontrol ping
Slurmctld(primary) at head is UP
$ sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"
main*|up|2:00:00|8|16000|(null)
short|up|10:00|8|16000|(null)
gpu_queue|up|infinite|64|256000|gpu:a100:4(S:0-1)
old|down|infinite|64|256000|(null)
"""


@pytest.fixture
def facts_of(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Facts]:
    """Write `files` (name -> content) into the user's folder, set `variables`, gather facts."""

    written: list[Path] = []
    exported: list[str] = []

    def gather(files: dict[str, str] | str = "", variables: dict[str, str] | None = None) -> Facts:
        while written:  # by the call before
            written.pop().unlink(missing_ok=True)
        while exported:
            monkeypatch.delenv(exported.pop())
        if isinstance(files, str):
            files = {"dask.yaml": files} if files else {}
        for name, text in files.items():
            path = user_folder / name
            path.write_bytes(text.encode())
            path.chmod(0o600)
            written.append(path)
        for name, text in (variables or {}).items():
            monkeypatch.setenv(name, text)
            exported.append(name)
        return gather_facts()

    return gather


@pytest.fixture
def examine(facts_of: Callable[..., Facts]) -> Examine:
    """Return the findings of one check in files and variables."""

    def run(
        check: ModuleType,
        files: dict[str, str] | str = "",
        variables: dict[str, str] | None = None,
    ) -> list[Finding]:
        findings: list[Finding] = list(check.check(facts_of(files, variables)))
        return findings

    return run


@pytest.fixture
def examine_site(
    facts_of: Callable[..., Facts], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Examine:
    """The same with only the programs of a console on PATH, see `write_programs`."""

    def run(
        check: ModuleType,
        text: str = "",
        variables: dict[str, str] | None = None,
        console: str = SLURM,
    ) -> list[Finding]:
        shutil.rmtree(tmp_path / "bin", ignore_errors=True)  # of the call before
        write_programs(tmp_path / "bin", console)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        findings: list[Finding] = list(check.check(with_sites(facts_of(text, variables))))
        return findings

    return run
