"""Private folders: who can read them, and when they are deleted."""

from __future__ import annotations

import gc
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dask_backend_config.core.errors import WriteError
from dask_backend_config.storage import private_folder
from dask_backend_config.storage.files import make_folder
from dask_backend_config.storage.private_folder import PrivateFolder


def mode(path: str | Path) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = PrivateFolder(str(tmp_path / "above" / "parent"))
        paths = folder.write({"a": "one", "b": "\u20ac\n"})
    finally:
        os.umask(before)
    assert mode(folder.path) == 0o700
    assert [mode(path) for path in paths.values()] == [0o600, 0o600]
    assert mode(tmp_path / "above" / "parent") & 0o077 == 0
    assert paths == {name: os.path.join(folder.path, name) for name in ("a", "b")}
    assert [Path(path).read_text("utf-8") for path in paths.values()] == ["one", "\u20ac\n"]


def test_two_folders_in_one_parent_are_separate(tmp_path: Path) -> None:
    one, other = PrivateFolder(str(tmp_path)), PrivateFolder(str(tmp_path))
    one.write({"key": "1"})
    paths = other.write({"key": "2"})
    one.remove()
    assert Path(paths["key"]).read_text() == "2"
    assert list(tmp_path.iterdir()) == [Path(other.path)]


def test_an_existing_parent_is_not_changed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    PrivateFolder(str(tmp_path)).remove()
    assert mode(tmp_path) == 0o755
    assert list(tmp_path.iterdir()) == []


def test_removing_deletes_everything_and_can_be_repeated(tmp_path: Path) -> None:
    folder = PrivateFolder(str(tmp_path))
    folder.write({"a": ""})
    Path(folder.path, "left by another").mkdir()
    for _ in range(2):
        folder.remove()
        assert list(tmp_path.iterdir()) == []


def test_a_folder_is_deleted_with_its_object(tmp_path: Path) -> None:
    folder = PrivateFolder(str(tmp_path))
    folder.write({"a": ""})
    del folder
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", ["", "sys.exit(3)", "raise ValueError"])
def test_a_folder_is_deleted_at_the_end_of_its_process(tmp_path: Path, end: str) -> None:
    program = (
        "import os, sys; from dask_backend_config.storage.private_folder import PrivateFolder;"
        f"folder = PrivateFolder({str(tmp_path)!r}); path = folder.write({{'a': 'x'}})['a'];"
        f"print(os.path.exists(path)); {end}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "True\n"
    assert list(tmp_path.iterdir()) == []


LEFT = """
import os, signal
from dask_backend_config.storage.private_folder import PrivateFolder
folder = PrivateFolder({parent!r})
folder.write({{"key": "x"}})
print(folder.path, flush=True)
{end}
"""


def test_the_folder_of_a_killed_process_is_deleted_by_the_next(tmp_path: Path) -> None:
    program = LEFT.format(parent=str(tmp_path), end="os.kill(os.getpid(), signal.SIGKILL)")
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert killed.returncode < 0
    assert list(tmp_path.iterdir()) == [Path(killed.stdout.strip())]
    mine = PrivateFolder(str(tmp_path))
    assert list(tmp_path.iterdir()) == [Path(mine.path)]


def test_the_folder_of_a_running_process_stays(tmp_path: Path) -> None:
    program = LEFT.format(parent=str(tmp_path), end="input()")
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    theirs = Path(process.stdout.readline().strip())
    try:
        PrivateFolder(str(tmp_path)).remove()
        assert (theirs / "key").read_text() == "x"
    finally:
        process.communicate("\n")
    assert not theirs.exists()


def test_other_files_and_folders_stay(tmp_path: Path) -> None:
    for name in ("theirs", "dask-backend-new", "dask-backend-binary", "dask-backend-pipe"):
        (tmp_path / name).mkdir()
    (tmp_path / "theirs" / "owner").write_bytes(b"\xff")
    (tmp_path / "dask-backend-binary" / "owner").write_bytes(b"\xff")
    (tmp_path / "dask-backend-file").write_text("")
    os.mkfifo(tmp_path / "dask-backend-pipe" / "owner")
    before = sorted(tmp_path.rglob("*"))
    PrivateFolder(str(tmp_path)).remove()
    assert sorted(tmp_path.rglob("*")) == before


def test_created_parents_are_deleted_unless_they_are_used(tmp_path: Path) -> None:
    one, other = PrivateFolder(str(tmp_path / "a" / "b")), PrivateFolder(str(tmp_path / "a" / "b"))
    one.remove()
    assert list((tmp_path / "a" / "b").iterdir()) == [Path(other.path)]
    last = PrivateFolder(str(tmp_path / "c" / "d"))
    last.remove()
    other.remove()
    assert list(tmp_path.iterdir()) == [tmp_path / "a"], (
        "its folder was still used when its creator ended"
    )


def test_a_file_that_exists_is_not_overwritten(tmp_path: Path) -> None:
    folder = PrivateFolder(str(tmp_path))
    path = folder.write({"a": "first"})["a"]
    with pytest.raises(WriteError, match="cannot be written"):
        folder.write({"a": "second"})
    assert Path(path).read_text() == "first"


def test_an_error_names_the_folder_that_cannot_be_created(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError) as caught:
        PrivateFolder(str(tmp_path / "file" / "below"))
    assert str(caught.value).startswith(
        f"{tmp_path}/file/below: a private folder cannot be created in it: "
    )
    with pytest.raises(WriteError, match="the folder cannot be created: "):
        make_folder(str(tmp_path / "file" / "logs"))


def test_a_folder_is_created_with_its_parents_and_creating_it_can_be_repeated(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        make_folder(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()


def test_a_parent_that_another_process_deletes_meanwhile_is_created_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent, delete_abandoned = tmp_path / "a", private_folder._delete_abandoned
    calls: list[str] = []

    def delete_parent_once(path: str) -> None:
        calls.append(path)
        if len(calls) == 1:
            os.rmdir(path)
        delete_abandoned(path)

    monkeypatch.setattr(private_folder, "_delete_abandoned", delete_parent_once)
    folder = PrivateFolder(str(parent))
    assert Path(folder.path).parent == parent
    assert len(calls) == 2
