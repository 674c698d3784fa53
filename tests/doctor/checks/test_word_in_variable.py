"""The check of words for true and false that dask reads as strings."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import word_in_variable
from dask_backend_config.doctor.findings import Fix
from dask_backend_config.yaml_edit.patch import Set
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

DAEMON = "DASK_DISTRIBUTED__WORKER__DAEMON"


@pytest.mark.parametrize(
    ("name", "text", "severity", "hint"),
    [
        pytest.param(DAEMON, "no", "error", f"export {DAEMON}=False", id="no"),
        pytest.param(DAEMON, "'False'", "error", f"{DAEMON}=False", id="quoted"),
        pytest.param(DAEMON, "false ", "error", f"{DAEMON}=False", id="a space"),
        pytest.param(DAEMON, "yes", "warning", f"{DAEMON}=True", id="yes"),
        pytest.param(
            "DASK_DISTRIBUTED__WORKER__MEMORY__SPILL", "off", "error", "=False",
            id="false where a number belongs",
        ),
        pytest.param(
            "DASK_DISTRIBUTED__COMM__COMPRESSION", "no", "error", "=False",
            id="false among choices",
        ),
        pytest.param(
            "DASK_ARRAY__QUERY_PLANNING", "on", "error", "=True", id="insisted on"
        ),
        pytest.param(
            "DASK_BACKENDS__JOBQUEUE__SECURITY", "no", "error", "=False", id="backends"
        ),
    ],
)  # fmt: skip
def test_finds_words_in_variables(
    examine: Examine, name: str, text: str, severity: str, hint: str
) -> None:
    (finding,) = examine(word_in_variable, variables={name: text})
    assert finding.severity == severity
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.name == name


@pytest.mark.parametrize("text", ["'no'", "n"])
def test_finds_texts_in_files(examine: Examine, text: str) -> None:
    (finding,) = examine(word_in_variable, nested("distributed.worker.daemon", text))
    assert (finding.severity, finding.key) == ("error", "distributed.worker.daemon")
    assert finding.fix == Fix((Set(("distributed", "worker", "daemon"), False),))
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (3, 13)


def test_accepts_values_that_dask_reads_as_meant(examine: Examine) -> None:
    cases = {
        "False": (DAEMON, "False"),
        "zero": (DAEMON, "0"),
        "None": (DAEMON, "None"),
        "another word": (DAEMON, "maybe"),
        "a string": ("DASK_JOBQUEUE__SLURM__QUEUE", "on"),
        "true is not taken": ("DASK_DISTRIBUTED__WORKER__MEMORY__SPILL", "yes"),
        "a number": ("DASK_DISTRIBUTED__COMM__OFFLOAD", "'0'"),
        "a free map": ("DASK_DISTRIBUTED__NANNY__ENVIRON__X", "no"),
        "another package": ("DASK_GATEWAY__ON", "no"),
    }
    found = {
        name: examine(word_in_variable, variables={name: text})
        for name, (name, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_accepts_unquoted_words_in_files(examine: Examine) -> None:
    cases = [
        "no",
        "0",
    ]
    found = {
        text: examine(word_in_variable, nested("distributed.worker.daemon", text)) for text in cases
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
