"""A check sees what a user wrote: fixtures that write it and run one check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from dask_backend_config.facts import Facts, Finding, gather_facts

Judge = Callable[..., list[Finding]]


@pytest.fixture
def facts_of(user_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Facts]:
    """Write `files` (name -> text) into the user's folder, set `variables`, gather facts."""

    def gather(files: dict[str, str] | str = "", variables: dict[str, str] | None = None) -> Facts:
        if isinstance(files, str):
            files = {"dask.yaml": files} if files else {}
        for name, text in files.items():
            path = user_folder / name
            path.write_bytes(text.encode())
            path.chmod(0o600)
        for name, text in (variables or {}).items():
            monkeypatch.setenv(name, text)
        return gather_facts()

    return gather


@pytest.fixture
def judge(facts_of: Callable[..., Facts]) -> Judge:
    """Findings of one check module on files and variables."""

    def run(
        check: ModuleType,
        files: dict[str, str] | str = "",
        variables: dict[str, str] | None = None,
    ) -> list[Finding]:
        findings: list[Finding] = list(check.check(facts_of(files, variables)))
        return findings

    return run
