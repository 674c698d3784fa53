"""Values whose secrets are masked."""

from __future__ import annotations

from typing import Any

import pytest

from dask_backend_config.core.secrets import MASK, masked


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        pytest.param("a.api_token", "x", MASK, id="secret key"),
        pytest.param("a.api-token", None, None, id="unset"),
        pytest.param(
            "a",
            {"b": [{"password": "x", "c": 1}]},
            {"b": [{"password": MASK, "c": 1}]},
            id="inner key",
        ),
        pytest.param("a.secret", {"user": "me"}, {"user": MASK}, id="section"),
        pytest.param("a.secret", ["x"], MASK, id="list"),
    ],
)
def test_secrets_are_masked(key: str, value: Any, shown: Any) -> None:
    assert masked(key, value) == shown
