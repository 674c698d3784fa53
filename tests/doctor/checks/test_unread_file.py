"""The check of files that dask does not read."""

from __future__ import annotations

import os
from pathlib import Path

import dask.config
import pytest

from dask_backend_config.doctor.checks import unread_file
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.findings import Finding

DASK = ".config/dask"
TEXT = "distributed: {worker: {daemon: false}}\n"
UNREAD = [
    (f"{DASK}/dask.yaml.txt", "Rename it to dask.yaml"),
    (f"{DASK}/distributed", "Rename it to distributed.yaml"),
    (f"{DASK}/distributed.conf", "Rename it to distributed.yaml"),
    (f"{DASK}/distributed.yalm", "Rename it to distributed.yaml"),
    (f"{DASK}/distributed.yaml ", "Rename it to distributed.yaml"),
    (f"{DASK}/conf.d/distributed.yaml", "Move it to ~/.config/dask"),
    (f"{DASK}/gold/jobqueue.json", "Move it to ~/.config/dask"),
    (".dask/config.yaml", "Move it to ~/.config/dask"),
    (".dask/distributed.yml", "Move it to ~/.config/dask"),
    (".config/dask.yaml", "Move it to ~/.config/dask"),
    ("xdg/dask/dask.yaml", "Move it to ~/.config/dask"),
]
OTHERS = {
    "read": (f"{DASK}/dask.yaml", TEXT),
    "read whatever the case": (f"{DASK}/dask.YAML", TEXT),
    "put aside": (f"{DASK}/distributed.yaml.bak", TEXT),
    "put aside by an editor": (f"{DASK}/distributed.yaml~", TEXT),
    "put aside by a package": (f"{DASK}/distributed.yaml.rpmsave", TEXT),
    "put aside by a date": (f"{DASK}/distributed.yaml.2024-01-01", TEXT),
    "switched off": (f"{DASK}/distributed.disabled", TEXT),
    "a template": (f"{DASK}/distributed.yaml.j2", TEXT),
    "hidden": (f"{DASK}/.distributed", TEXT),
    "in a folder of old files": (f"{DASK}/old/distributed.yaml", TEXT),
    "in a folder of backups": (f"{DASK}/my-backups/distributed.yaml", TEXT),
    "in a hidden folder": (f"{DASK}/.git/distributed.yaml", TEXT),
    "a note": (f"{DASK}/README.txt", "distributed: see the wiki\n"),
    "a list": (f"{DASK}/hosts.txt", "- a\n- b\n"),
    "another program's": (f"{DASK}/other.conf", "distributed: {peers: 3}\nname: x\n"),
    "not YAML": (f"{DASK}/notes", "a: [1\n"),
    "an all-comment template": (".dask/config.yaml", "# distributed:\n#   worker: {}\n"),
    "elsewhere": (".config/other/dask.yaml", TEXT),
}


def _examined(home: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return list(unread_file.check(gather_facts()))


@pytest.mark.parametrize(("name", "hint"), UNREAD, ids=[name for name, _ in UNREAD])
def test_finds_keys_in_a_file_that_dask_does_not_read(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    (finding,) = _examined(home, name, TEXT, monkeypatch)
    assert (finding.severity, finding.hint) == ("info", hint)
    assert finding.origin
    assert finding.origin.path == str(home / name)
    assert dask.config.collect([str(home / DASK)], env={}) == {}


@pytest.mark.parametrize(("name", "text"), OTHERS.values(), ids=OTHERS)
def test_accepts_other_files(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    assert _examined(home, name, text, monkeypatch) == []


def test_accepts_a_link_to_a_file_that_dask_reads(user_folder: Path) -> None:
    (user_folder / "shared").mkdir()
    (user_folder / "shared" / "dask.yaml").write_text(TEXT)
    (user_folder / "dask.yaml").symlink_to("shared/dask.yaml")
    assert list(unread_file.check(gather_facts())) == []


def test_accepts_a_subfolder_that_dask_config_names(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "site").mkdir()
    (user_folder / "site" / "dask.yaml").write_text(TEXT)
    monkeypatch.setenv("DASK_CONFIG", str(user_folder / "site"))
    assert list(unread_file.check(gather_facts())) == []


def test_accepts_a_file_that_was_named(user_folder: Path) -> None:
    (user_folder / "dask").write_text(TEXT)
    assert list(unread_file.check(gather_facts(paths=[str(user_folder)]))) == []


def test_special_files_are_not_opened(user_folder: Path) -> None:
    os.mkfifo(user_folder / "dask")
    assert list(unread_file.check(gather_facts())) == []
