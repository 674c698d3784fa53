"""The check of file values that have no effect."""

from __future__ import annotations

from dask_backend_config.doctor.checks import shadowed_value

from .conftest import Examine

VARIABLE = "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"


def test_a_file_value_that_a_variable_shadows_is_reported_at_the_file(examine: Examine) -> None:
    files = "distributed:\n  scheduler:\n    allowed_failures: 10\n"
    (finding,) = examine(shadowed_value, files, {VARIABLE: "3"})
    assert (finding.severity, finding.key) == ("info", "distributed.scheduler.allowed-failures")
    assert str(finding.origin) == "~/.config/dask/dask.yaml:3:23"
    assert finding.hint.endswith(f"unset {VARIABLE}")


def test_a_shadowed_secret_is_not_shown(examine: Examine) -> None:
    (finding,) = examine(
        shadowed_value, "gateway: {token: hunter2}\n", {"DASK_GATEWAY__TOKEN": "hunter3"}
    )
    assert "hunter" not in finding.message


def test_effective_and_equal_values_are_accepted(examine: Examine) -> None:
    cases = {
        "no-file": ("", {VARIABLE: "3"}),
        "no-variable": ("distributed: {scheduler: {allowed-failures: 3}}\n", {}),
        "the-same": ("distributed: {scheduler: {allowed-failures: 3}}\n", {VARIABLE: "3"}),
        "a-file-over-a-file": (
            {
                "a.yaml": "distributed: {scheduler: {allowed-failures: 3}}\n",
                "b.yaml": "distributed: {scheduler: {allowed-failures: 4}}\n",
            },
            {},
        ),
    }
    found = {
        name: examine(shadowed_value, files, variables)
        for name, (files, variables) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
