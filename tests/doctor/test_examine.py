"""`examine()`, the doctor in Python and notebooks."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

import dask_backend_config
from dask_backend_config.config.interpreter import snapshot_of_new_process
from dask_backend_config.core.errors import UnknownKeyError


@pytest.fixture
def broken_file(tmp_path: Path) -> Path:
    """A file with an unknown key and a secret that all users can read."""
    path = tmp_path / "dask.yaml"
    path.write_text("distributed:\n  <b>: {x: 1}\n  wroker: {x: 1}\ntoken: hunter2\n")
    path.chmod(0o644)
    return path


def test_returns_the_findings_of_the_files_and_variables_of_this_process(
    user_folder: Path, broken_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "dask.yaml").write_bytes(broken_file.read_bytes())
    monkeypatch.setenv("DASK_DISTRIBUTED__WROKER__DAEMON", "1")
    found = dask_backend_config.examine(select=["unknown-key"])
    assert [str(finding.origin) for finding in found] == [
        "~/.config/dask/dask.yaml:2:3",
        "~/.config/dask/dask.yaml:3:3",
        "DASK_DISTRIBUTED__WROKER__DAEMON",
    ]


def test_ignores_variables_if_files_are_named(
    broken_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__WROKER__DAEMON", "1")
    found = dask_backend_config.examine([str(broken_file)], ignore=["readable-secret"])
    assert [finding.id for finding in found] == ["unknown-key", "unknown-key"]


def test_prints_one_finding_after_the_other_and_a_summary(broken_file: Path) -> None:
    found = dask_backend_config.examine([str(broken_file)])
    first, *_, last = str(found).splitlines()
    assert first.startswith(f"{broken_file}:2:3: error: unknown key distributed.<b>")
    assert last == "2 errors, 1 warning"
    assert "hunter2" not in str(found)
    assert str(dask_backend_config.examine([])) == "No problems found"


def test_is_an_escaped_table_in_a_notebook(broken_file: Path) -> None:
    html = dask_backend_config.examine([str(broken_file)])._repr_html_()
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(html)
    assert tags.count("tr") == 4
    assert "b" not in tags
    assert "distributed.&lt;b&gt;" in html
    assert "&lt;p" not in html
    assert "No problems found" in dask_backend_config.examine([])._repr_html_()


def test_an_unknown_check_is_an_error() -> None:
    with pytest.raises(UnknownKeyError) as caught:
        dask_backend_config.examine(select=["unknown-kye"])
    assert "Did you mean unknown-key?" in (caught.value.hint or "")


def test_examines_a_snapshot(user_folder: Path, broken_file: Path) -> None:
    (user_folder / "dask.yaml").write_bytes(broken_file.read_bytes())
    taken = snapshot_of_new_process()
    own = dask_backend_config.examine()
    assert own
    assert dask_backend_config.examine(snapshot=taken) == own
    with pytest.raises(ValueError, match="either paths or a snapshot"):
        dask_backend_config.examine([], snapshot=taken)
