from __future__ import annotations

import errno
import os
import socket
import stat
import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dask_backend_config.config.search_path import is_config_name
from dask_backend_config.core.errors import FileChangedError, WriteError
from dask_backend_config.storage import atomic_write, lock, process_identity
from dask_backend_config.storage import backups as store
from tests.killing import Forks

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "dask_backend_config" / "backups"


@pytest.fixture
def forks(state: Path) -> Iterator[Forks]:
    server = Forks()
    yield server
    server.close()


@pytest.fixture
def file(tmp_path: Path, state: Path) -> Path:
    path = tmp_path / "config" / "dask.yaml"
    path.parent.mkdir()
    path.write_text("a: 1\n")
    return path


def put(path: Path | str, text: str) -> atomic_write.Backup | None:
    return atomic_write.write(atomic_write.read(str(path)), text)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


# Reading


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"a: 1\r\nb: 2\r\n", "a: 1\r\nb: 2\r\n", id="crlf"),
        pytest.param(b"\xef\xbb\xbfa: 1", "\ufeffa: 1", id="byte-order-mark"),
        pytest.param("é: 🙂\n".encode(), "é: 🙂\n", id="beyond-ascii"),
    ],
)
def test_bytes_are_read_as_text_and_written_back_unchanged(
    file: Path, data: bytes, text: str
) -> None:
    file.write_bytes(data)
    snapshot = atomic_write.read(str(file))
    assert (snapshot.data, snapshot.text) == (data, text)
    atomic_write.write(snapshot, text + "# end")
    assert file.read_bytes() == data + b"# end"


def test_a_missing_file_is_read_as_empty(tmp_path: Path) -> None:
    path = str(tmp_path / "none" / "dask.yaml")
    assert atomic_write.read(path) == atomic_write.Snapshot(path, path, None, "")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(lambda path: path.write_bytes(b"a: 1\n\xc3\xa9 \xff"),
                     ":2:3: byte 0xff is not valid UTF-8 (save the file as UTF-8)", id="not-utf-8"),
        pytest.param(lambda path: path.mkdir(),
                     ": cannot be read: it is a folder (choose a file in that folder)", id="folder"),
        pytest.param(lambda path: os.mkfifo(path), ": cannot be read: it is not a regular file", id="pipe"),
        pytest.param(lambda path: path.symlink_to(path),
                     ": cannot be read: Too many levels of symbolic links"
                     " (remove the circle of symbolic links)", id="circle"),
    ],
)  # fmt: skip
def test_an_unreadable_file_is_refused_in_one_line(file: Path, make: object, words: str) -> None:
    path = file.parent / "other.yaml"
    make(path)
    with pytest.raises(WriteError) as caught:
        atomic_write.read(str(path))
    assert str(caught.value) == f"{path}{words}"


def test_a_path_through_a_file_is_refused_in_one_line(file: Path) -> None:
    with pytest.raises(WriteError) as caught:
        atomic_write.read(str(file / "dask.yaml"))
    assert str(caught.value) == (
        f"{file}/dask.yaml: cannot be read: Not a directory"
        " (a part of the path is a file; a folder is needed there)"
    )


# Writing


def test_a_write_replaces_the_file_and_leaves_nothing_beside_it(file: Path) -> None:
    assert put(file, "a: 2\n") is not None
    assert file.read_text() == "a: 2\n"
    assert names(file.parent) == ["dask.yaml"]


def test_writing_the_same_text_changes_nothing(file: Path, state: Path) -> None:
    before = file.stat()
    assert put(file, "a: 1\n") is None
    assert file.stat() == before
    assert not state.exists()


def test_a_new_file_and_its_folders_get_the_modes_of_the_umask(file: Path, state: Path) -> None:
    path = file.parent / "x" / "y" / "new.yaml"
    old = os.umask(0o027)
    try:
        assert put(path, "a: 1\n") is None
    finally:
        os.umask(old)
    assert path.read_text() == "a: 1\n"
    assert [stat.S_IMODE(entry.stat().st_mode) for entry in (path, path.parent)] == [0o640, 0o750]
    assert names(path.parent) == ["new.yaml"]
    assert not state.exists()


