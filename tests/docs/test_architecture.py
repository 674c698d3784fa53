"""The drawing of the house has each module on its floor."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, blocks_of
from tests.test_house import FLOORS, PACKAGE


def drawn() -> dict[str, int]:
    """The names of the drawing; ``...`` stands for others like those before it."""
    drawing = blocks_of(DOCS / "architecture.md")[0].text
    _, _, lines = drawing.partition("dask_backend_config/\n")
    found: dict[str, int] = {}
    floor = -1
    for line in lines.splitlines():
        number, names = re.fullmatch(r"  (\d| )  (\S+(?: \S+)*)  .*", line).groups()  # type: ignore[union-attr]
        floor = int(number) if number.strip() else floor
        found.update((name.rstrip("/"), floor) for name in names.split() if name != "...")
    return found


def test_every_name_stands_on_its_floor() -> None:
    assert {name: floor for name, floor in drawn().items() if FLOORS.get(name) != floor} == {}


def test_every_module_is_drawn_or_is_like_one_that_is() -> None:
    alike = {name.partition("_")[0] for name in drawn()}
    modules = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()}
    missing = {name for name in modules & {*FLOORS} if name.partition("_")[0] not in alike}
    assert missing - {"", "__init__", "__main__"} == set()
