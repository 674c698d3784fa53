"""The architecture page draws each package in its layer."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, blocks_of
from tests.repository.test_layout import LAYER


def test_the_drawing_has_each_package_in_its_layer() -> None:
    drawing = blocks_of(DOCS / "architecture.md")[0].text
    drawn = re.findall(r"^  (\d)  (\w+) ", drawing, re.MULTILINE)
    assert {name: int(number) - 1 for number, name in drawn} == LAYER
