"""The check of line breaks that reach a job script."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import line_break_in_script
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

FOUND = [
    ("jobqueue.slurm.account", r'"a\n"', "error", '"a"'),
    ("jobqueue.slurm.queue", r'"a\nrm -rf /"', "error", ">-"),
    ("jobqueue.slurm.job-extra-directives", r'[a, "b\nc"]', "error", "entry of its own"),
    ("jobqueue.pbs.worker-extra-args", r'["a\u2028b"]', "error", "entry of its own"),
    ("jobqueue.slurm.job-script-prologue", r'[a, "b\n", "c\nd"]', "info", "one entry per line"),
    ("jobqueue.htcondor.job-script-prologue", r'["a\nb"]', "error", "entry of its own"),
    ("backends.jobqueue.queue-name", r'"a\nb"', "error", ">-"),
    ("backends.slurm.setup-script-commands", r'["a\nb"]', "error", "entry of its own"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "text", "severity", "hint"),
    [pytest.param(*case, id=case[0]) for case in FOUND],
)
def test_finds_line_breaks(examine: Examine, key: str, text: str, severity: str, hint: str) -> None:
    (finding,) = examine(line_break_in_script, nested(key, text))
    assert (finding.severity, finding.key) == (severity, key)
    assert "\n" not in finding.message
    assert hint in finding.hint
    assert finding.origin
    assert finding.origin.line == key.count(".") + 1


def test_finds_line_breaks_in_variables(examine: Examine) -> None:
    (finding,) = examine(line_break_in_script, variables={"DASK_JOBQUEUE__SLURM__QUEUE": "a\nb"})
    assert finding.severity == "error"
    assert finding.origin
    assert finding.origin.name == "DASK_JOBQUEUE__SLURM__QUEUE"


def test_accepts_values_of_one_line(examine: Examine) -> None:
    cases = {
        "one line": ("jobqueue.slurm.queue", "a"),
        "no escape": ("jobqueue.slurm.queue", r"'a\nb'"),
        "line of shell": ("jobqueue.slurm.job-script-prologue", r'["a\n", b]'),
        "text for a list": ("jobqueue.slurm.job-script-prologue", r'"a\nb"'),
        "not in the script": ("jobqueue.slurm.memory", r'"4 GB\n"'),
        "not in the script: skip": ("jobqueue.slurm.job-directives-skip", r'["a\nb"]'),
        "scheduler's options": ("jobqueue.slurm.scheduler-options.host", r'"a\nb"'),
        "another section": ("distributed.admin.log-format", r'"a\nb"'),
        "no job script": ("backends.local.local-directory", r'"/a\nb"'),
        "another package": ("kubernetes.name", r'"a\nb"'),
    }
    found = {
        name: examine(line_break_in_script, nested(key, text))
        for name, (key, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
