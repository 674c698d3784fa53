"""What differs between releases of dask."""

from __future__ import annotations

import dask
import pytest

from dask_backend_config.catalogue.dask_releases import (
    OLDEST,
    SINCE,
    DaskRules,
    installed_version,
    is_before,
    rules_of,
)


def test_the_installed_version_is_dasks() -> None:
    assert installed_version() == dask.__version__


@pytest.mark.parametrize(
    ("version", "release", "expected"),
    [
        pytest.param("2025.12.0", "2026.1.0", True, id="year"),
        pytest.param("2026.10.0", "2026.3.0", False, id="month of two digits"),
        pytest.param("2026.3.0", "2026.3.0", False, id="itself"),
        pytest.param("2026.1.3+5.g0a1b2c3", "2026.3.0", True, id="a commit after a release"),
        pytest.param("2026.3.1.dev4", "2026.3.0", False, id="a commit before a release"),
        pytest.param("2.1.0", "2024.12.0", True, id="before the years"),
        pytest.param("0+unknown", "2026.3.0", False, id="without tags"),
        pytest.param("2026.3.0", "", True, id="than an unknown one"),
    ],
)
def test_releases_have_an_order(version: str, release: str, expected: bool) -> None:
    assert is_before(version, release) is expected


@pytest.mark.parametrize("name", SINCE)
def test_a_rule_holds_from_its_release_on(name: str) -> None:
    assert getattr(rules_of(SINCE[name]), name)
    assert not getattr(rules_of(OLDEST), name)
    assert rules_of("unknown") == DaskRules()
