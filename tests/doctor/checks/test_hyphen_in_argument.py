"""The check of names that become arguments of Python functions."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import hyphen_in_argument
from dask_backend_config.yaml_edit.patch import patch
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

OPTIONS = "jobqueue.slurm.scheduler-options"
BOKEH = "distributed.scheduler.dashboard.bokeh-application"


@pytest.mark.parametrize(
    ("section", "name", "new"),
    [
        pytest.param(OPTIONS, "dashboard-address", "dashboard_address", id="scheduler"),
        pytest.param(
            "jobqueue.mysite.scheduler-options", "idle-timeout", "idle_timeout", id="own section"
        ),
        pytest.param(BOKEH, "allow-websocket-origin", "allow_websocket_origin", id="bokeh"),
    ],
)
def test_finds_and_renames_a_name_with_a_hyphen(
    examine: Examine, section: str, name: str, new: str
) -> None:
    text = nested(f"{section}.{name}", "['*']  # why")
    (finding,) = examine(hyphen_in_argument, text)
    assert (finding.severity, finding.hint) == ("error", f"Rename it to {new}")
    assert finding.fix
    assert finding.fix.safe
    fixed = patch(text, finding.fix.edits)
    assert fixed == text.replace(name, new)
    assert examine(hyphen_in_argument, fixed) == []


def test_finds_arguments_of_policies(examine: Examine) -> None:
    key = "distributed.scheduler.active-memory-manager.policies"
    (finding,) = examine(hyphen_in_argument, nested(key, "[{class: a.B, max-size: 5}]"))
    assert (finding.key, finding.hint) == (key, "Write max_size")


def test_silent_on_keys_that_dask_reads_in_both_spellings(examine: Examine) -> None:
    texts = [
        nested(f"{OPTIONS}.dashboard_address", "':8787'"),
        nested(OPTIONS, "null"),
        nested("distributed.scheduler.idle-timeout", "1h"),
        nested("jobqueue.slurm.job-extra-directives", "[--a-b]"),
    ]
    assert [text for text in texts if examine(hyphen_in_argument, text)] == []
    name = "DASK_JOBQUEUE__SLURM__SCHEDULER_OPTIONS__DASHBOARD_ADDRESS"
    assert examine(hyphen_in_argument, variables={name: ":8787"}) == []
