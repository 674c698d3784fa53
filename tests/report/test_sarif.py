"""The SARIF log of the doctor: valid, with places and fixes that tools can use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from dask_backend_config.doctor.checks import CHECKS
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.fixes import plan_fixes
from dask_backend_config.doctor.run import run_checks
from dask_backend_config.report.sarif import findings_as_sarif
from dask_backend_config.yaml_edit.lines import Lines

SCHEMA = Draft4Validator(
    json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text())
)
BROKEN = (
    "distributed:\n  wroker: {a: 1}\njobqueue:\n  slurm:\n    walltime: 12:00:00\n    extra: [a]\n"
)


def run_of(checkout: Path, *paths: Path, environ: dict[str, str] | None = None) -> Any:
    facts = gather_facts(environ or {}, paths=list(map(str, paths)))
    log = json.loads(json.dumps(findings_as_sarif(run_checks(facts), facts, str(checkout))))
    assert list(SCHEMA.iter_errors(log)) == []
    (run,) = log["runs"]
    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a b" / "dask.yaml"
    path.parent.mkdir()
    path.write_text(BROKEN)
    return path


def test_a_result_has_its_rule_place_and_level(tmp_path: Path, file: Path) -> None:
    run = run_of(tmp_path, file)
    rules = run["tool"]["driver"]["rules"]
    places = []
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        (check,) = [check for check in CHECKS if check.id == result["ruleId"]]
        assert (rule["id"], rule["help"]["markdown"]) == (check.id, check.explanation)
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "a%20b/dask.yaml", "uriBaseId": "%SRCROOT%"}
        region = place["region"]
        assert region["startLine"] == region.get("endLine", region["startLine"])
        line = BROKEN.splitlines()[region["startLine"] - 1]
        found = line[region["startColumn"] - 1 : region["endColumn"] - 1]
        places.append((result["ruleId"], result["level"], found))
    assert places == [
        ("unknown-key", "error", "wroker"),
        ("base-60-number", "error", "12:00:00"),
        ("renamed-key", "warning", "extra"),
    ]
    assert run["originalUriBaseIds"].keys() == {"%SRCROOT%"}


def test_without_findings_there_are_no_results(tmp_path: Path) -> None:
    assert run_of(tmp_path, tmp_path)["results"] == []


def test_a_file_outside_of_the_checkout_has_its_whole_address(tmp_path: Path, file: Path) -> None:
    place = run_of(tmp_path / "repository", file)["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": file.as_uri()}


def test_a_finding_about_a_variable_names_it(tmp_path: Path) -> None:
    (result,) = run_of(tmp_path, environ={"DASK_DISTRIBUTED__WROKER__DAEMON": "1"})["results"]
    logical = {"name": "DASK_DISTRIBUTED__WROKER__DAEMON", "kind": "variable"}
    assert result["locations"] == [{"logicalLocations": [logical]}]


def test_secrets_do_not_get_into_the_log(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "gateway.yaml"
    secret = "correct-horse-battery"
    path.write_text(
        f"gateway: {{auth: {{kwargs: {{password: {secret}}}}}}}\ndaemon: false\n{secret}: 1\n"
    )
    path.chmod(0o644)
    run = run_of(tmp_path, path)
    assert run["results"]
    assert secret not in json.dumps(run)


def applied(text: str, replacements: list[dict[str, Any]]) -> str:
    lines = Lines(text)

    def position(line: int, column: int) -> int:
        return lines.starts[line - 1] + column - 1 if line <= len(lines) else len(text)

    for each in reversed(replacements):
        region = each["deletedRegion"]
        start = position(region["startLine"], region["startColumn"])
        end = position(region["endLine"], region["endColumn"])
        text = text[:start] + each["insertedContent"]["text"] + text[end:]
    return text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BROKEN, id="plain"),
        pytest.param(BROKEN.replace("\n", "\r\n"), id="windows"),
        pytest.param(BROKEN.rstrip(), id="no-last-line-end"),
        pytest.param("\ufeff" + BROKEN, id="byte-order-mark"),
        pytest.param("daemon: false  # é\n", id="moved"),
        pytest.param("jobqueue: {slurm: {extra: [a], cores: 1}}", id="one-line"),
        pytest.param("array: {}\nfuse-ave-width: 2", id="last-line"),
    ],
)  # fmt: skip
def test_a_fix_changes_the_file_as_the_doctor_does(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dask.yaml"
    path.write_bytes(text.encode())
    facts = gather_facts({}, paths=[str(path)])
    fixable = [finding for finding in run_checks(facts) if finding.fix]
    fixes = [fix for result in run_of(tmp_path, path)["results"] for fix in result.get("fixes", ())]
    assert len(fixes) == len(fixable) > 0
    for finding, fix in zip(fixable, fixes, strict=True):
        (planned,) = plan_fixes(facts, [finding], unsafe=True)
        (change,) = fix["artifactChanges"]
        assert applied(text, change["replacements"]) == planned.plan.text


def test_a_fix_that_would_show_a_secret_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "dask.yaml"
    path.write_text("scheduler-adress: x\njobqueue: {slurm: {extra: [--token abcdefghijk]}}\n")
    assert "abcdefghijk" not in json.dumps(run_of(tmp_path, path))
