"""The annotations of GitHub Actions, read as the runner reads them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.run import run_checks
from dask_backend_config.report.github import findings_as_annotations

_UNESCAPED = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


def read(text: str) -> str:
    return re.sub("%0D|%0A|%3A|%2C|%25", lambda match: _UNESCAPED[match[0]], text)


def annotations(
    checkout: Path, *paths: Path, environ: dict[str, str] | None = None
) -> list[tuple[str, dict[str, str], str]]:
    facts = gather_facts(environ or {}, paths=list(map(str, paths)))
    *lines, summary = findings_as_annotations(run_checks(facts), facts, str(checkout))
    assert re.match(r"\d+ |No problems", summary)
    found = []
    for line in lines:
        match = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        assert match, line
        pairs = [entry.split("=", 1) for entry in match[2].split(",")]
        found.append((match[1], {name: read(value) for name, value in pairs}, read(match[3])))
    return found


@pytest.mark.parametrize("name", ["dask.yaml", "100%, a:b.yaml"])
def test_an_annotation_is_at_the_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "dask").mkdir()
    path = tmp_path / "dask" / name
    path.write_text("distributed:\n  '50%: a': 1\n")
    (found,) = annotations(tmp_path, path)
    place = {"file": f"dask/{name}", "line": "2", "col": "3", "title": "unknown-key"}
    assert found[:2] == ("error", place)
    assert "distributed.50%: a: dask ignores it\n" in found[2]


def test_other_places_are_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "home" / "dask.yaml"
    path.parent.mkdir()
    path.write_text("distributed:\n  wroker: {}\n")
    variable = {"DASK_DISTRIBUTED__WROKER__DAEMON": "1"}
    (outside,) = annotations(tmp_path / "repository", path)
    assert outside[1] == {"title": "unknown-key"}
    assert outside[2].startswith(f"{path}:2:3: unknown key")
    (of_variable,) = annotations(tmp_path, environ=variable)
    assert of_variable[1] == {"title": "unknown-key"}
    assert of_variable[2].startswith("DASK_DISTRIBUTED__WROKER__DAEMON: unknown key")


def test_remarks_are_notices(tmp_path: Path) -> None:
    path = tmp_path / "dask.yaml"
    path.write_text("jobqueue: {mysite: {memory: 1 GB, proceses: 1}}\n")
    assert [kind for kind, _, _ in annotations(tmp_path, path)] == ["notice"]


def test_without_findings_there_is_only_a_summary(tmp_path: Path) -> None:
    assert annotations(tmp_path, tmp_path) == []
