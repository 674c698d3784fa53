"""Batch schedulers in the modules of ``dask_backend_schedulers``."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from dask_backend_config.schedulers.plugins import NAMESPACE, added_schedulers

SCHEDULER = """
from dask_backend_config.schedulers import BatchScheduler

class Base(BatchScheduler):
    pass

class Own(Base):
    kind = "own"
    def resource_options(self, request): return ()
    def states_command(self, ids): return ["show", *ids]
"""


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == NAMESPACE]:
        del sys.modules[name]


def test_modules_of_all_folders_on_the_path_add_schedulers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("own", "other"):
        path = tmp_path / name / NAMESPACE / f"{name}.py"
        path.parent.mkdir(parents=True)
        path.write_text(SCHEDULER.replace('"own"', f'"{name}"'))
        monkeypatch.syspath_prepend(str(tmp_path / name))
    found = added_schedulers(())
    assert {kind: type(entry).__name__ for kind, entry in found.items()} == {
        "own": "Own",
        "other": "Own",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("class", "SyntaxError: ", id="syntax"),
        pytest.param("import no_such_module", "No module named 'no_such_module'", id="import"),
        pytest.param("raise SystemError('x')", "SystemError: x", id="error"),
        pytest.param(SCHEDULER.replace('"own"', '"pbs"'), "another scheduler has kind = 'pbs'", id="kind"),
        pytest.param(SCHEDULER.replace('kind = "own"', ""), "has no attribute 'kind'", id="no kind"),
    ],
)  # fmt: skip
def test_a_module_that_cannot_be_used_is_named_and_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    folder = tmp_path / NAMESPACE
    folder.mkdir()
    (folder / "broken.py").write_text(text)
    (folder / "good.py").write_text(SCHEDULER)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.warns(UserWarning, match="dask_backend_schedulers.broken is ignored: ") as caught:
        found = added_schedulers(("pbs",))
    assert [*found] == ["own"]
    (message,) = [str(each.message) for each in caught]
    assert words in message


def test_nothing_is_added_without_the_folder() -> None:
    with warnings.catch_warnings():
        assert added_schedulers(()) == {}
