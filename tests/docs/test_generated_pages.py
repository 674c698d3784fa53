"""docs/keys.md has what the schema has for each key, with a valid example."""

from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from dask_backend_config.catalogue import backend_schema, shipped
from dask_backend_config.core import keys
from dask_backend_config.doctor.checks import CHECKS
from dask_backend_config.doctor.facts import gather_facts
from tests.docs.pages import DOCS, anchors_of, slug

KEYS_PAGE = DOCS / "keys.md"
KEYS = tuple(backend_schema.keys())
SHIPPED = shipped.read(shipped.BACKENDS)


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = _generator()
PARTS = re.split(r"^#{2,3} ", KEYS_PAGE.read_text(), flags=re.MULTILINE)[1:]
SECTIONS = [part for part in PARTS if part.startswith("backends.")]
BY_KEY = {section.partition("\n")[0]: section for section in SECTIONS}


def test_each_key_and_section_has_one_heading_that_can_be_linked() -> None:
    assert len(BY_KEY) == len(SECTIONS)
    sections = {f"backends.{name}" for name in SHIPPED["backends"]}
    assert set(BY_KEY) == {*KEYS, *sections}
    assert {slug(name) for name in BY_KEY} <= anchors_of(KEYS_PAGE)


def test_the_page_has_variable_default_and_unit_of_every_key() -> None:
    for key in KEYS:
        lines = BY_KEY[key].splitlines()
        assert f"- variable: `{keys.variable_of(key)}`" in lines
        (default,) = [line[12:-1] for line in lines if line.startswith("- default: `")]
        assert yaml.safe_load(default) == keys.lookup(SHIPPED, key), key
        unit = (backend_schema.node(key) or {}).get("unit")
        units = [line for line in lines if line.startswith("- unit:")]
        assert units == [f"- unit: {unit}"] * bool(unit), key


def test_schema_and_doctor_accept_the_example_of_every_key(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "me")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(2), raising=False)
    path = user_folder / "backends.yaml"
    rejected = {}
    for key in KEYS:
        (block,) = re.findall(r"```yaml\n(.*?)```", BY_KEY[key], re.DOTALL)
        assert keys.lookup(yaml.safe_load(block), key) == GENERATE.example(key)
        path.write_text(block)
        path.chmod(0o600)
        facts = gather_facts()
        checks = [check for check in CHECKS if check.id != "missing-module"]  # numpy, openmm
        findings = [finding for check in checks for finding in check.run(facts)]
        if findings or backend_schema.problem(key, GENERATE.example(key)):
            rejected[key] = findings
    assert rejected == {}


def test_keys_without_a_default_have_an_example() -> None:
    empty = [key for key in KEYS if not keys.lookup(SHIPPED, key)]
    assert empty
    assert [key for key in empty if not GENERATE.example(key)] == []


def test_all_examples_of_the_schema_are_valid() -> None:
    examples = [
        (key, example)
        for key in KEYS
        for example in (backend_schema.node(key) or {}).get("examples", ())
    ]
    assert examples
    assert [pair for pair in examples if backend_schema.problem(*pair)] == []


@pytest.mark.parametrize(
    ("key", "behind"),
    [
        pytest.param(
            "backends.jobqueue.resources-per-worker.number-of-threads",
            "`jobqueue.<type>.cores`",
            id="all-schedulers",
        ),
        pytest.param(
            "backends.jobqueue.queue-name",
            "`jobqueue.<type>.queue` (lsf, pbs, slurm, sge, oar, moab)",
            id="some-schedulers",
        ),
        pytest.param(
            "backends.jobqueue.account",
            "`jobqueue.<type>.account` (pbs, slurm, moab), then "
            "`jobqueue.<type>.project` (lsf, pbs, slurm, sge, oar, moab)",
            id="older-name-last",
        ),
        pytest.param("backends.pbs.resource-spec", "`jobqueue.pbs.resource-spec`", id="one's-own"),
    ],
)
def test_the_page_names_the_keys_of_dask_jobqueue_behind_a_key(key: str, behind: str) -> None:
    assert f"- if null: {behind}" in BY_KEY[key].splitlines()


def test_the_local_backend_has_no_key_of_dask_jobqueue() -> None:
    local = [text for name, text in BY_KEY.items() if name.startswith("backends.local.")]
    assert len(local) > 10
    assert [text for text in local if "if null" in text] == []


def test_the_page_has_the_recommended_settings() -> None:
    (part,) = [part for part in PARTS if part.startswith("Recommended settings\n")]
    assert f"```yaml\n{shipped.text(shipped.RECOMMENDED)}```\n" in part


def test_no_placeholder_on_the_page_is_read_as_html() -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", KEYS_PAGE.read_text(), flags=re.DOTALL)
    assert re.findall(r"<\w+>", prose) == []
