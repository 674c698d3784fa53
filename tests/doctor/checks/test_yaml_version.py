"""The check of values that YAML 1.1 and 1.2 read differently."""

from __future__ import annotations

import pytest
import yaml

from dask_backend_config.doctor.checks import base_60_number, wrong_type, yaml_version
from dask_backend_config.yaml_edit.patch import patch
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("distributed.worker.daemon", "no", "false", "the string 'no'", "Write false", "false"),
    ("distributed.admin.tick.interval", "1e3", "the string '1e3'", "1000.0", "Write '1e3'", "'1e3'"),
    ("jobqueue.slurm.cores", "010", "8", "10", "Write 8, or '010' if you mean the string", "8"),
    ("another-package.ratio", "1:30", "90", "the string '1:30'", "Write 90, or '1:30' if you mean the string", "90"),
    ("distributed.nanny.environ.B", "Yes", "true", "the string 'Yes'", "Write true", "true"),
    ("another-package.debug", "off", "false", "the string 'off'", "Write false", "false"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "one", "other", "hint", "written"),
    [pytest.param(*case, id=case[1]) for case in FOUND],
)
def test_both_values_are_named_and_the_fix_is_read_alike(
    examine: Examine, key: str, text: str, one: str, other: str, hint: str, written: str
) -> None:
    before = nested(key, f"{text}  # c")
    (finding,) = examine(yaml_version, before)
    name = key.rpartition(".")[2]
    assert (finding.severity, finding.key) == ("info", key)
    assert finding.message == (
        f"{name}: {text} is {one} in YAML 1.1, which dask reads, but {other} in YAML 1.2"
    )
    assert finding.hint == hint
    assert finding.fix
    after = patch(before, finding.fix.edits)
    assert after.replace(" ", "") == nested(key, f"{written}  # c").replace(" ", "")
    assert yaml.safe_load(after) == yaml.safe_load(before)
    assert examine(yaml_version, after) == []


def test_items_and_inner_keys_are_found_too(examine: Examine) -> None:
    text = "distributed: {nanny: {preload-argv: [[on, 010], [{yes: 1}]]}}\n"
    found = examine(yaml_version, text)
    assert [finding.message.partition(" is ")[0].split(": ")[1] for finding in found] == [
        "item on", "item 010", "key yes",
    ]  # fmt: skip
    assert not any(finding.fix for finding in found)


def test_a_secret_is_masked(examine: Examine) -> None:
    (finding,) = examine(yaml_version, "gateway: {auth: {kwargs: {password: 0777}}}\n")
    assert not {"777", "511"} & set(f"{finding.message} {finding.hint}".replace("'", " ").split())


def test_what_another_check_reports_is_left_to_it(examine: Examine) -> None:
    for check, text in (
        (base_60_number, nested("jobqueue.slurm.walltime", "12:00:00")),
        (wrong_type, nested("distributed.worker.daemon", "1e3")),
    ):
        assert len(examine(check, text)) == 1
        assert examine(yaml_version, text) == []


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "quoted": "distributed: {worker: {preload: ['no', '010']}}\n",
        "read alike": "distributed: {worker: {daemon: False, memory: {target: .5}}}\n",
        "a comment": "# daemon: no\nx: 1\n",
        "in words": "x: no problem\n",
        "in a block": "x: |\n  no\n",
        "version": "%YAML 1.1\n---\ndistributed: {worker: {daemon: no}}\n",
        "not read by dask": "a: b: no\n",
    }
    found = {name: examine(yaml_version, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