@pytest.mark.parametrize("mode", [0o600, 0o664], ids=oct)
def test_the_mode_is_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    if os.access(file, os.W_OK):
        put(file, "a: 2\n")
        assert stat.S_IMODE(file.stat().st_mode) == mode


@as_root
def test_the_owner_is_kept(file: Path) -> None:
    os.chown(file, 1234, 5678)
    put(file, "a: 2\n")
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 5678)


def access_list(user: int, permissions: int) -> bytes:
    """A POSIX access list as the kernel has it: 0600, and `permissions` for one more user."""
    nobody = 0xFFFFFFFF
    rows = [
        (1, 6, nobody),
        (2, permissions, user),
        (4, 0, nobody),
        (16, 6, nobody),
        (32, 0, nobody),
    ]
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *row) for row in rows)


def test_access_lists_and_attributes_are_kept(file: Path) -> None:
    try:
        os.setxattr(file, "system.posix_acl_access", access_list(1234, 4))
        os.setxattr(file, "user.note", b"mine")
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        pytest.skip("the file system has no access lists")
    put(file, "a: 2\n")
    assert os.getxattr(file, "system.posix_acl_access") == access_list(1234, 4)
    assert os.getxattr(file, "user.note") == b"mine"


def test_a_default_access_list_of_the_folder_is_not_inherited(file: Path) -> None:
    file.chmod(0o660)
    try:
        os.setxattr(file.parent, "system.posix_acl_default", access_list(1234, 6))
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        pytest.skip("the file system has no access lists")
    put(file, "a: 2\n")
    assert "system.posix_acl_access" not in os.listxattr(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o660


@pytest.mark.parametrize("exists", [True, False], ids=["chain", "dangling"])
def test_the_end_of_a_chain_of_links_is_written_and_the_links_stay(
    file: Path, tmp_path: Path, exists: bool
) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    target = file if exists else tmp_path / "dotfiles" / "new.yaml"
    first.symlink_to(second)
    second.symlink_to(target)
    put(first, "a: 2\n")
    assert first.is_symlink() and second.is_symlink()
    assert target.read_text() == "a: 2\n"
    assert names(target.parent) == [target.name]


def test_other_hard_links_keep_the_old_contents(file: Path, tmp_path: Path) -> None:
    os.link(file, tmp_path / "other")
    put(file, "a: 2\n")
    assert (tmp_path / "other").read_text() == "a: 1\n"


def appear(path: Path) -> None:
    path.write_text("mine\n")


def retarget(path: Path) -> None:
    path.rename(path.parent / "elsewhere")
    path.symlink_to(path.parent / "elsewhere")


@pytest.mark.parametrize(
    ("exists", "meanwhile", "word"),
    [
        pytest.param(True, appear, "changed", id="changed"),
        pytest.param(True, Path.unlink, "was removed", id="removed"),
        pytest.param(False, appear, "appeared", id="appeared"),
        pytest.param(True, retarget, "became another symbolic link", id="another-link"),
    ],
)
def test_a_file_that_changed_since_it_was_read_is_not_written(
    file: Path, state: Path, exists: bool, meanwhile: object, word: str
) -> None:
    if not exists:
        file.unlink()
    snapshot = atomic_write.read(str(file))
    meanwhile(file)
    before = file.read_bytes() if file.exists() else None
    with pytest.raises(FileChangedError) as caught:
        atomic_write.write(snapshot, "a: 2\n")
    assert (
        str(caught.value) == f"{file}: not written: the file {word} since it was read (try again)"
    )
    assert (file.read_bytes() if file.exists() else None) == before
    assert not [name for name in names(file.parent) if name.startswith(".")]
    assert atomic_write.backups() == []


@pytest.mark.parametrize("exists", [True, False], ids=["old", "new"])
def test_a_change_just_before_the_write_is_detected(
    file: Path, exists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not exists:
        file.unlink()
    snapshot = atomic_write.read(str(file))

    class Late(lock.Lock):
        def renew(self) -> None:
            super().renew()
            file.write_text("mine\n")

    monkeypatch.setattr(atomic_write, "Lock", Late)
    with pytest.raises(FileChangedError):
        atomic_write.write(snapshot, "a: 2\n")
    assert file.read_text() == "mine\n"
    assert names(file.parent) == ["dask.yaml"]
    # The file no longer has the content that was read, so its backup is kept.
    assert [backup.data() for backup in atomic_write.backups()] == [b"a: 1\n"] * exists


def test_a_file_created_just_before_the_write_is_not_overwritten(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.unlink()
    real = os.link

    def link(source: str, target: str) -> None:
        file.write_text("mine\n")
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(FileChangedError, match="appeared"):
        put(file, "a: 2\n")
    assert file.read_text() == "mine\n"
    assert names(file.parent) == ["dask.yaml"]


def test_a_surrogate_is_refused(file: Path) -> None:
    with pytest.raises(WriteError, match=r"UTF-8 cannot represent '\\ud800'"):
        put(file, "\ud800")
    assert file.read_text() == "a: 1\n"


@pytest.mark.parametrize(
    "path", ["file/x.yaml", "file/x/y.yaml"], ids=["as-a-folder", "above-a-folder"]
)
def test_no_folder_is_created_below_a_file(tmp_path: Path, state: Path, path: str) -> None:
    snapshot = atomic_write.read(str(tmp_path / "other" / "x.yaml"))
    (tmp_path / "file").write_text("")
    place = str(tmp_path / path)
    with pytest.raises(WriteError, match="a part of the path is a file; a folder is needed there"):
        atomic_write.write(replace(snapshot, path=place, real=place), "a: 2\n")
    assert (tmp_path / "file").read_text() == ""


def test_a_read_only_folder_is_refused_in_one_line(file: Path, forks: Forks) -> None:
    open_up(file)
    file.parent.chmod(0o555)
    assert forks.one(job="write", path=str(file), text="a: 2\n") == (
        f"{file}: cannot be written: Permission denied"
        " (get read and write permission for the file and its folder, or choose another file)"
    )
    file.parent.chmod(0o777)
    assert (file.read_text(), names(file.parent)) == ("a: 1\n", ["dask.yaml"])


def test_a_read_only_file_is_refused_in_one_line(file: Path, forks: Forks) -> None:
    open_up(file)
    file.chmod(0o444)
    assert forks.one(job="write", path=str(file), text="a: 2\n") == (
        f"{file}: cannot be written: the file is read-only (run: chmod u+w FILE)"
    )
    assert (file.read_text(), names(file.parent)) == ("a: 1\n", ["dask.yaml"])


@as_root
def test_a_file_of_another_user_does_not_change_its_owner(file: Path, forks: Forks) -> None:
    open_up(file)
    file.chmod(0o666)
    assert forks.one(job="write", path=str(file), text="a: 2\n") == (
        f"{file}: cannot be written: it belongs to user 0, group 0, and the new file would not"
        " (ask its owner, or choose another file)"
    )
    assert (file.read_text(), names(file.parent)) == ("a: 1\n", ["dask.yaml"])
    assert atomic_write.backups() == []


def open_up(file: Path) -> None:
    """Give all users access to the file, for a child process that is not root."""
    for folder in (file.parent, file.parents[1] / "state"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
    for folder in file.parents:
        ours = Path(tempfile.gettempdir()) in folder.parents
        if ours and not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)


def test_exceeding_the_limit_of_file_sizes_keeps_the_old_file(file: Path, forks: Forks) -> None:
    open_up(file)
    file.chmod(0o666)
    if os.geteuid() == 0:
        os.chown(file, 65534, 65534)
    outcome = forks.one(job="write", path=str(file), text="a: 2\n" * 1000, size_limit=1000)
    assert outcome == (
        f"{file}: cannot be written: File too large"
        " (raise the limit on the size of files, see ulimit -f)"
    )
    assert (file.read_text(), names(file.parent)) == ("a: 1\n", ["dask.yaml"])
    assert atomic_write.backups() == []


def test_a_full_disk_at_any_system_call_keeps_the_old_file(
    tmp_path: Path, state: Path, forks: Forks
) -> None:
    jobs = []
    for number in range(1, 121):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "dask.yaml").write_text("old\n")
        jobs.append(
            {"job": "fail", "path": str(folder / "dask.yaml"), "n": number, "text": "new\n"}
        )
    outcomes = forks.all(jobs)
    assert outcomes[-1] == "written", "more calls than tried"
    assert len([outcome for outcome in outcomes if "No space left on device" in outcome]) > 20
    for job, outcome in zip(jobs, outcomes, strict=True):
        text = Path(job["path"]).read_text()
        assert text == "new\n" if outcome in ("written", "borne") else text in ("old\n", "new\n")
        assert "Error:" not in outcome
        put(job["path"], "next\n")
        assert names(Path(job["path"]).parent) == ["dask.yaml"]


# Backups


def test_a_backup_holds_the_old_bytes_and_is_private(file: Path, state: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    backup = put(file, "a: 2\n")
    assert backup is not None
    assert (backup.original, backup.data()) == (str(file), b"\xef\xbb\xbfa: 1\r\n")
    assert abs(backup.time.timestamp() - time.time()) < 60
    assert atomic_write.backups() == [backup]
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(entry.stat().st_mode) for entry in state.iterdir()} == {0o600}
    assert Path(backup.path).name.endswith("Z-dask.yaml")


def test_backups_are_in_the_state_folder_of_the_home(
    user_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    (user_folder / "dask.yaml").write_text("a: 1\n")
    backup = put(user_folder / "dask.yaml", "a: 2\n")
    assert backup is not None
    assert Path(backup.path).parent == home / ".local/state/dask_backend_config/backups"


def test_a_readable_backup_folder_becomes_private(file: Path, state: Path) -> None:
    state.mkdir(parents=True, mode=0o755)
    put(file, "a: 2\n")
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_the_last_backups_are_kept_newest_first(file: Path, state: Path) -> None:
    for number in range(store.KEPT + 3):
        put(file, f"a: {number + 2}\n")
    kept = [backup.data() for backup in atomic_write.backups()]
    newest = store.KEPT + 3
    assert kept == [f"a: {number}\n".encode() for number in range(newest, 3, -1)]
    assert len(names(state)) == 2 * store.KEPT


def test_a_clock_set_back_does_not_change_the_order(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(file, "a: 2\n")
    real = store.datetime

    class Earlier(real):
        @classmethod
        def now(cls, tz: object = None) -> real:
            return real(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr(store, "datetime", Earlier)
    put(file, "a: 3\n")
    assert [backup.data() for backup in atomic_write.backups()] == [b"a: 2\n", b"a: 1\n"]


@pytest.mark.parametrize(
    "name", ["x.tmp", "x.origin", "ü" * 120, "a\nb.yaml", ".dask.yaml"], ids=ascii
)
def test_any_file_name_can_be_backed_up(file: Path, name: str) -> None:
    path = file.parent / name
    try:
        path.write_text("old")
    except OSError:
        pytest.skip("the file system has no such name")
    if len(os.fsencode(name)) > 200:  # no room for the lock's name: refused, with nothing lost
        with pytest.raises(WriteError, match="choose a shorter name"):
            put(path, "new")
        return
    put(path, "new")
    assert atomic_write.restore().original == str(path)
    assert path.read_text() == "old"


def test_nothing_is_written_without_a_backup(file: Path, state: Path) -> None:
    state.parent.parent.mkdir()
    state.parent.write_text("in the way")
    with pytest.raises(WriteError) as caught:
        put(file, "a: 2\n")
    assert str(caught.value).startswith(
        f"{file}: not written, because no backup can be made in {state}: "
    )
    assert (file.read_text(), names(file.parent)) == ("a: 1\n", ["dask.yaml"])


def test_restoring_twice_swaps(file: Path) -> None:
    put(file, "a: 2\n")
    seen = []
    for _ in range(4):
        atomic_write.restore()
        seen.append(file.read_text())
    assert seen == ["a: 1\n", "a: 2\n"] * 2


def test_restoring_skips_backups_that_equal_their_file(file: Path) -> None:
    put(file, "a: 2\n")
    store.keep(str(file), b"a: 2\n", 0o644)  # as of a write that was killed before it replaced
    atomic_write.restore()
    assert file.read_text() == "a: 1\n"


def test_a_given_backup_is_restored(file: Path) -> None:
    put(file, "a: 2\n")
    put(file, "a: 3\n")
    oldest = atomic_write.backups()[-1]
    assert atomic_write.restore([oldest]) == oldest
    assert file.read_text() == "a: 1\n"
    assert atomic_write.backups()[0].data() == b"a: 3\n"


@pytest.mark.parametrize("name", ["number", "name", "path", "original", "original-name"])
def test_a_backup_is_chosen_by_its_name_or_its_original(file: Path, name: str) -> None:
    put(file, "a: 2\n")
    other = file.with_name("other.yaml")
    other.write_text("")
    put(other, "b: 1\n")
    backup = atomic_write.backups()[-1]
    names = {
        "number": str(backup.number),
        "name": Path(backup.path).name,
        "path": backup.path,
        "original": str(file),
        "original-name": file.name,
    }
    assert atomic_write.chosen(names[name]) == [backup]


def test_a_file_that_is_not_utf_8_can_be_replaced_and_restored(file: Path) -> None:
    put(file, "a: 2\n")
    file.write_bytes(b"\xff")
    atomic_write.restore()
    assert file.read_bytes() == b"a: 1\n"
    atomic_write.restore()
    assert file.read_bytes() == b"\xff"


def test_a_deleted_file_is_restored_with_its_mode(file: Path) -> None:
    file.chmod(0o600)
    put(file, "a: 2\n")
    file.unlink()
    file.parent.rmdir()
    atomic_write.restore()
    assert file.read_text() == "a: 1\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_restoring_without_a_backup_is_an_error(file: Path) -> None:
    with pytest.raises(WriteError, match="no backup differs"):
        atomic_write.restore()


def test_restoring_a_deleted_backup_is_an_error(file: Path) -> None:
    backup = put(file, "a: 2\n")
    assert backup is not None
    Path(backup.path).unlink()
    with pytest.raises(WriteError, match="the backup cannot be read: No such file"):
        atomic_write.restore([backup])
    assert file.read_text() == "a: 2\n"


# Locks


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "WAIT_LIMIT", 0.1)


def leave_lock(file: Path, text: str, age: float = 0.0) -> Path:
    lock = file.parent / f".{file.name}.lock"
    lock.symlink_to(text)
    moment = time.time() - age
    os.utime(lock, (moment, moment), follow_symlinks=False)
    return lock


@pytest.mark.parametrize(
    ("changes", "who"),
    [
        pytest.param({}, f"process {os.getpid()} on {socket.gethostname()}", id="alive"),
        pytest.param({"machine": "another", "host": "node7", "pid": 42}, "process 42 on node7", id="elsewhere"),
    ],
)  # fmt: skip
def test_waiting_times_out_and_names_the_holder_of_the_lock(
    file: Path, impatient: None, changes: dict[str, object], who: str
) -> None:
    lock = leave_lock(file, replace(process_identity.ProcessIdentity.current(), **changes).text)
    with pytest.raises(WriteError) as caught:
        put(file, "a: 2\n")
    assert str(caught.value) == (
        f"{file}: not written: timed out after 0.1 s: {who} is writing the file (try again when that process has finished)"
    )
    assert lock.is_symlink() and names(file.parent) == [lock.name, "dask.yaml"]
    assert atomic_write.backups() == []


@pytest.mark.parametrize(
    ("changes", "age"),
    [
        pytest.param({"pid": 2**22 + 1}, 0, id="no-such-process"),
        pytest.param({"start": "1"}, 0, id="its-process-id-was-reused"),
        pytest.param(
            {"machine": "another"}, process_identity.STALE_AFTER + 1, id="silent-on-another-host"
        ),
        pytest.param(
            {"start": ""}, process_identity.STALE_AFTER + 1, id="silent-with-no-start-time"
        ),
    ],
)
def test_an_abandoned_lock_is_taken_over_at_once(
    file: Path, impatient: None, changes: dict[str, object], age: float
) -> None:
    leave_lock(file, replace(process_identity.ProcessIdentity.current(), **changes).text, age)
    put(file, "a: 2\n")
    assert names(file.parent) == ["dask.yaml"]


@pytest.mark.parametrize("text", ["", "123:"], ids=["empty", "cut-off"])
def test_an_incomplete_lock_file_is_taken_over_when_it_is_old(
    file: Path, impatient: None, text: str
) -> None:
    lock = file.parent / ".dask.yaml.lock"
    lock.write_text(text)
    with pytest.raises(WriteError, match="another process is writing the file"):
        put(file, "a: 2\n")
    moment = time.time() - process_identity.STALE_AFTER - 1
    os.utime(lock, (moment, moment))
    put(file, "a: 2\n")
    assert names(file.parent) == ["dask.yaml"]


def test_without_symbolic_links_the_lock_is_a_file(
    file: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def symlink(text: str, path: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "symlink", symlink)
    with lock.Lock(str(file)):
        assert ".dask.yaml.lock" in names(file.parent)
        with pytest.raises(WriteError, match=f"process {os.getpid()} on"):
            put(file, "a: 2\n")
    put(file, "a: 2\n")
    assert names(file.parent) == ["dask.yaml"]


def test_without_hard_links_a_new_file_is_written(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(source: str, target: str) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    put(file.parent / "new.yaml", "a: 2\n")
    assert names(file.parent) == ["dask.yaml", "new.yaml"]


def overtake(file: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write as a process that considers the suspended holder of the lock dead."""
    with monkeypatch.context() as patch:
        patch.setattr(process_identity, "_is_running", lambda pid, start: False)
        patch.setattr(atomic_write, "Lock", lock.Lock)
        put(file, text)


@pytest.mark.parametrize("then", ["free", "held"])
def test_a_suspended_process_that_lost_its_lock_cannot_write(
    file: Path, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = atomic_write.read(str(file))
    third = lock.Lock(str(file))
    asleep = [True]

    class Slept(lock.Lock):
        def renew(self) -> None:
            if asleep:
                asleep.clear()
                overtake(file, "overtaken\n", monkeypatch)
                if then == "held":
                    third.__enter__()
            super().renew()

    monkeypatch.setattr(atomic_write, "Lock", Slept)
    with pytest.raises(WriteError, match="another process took over the lock"):
        atomic_write.write(snapshot, "slept\n")
    assert file.read_text() == "overtaken\n"
    if then == "held":
        third.renew()
        third.__exit__(None, None, None)
    assert names(file.parent) == ["dask.yaml"]


def test_taking_over_a_lock_deletes_the_temporary_file_of_the_suspended_process(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = atomic_write.read(str(file))
    real = os.replace

    def slept(source: str, target: str) -> None:
        monkeypatch.setattr(os, "replace", real)
        overtake(file, "overtaken\n", monkeypatch)
        real(source, target)

    monkeypatch.setattr(os, "replace", slept)
    with pytest.raises(WriteError, match="cannot be written: No such file"):
        atomic_write.write(snapshot, "slept\n")
    assert file.read_text() == "overtaken\n"
    assert names(file.parent) == ["dask.yaml"]


def test_only_files_of_killed_writes_are_deleted(file: Path) -> None:
    token = "0123456789abcdef"
    left = [f".dask.yaml.{token}.tmp", f".dask.yaml.lock.{token}", f".dask.yaml.lock.{token}-1f"]
    others = [f".dask.yml.{token}.tmp", ".dask.yaml.notes.tmp", f"dask.yaml.{token}.tmp", ".dask.yaml.swp"]  # fmt: skip
    for name in left + others:
        (file.parent / name).write_text("")
    put(file, "a: 2\n")
    assert names(file.parent) == sorted([*others, "dask.yaml"])


def test_dask_does_not_read_the_names_that_a_write_creates(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()
    for name in ("open", "symlink", "link", "replace"):
        real = getattr(os, name)

        def watched(*arguments: object, real: object = real, **options: object) -> object:
            result = real(*arguments, **options)
            seen.update(os.listdir(file.parent))
            return result

        monkeypatch.setattr(os, name, watched)
    put(file, "a: 2\n")
    assert len(seen) > 3
    assert [name for name in seen if is_config_name(name)] == ["dask.yaml"]
