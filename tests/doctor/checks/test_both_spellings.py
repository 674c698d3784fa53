"""The check of keys in both spellings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import dask.config
import pytest

from dask_backend_config.catalogue.dask_releases import rules_of
from dask_backend_config.doctor.checks import both_spellings
from dask_backend_config.doctor.facts import Facts
from tests.doctor.checks.conftest import Examine

#: Text, severity, and the value in newer and in older releases of dask.
FOUND = [
    pytest.param("a_b: 1\na-b: 2\n", "error", 1, 2, id="two values"),
    pytest.param("a-b: 1\na_b: 2\n", "error", 1, 2, id="the other order"),
    pytest.param("a-b: 1\na_b: 1\n", "warning", 1, 1, id="the same value"),
    pytest.param("a-b: null\na_b: 1\n", "error", None, 1, id="null first"),
    pytest.param("a-b: {x: 1}\na_b: {x: 2}\n", "error", {"x": 1}, {"x": 2}, id="sections"),
    pytest.param("a-b: {x: 1}\na_b: {y: 2}\n", "warning", {"x": 1, "y": 2}, {"x": 1, "y": 2},
                 id="sections that agree"),
    pytest.param("a-b: {x-y: 1}\na_b: {x_y: 2}\n", "error", {"x-y": 1}, {"x-y": 2},
                 id="sections that disagree in both spellings"),
    pytest.param("a-b: 1\na_b: {x: 2}\n", "error", {"x": 2}, {"x": 2},
                 id="value and section"),
    pytest.param("a-b: {x: 2}\na_b: 1\n", "error", {"x": 2}, 1,
                 id="section and value"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "severity", "newer", "older"), FOUND)
def test_finds_the_second_of_two_spellings(
    facts_of: Callable[..., Facts], text: str, severity: str, newer: object, older: object
) -> None:
    facts = facts_of(text)
    (finding,) = both_spellings.check(facts)
    assert (finding.severity, finding.key) == (severity, "a-b")
    assert finding.origin
    assert finding.origin.line == 2
    collected = dask.config.collect(facts.sources.paths, env={})
    first_wins = facts.resolution.rules.renames_in_each_layer
    assert dask.config.get("a-b", config=collected) == (newer if first_wins else older)


@pytest.mark.parametrize(
    ("text", "release", "words"),
    [
        pytest.param("a_b: 1\na-b: 2\n", "2026.3.0", "the first one wins", id="newer"),
        pytest.param("a_b: 1\na-b: 2\n", "2026.1.3", "the last one wins", id="older"),
        pytest.param("a_b: {x: 1}\na-b: 2\n", "2026.3.0", "only the section", id="section, newer"),
        pytest.param("a_b: {x: 1}\na-b: 2\n", "2026.1.3", "the last one wins", id="section, older"),
        pytest.param("a_b: {}\na-b: {}\n", "2026.1.3", "and the last one wins", id="sections, older"),
    ],
)  # fmt: skip
def test_names_the_one_that_wins_in_the_release(
    facts_of: Callable[..., Facts], text: str, release: str, words: str
) -> None:
    facts = facts_of(text)
    resolution = replace(facts.resolution, rules=rules_of(release))
    (finding,) = both_spellings.check(replace(facts, resolution=resolution))
    assert words in finding.message


def test_finds_it_at_any_depth_and_in_any_namespace(examine: Examine) -> None:
    text = "kubernetes:\n  a:\n    worker_name: x\n    other: 1\n    worker-name: y\n"
    (finding,) = examine(both_spellings, text)
    assert finding.key == "kubernetes.a.worker-name"
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (5, 5)


def test_finds_it_in_a_mapping_in_a_variable(examine: Examine) -> None:
    (finding,) = examine(both_spellings, variables={"DASK_ARRAY": "{'a_b': 1, 'a-b': 2}"})
    assert finding.key == "array.a-b"


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "one": {"a.yaml": "a_b: 1\n"},
        "in two files": {"a.yaml": "a_b: 1\n", "b.yaml": "a-b: 2\n"},
        "in two mappings": {"a.yaml": "a_b: 1\nx: {a-b: 2}\n"},
        "one that dask does not find at all": {"a.yaml": "a-b-c: 1\na_b-c: 2\n"},
        "one spelling twice: duplicate-key's": {"a.yaml": "a_b: 1\na_b: 2\n"},
        "in a list, which dask leaves": {"a.yaml": "x: [{a_b: 1, a-b: 2}]\n"},
    }
    found = {name: examine(both_spellings, files) for name, files in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
