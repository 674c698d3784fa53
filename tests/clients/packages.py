"""The packages of the extra ``clients``, which most environments lack."""

from __future__ import annotations

import importlib.util
import os

import pytest

#: Set where a missing package is a failure, as in CI.
REQUIRED = "REQUIRE_CLIENTS"


def needs(*packages: str) -> pytest.MarkDecorator:
    """Skip a test where a package is missing, unless all are required; then its import fails."""
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    reason = f"{', '.join(missing)} not installed: pip install -e '.[clients]'"
    return pytest.mark.skipif(bool(missing) and not os.environ.get(REQUIRED), reason=reason)
