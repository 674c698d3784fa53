"""The check of settings that dask cannot merge."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import unmergeable
from tests import oracle
from tests.doctor.checks.conftest import Examine

REFUSED = [
    pytest.param({"DASK_DISTRIBUTED": "x", "DASK_DISTRIBUTED__WORKER__DAEMON": "0"},
                 "DASK_DISTRIBUTED", "distributed", "unset DASK_DISTRIBUTED", id="text above a key"),
    pytest.param({"DASK_DISTRIBUTED": "None", "DASK_DISTRIBUTED__WORKER__DAEMON": "0"},
                 "DASK_DISTRIBUTED", "distributed", "unset DASK_DISTRIBUTED", id="null above a key"),
    pytest.param({"DASK_A": "{'b': 1}", "DASK_A__B__C": "2"},
                 "DASK_A__B__C", "a.b.c", "DASK_A__B__C", id="a number inside of a mapping"),
    pytest.param({"DASK_A": "{1: 2}"}, "DASK_A", "a", "keys are strings",
                 id="a number as a key"),
    pytest.param({"DASK_A": "{'b': {None: 2}}"}, "DASK_A", "a", "keys are strings",
                 id="None as a key, deeper"),
    pytest.param({"DASK_A": "{[]: 1}"}, "DASK_A", "a", "keys are strings", id="a list as a key"),
    pytest.param({"DASK_ARRAY": "5"}, "DASK_ARRAY", "array", "DASK_ARRAY",
                 id="a number where dask renames keys"),
    pytest.param({"DASK_INTERNAL_INHERIT_CONFIG": "abc"}, "DASK_INTERNAL_INHERIT_CONFIG", None,
                 "dask.config.serialize", id="invalid inherited text"),
]  # fmt: skip


@pytest.mark.parametrize(("variables", "name", "key", "hint"), REFUSED)
def test_variables_that_break_import_dask_are_an_error(
    examine: Examine, variables: dict[str, str], name: str, key: str | None, hint: str
) -> None:
    (finding,) = examine(unmergeable, variables=variables)
    assert (finding.severity, finding.key) == ("error", key)
    assert finding.message.startswith("import dask fails: ")
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.name == name
    with pytest.raises((TypeError, ValueError, AttributeError)):
        oracle.import_dask_config()


@pytest.mark.parametrize("text", ["x", "None", "{'a': 1}"])
def test_a_variable_that_replaces_others_below_it_is_an_error(examine: Examine, text: str) -> None:
    variables = {"DASK_A__B": "1", "DASK_A__C": "1", "DASK_A": text}
    (finding,) = examine(unmergeable, variables=variables)
    assert (finding.severity, finding.key) == ("error", "a")
    assert "DASK_A__B and 1 more is lost" in finding.message
    assert finding.hint == "Run: unset DASK_A"
    assert "b" not in (oracle.import_dask_config().config["a"] or {})


def test_a_value_in_place_of_a_section_with_renamed_keys_is_an_error(examine: Examine) -> None:
    (finding,) = examine(unmergeable, {"a.yaml": "x: 1\narray: 5\n"})
    assert (finding.severity, finding.key) == ("error", "array")
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (2, 8)
    with pytest.raises(AttributeError):
        oracle.import_dask_config()


def test_the_value_of_a_secret_is_not_shown(examine: Examine) -> None:
    variables = {
        "DASK_A__TOKEN": "hunter2",
        "DASK_A__TOKEN__B": "1",
        "DASK_SECRET": "{[]: 'hunter2'}",
    }
    findings = examine(unmergeable, variables=variables)
    assert len(findings) == 2
    assert "hunter2" not in str(findings)


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="none"),
        pytest.param({"DASK_A": "x", "DASK_AB__C": "1"}, id="a longer name"),
        pytest.param(
            {"DASK_A": "{'b': 1}", "DASK_A__C": "2"}, id="a mapping that takes the key in"
        ),
        pytest.param({"DASK_A": "[{1: 2}]"}, id="a number as a key in a list"),
        pytest.param({"DASK_A": "{'1': 2}"}, id="a number in quotes as a key"),
        pytest.param({"DASK_A": "{1: 2"}, id="a text that looks like a mapping"),
        pytest.param({"DASK_DISTRIBUTED__WORKER": "5"}, id="a section that dask puts back"),
        pytest.param({"DASK_CONFIG": "/", "DASK_CONFIG_X__Y": "1"}, id="what steers dask"),
    ],
)
def test_settings_that_dask_can_merge_are_accepted(
    examine: Examine, variables: dict[str, str]
) -> None:
    assert examine(unmergeable, variables=variables) == []
    oracle.import_dask_config()


def test_values_above_keys_in_two_files_are_accepted(examine: Examine) -> None:
    files = {"a.yaml": "distributed: x\n", "b.yaml": "distributed: {worker: {daemon: false}}\n"}
    assert examine(unmergeable, files) == []
    oracle.import_dask_config()
