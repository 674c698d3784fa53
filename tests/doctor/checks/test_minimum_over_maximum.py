"""The check of minima above their maxima."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import minimum_over_maximum
from tests.doctor.checks.conftest import Examine

MIN, MAX = "minimum-number-of-workers", "maximum-number-of-workers"


def _backends(**sections: str) -> str:
    return "backends:\n" + "".join(f"  {name}: {{{text}}}\n" for name, text in sections.items())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param(_backends(jobqueue=f"{MIN}: 4, {MAX}: 2"), f"jobqueue.{MAX}", id="shared"),
        pytest.param(_backends(slurm=f"{MIN}: 4, {MAX}: 2"), f"slurm.{MAX}", id="one scheduler"),
        pytest.param(
            _backends(jobqueue=f"{MIN}: 4", slurm=f"{MAX}: 2"), f"slurm.{MAX}", id="inherited"
        ),
        pytest.param(
            _backends(jobqueue=f"{MAX}: 4", slurm=f"{MIN}: 8, {MAX}: null"), f"jobqueue.{MAX}",
            id="null is ignored",
        ),
        pytest.param(
            _backends(profiles=f"gpu: {{backend: pbs, {MIN}: 4, {MAX}: 2}}"), f"profiles.gpu.{MAX}",
            id="profile",
        ),
        pytest.param(
            _backends(pbs=f"{MAX}: 3", profiles=f"gpu: {{backend: pbs, {MIN}: 4}}"), f"pbs.{MAX}",
            id="profile and its backend",
        ),
        pytest.param(
            _backends(slurm=f"{MAX}: 2, worker-groups: {{a: {{{MIN}: 1}}, b: {{{MIN}: 4}}}}"), f"slurm.{MAX}",
            id="group and all groups",
        ),
        pytest.param(
            _backends(jobqueue=f"worker-groups: {{a: {{{MIN}: 4}}}}", slurm=f"worker-groups: {{a: {{{MAX}: 2}}}}"),
            f"slurm.worker-groups.a.{MAX}", id="group in two sections",
        ),
        pytest.param(
            _backends(profiles=f"gpu: {{backend: pbs, worker-groups: {{a: {{{MIN}: 4, {MAX}: 2}}, b: null}}}}"),
            f"profiles.gpu.worker-groups.a.{MAX}", id="group of a profile",
        ),
    ],
)  # fmt: skip
def test_finds_a_minimum_above_its_maximum(examine: Examine, text: str, key: str) -> None:
    (finding,) = examine(minimum_over_maximum, text)
    assert (finding.severity, finding.key) == ("error", f"backends.{key}")
    assert MAX in finding.hint
    assert finding.origin
    assert finding.origin.line


def test_finds_it_in_adaptive(examine: Examine) -> None:
    (finding,) = examine(
        minimum_over_maximum, "distributed:\n  adaptive: {minimum: 4, maximum: 2}\n"
    )
    assert (finding.severity, finding.key) == ("error", "distributed.adaptive.maximum")
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (2, 35)


@pytest.mark.parametrize(
    ("adaptive", "ours", "key"),
    [
        pytest.param("maximum: 2", f"{MIN}: 4", "distributed.adaptive.maximum", id="their-maximum"),
        pytest.param("minimum: 5", f"{MAX}: 3", f"backends.jobqueue.{MAX}", id="their-minimum"),
        pytest.param("maximum: 2", f"{MIN}: 4, {MAX}: 4", None, id="ours-counts"),
        pytest.param("maximum: .inf", f"{MIN}: 4", None, id="infinity"),
    ],
)
def test_values_of_adaptive_count_where_ours_are_not_set(
    examine: Examine, adaptive: str, ours: str, key: str | None
) -> None:
    text = f"distributed: {{adaptive: {{{adaptive}}}}}\n{_backends(jobqueue=ours)}"
    found = examine(minimum_over_maximum, text)
    assert [finding.key for finding in found] == [key] * bool(key)
    assert all("does not start" in finding.message for finding in found)


def test_compares_with_the_default_but_reports_the_user_value(examine: Examine) -> None:
    (finding,) = examine(minimum_over_maximum, "distributed:\n  adaptive: {maximum: -1}\n")
    assert finding.key == "distributed.adaptive.maximum"


def test_accepts_valid_pairs(examine: Examine) -> None:
    cases = {
        "equal": _backends(jobqueue=f"{MIN}: 2, {MAX}: 2"),
        "no maximum": _backends(jobqueue=f"{MIN}: 4"),
        "inherited": _backends(jobqueue=f"{MIN}: 4", slurm=f"{MAX}: 8"),
        "two schedulers": _backends(lsf=f"{MIN}: 4", slurm=f"{MAX}: 2"),
        "another type": _backends(jobqueue=f"{MIN}: '4', {MAX}: 2"),
        "out of range": _backends(jobqueue=f"{MIN}: 4, {MAX}: -2"),
        "no backend": _backends(profiles=f"gpu: {{{MIN}: 4, {MAX}: 2}}"),
        "infinite maximum": "distributed:\n  adaptive: {minimum: 4}\n",
        "a word": "distributed:\n  adaptive: {minimum: 4, maximum: many}\n",
    }
    found = {name: examine(minimum_over_maximum, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}
