"""The API page has exactly the public names."""

from __future__ import annotations

import re

import dask_backend_config
from tests.docs.pages import DOCS


def test_every_public_name_is_on_the_page_once() -> None:
    text = (DOCS / "api.md").read_text()
    assert sorted(re.findall(r"^\.\. auto\w+:: (\w+)$", text, re.MULTILINE)) == sorted(
        name for name in dask_backend_config.__all__ if name != "__version__"
    )
