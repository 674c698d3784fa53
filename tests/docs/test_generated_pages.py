"""docs/keys.md says of each key what the schema says, with an example that is right."""

from __future__ import annotations

import importlib.util
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
SAID = {section.partition("\n")[0]: section for section in SECTIONS}


def test_each_key_and_section_has_one_heading_that_can_be_linked() -> None:
    assert len(SAID) == len(SECTIONS)
    sections = {f"backends.{name}" for name in SHIPPED["backends"]}
    assert set(SAID) == {*KEYS, *sections}
    assert {slug(name) for name in SAID} <= anchors_of(KEYS_PAGE)


@pytest.mark.parametrize("key", KEYS)
def test_the_page_says_variable_default_and_unit_of_a_key(key: str) -> None:
    lines = SAID[key].splitlines()
    assert f"- variable: `{keys.variable_of(key)}`" in lines
    (default,) = [line[12:-1] for line in lines if line.startswith("- default: `")]
    assert yaml.safe_load(default) == keys.lookup(SHIPPED, key)
    unit = (backend_schema.node(key) or {}).get("unit")
    assert [line for line in lines if line.startswith("- unit:")] == [f"- unit: {unit}"] * bool(
        unit
    )


@pytest.mark.parametrize("key", KEYS)
def test_schema_and_doctor_take_the_example_of_a_key(key: str, user_folder: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", SAID[key], re.DOTALL)
    assert keys.lookup(yaml.safe_load(block), key) == GENERATE.example(key)
    assert backend_schema.problem(key, GENERATE.example(key)) is None
    path = user_folder / "backends.yaml"
    path.write_text(block)
    path.chmod(0o600)
    facts = gather_facts()
    assert [finding for check in CHECKS for finding in check.run(facts)] == []


@pytest.mark.parametrize("key", [key for key in KEYS if not keys.lookup(SHIPPED, key)])
def test_an_example_says_more_than_a_default_that_says_nothing(key: str) -> None:
    assert GENERATE.example(key)


@pytest.mark.parametrize("key", KEYS)
def test_all_examples_of_the_schema_are_right(key: str) -> None:
    examples = (backend_schema.node(key) or {}).get("examples", ())
    assert [backend_schema.problem(key, example) for example in examples] == [None] * len(examples)


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
    assert f"- where it is null: {behind}" in SAID[key].splitlines()


def test_no_key_of_dask_jobqueue_is_named_where_there_is_none() -> None:
    local = [text for name, text in SAID.items() if name.startswith("backends.local.")]
    assert len(local) > 10
    assert [text for text in local if "where it is null" in text] == []


def test_the_recommended_settings_stand_on_the_page() -> None:
    (said,) = [part for part in PARTS if part.startswith("Recommended settings\n")]
    assert f"```yaml\n{shipped.text(shipped.RECOMMENDED)}```\n" in said


def test_no_text_on_the_page_is_taken_for_html() -> None:
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", KEYS_PAGE.read_text(), flags=re.DOTALL)
    assert re.findall(r"<\w+>", prose) == []
