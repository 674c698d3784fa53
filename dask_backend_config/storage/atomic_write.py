"""Writing a user's file: whole or not at all, and never over what was not seen.

docs/writing.md says what a write does, step by step, and what it promises.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ..core.errors import FileChangedError, WriteError
from ..core.origins import Origin
from ..core.strings import undecodable_byte
from .backups import Backup, backups, forget, keep, prune
from .fsync import contents, create, discard, explained, sync_folder, temporary_path
from .lock import Lock

__all__ = ["Backup", "Snapshot", "backups", "read", "restore", "write"]

_NEW_FILE_MODE = 0o666  # less the umask
_MODE_FOR_ALL = 0o644
_FOLDER_FOR_ALL = 0o755
_ACCESS_LIST = "system.posix_acl_access"
_NO_HARD_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EMLINK)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as it was read for an edit.

    Attributes
    ----------
    path : str
        As given.
    real : str
        The file that `path` leads to through symbolic links; it need not exist.
    data : bytes, optional
        Its bytes; None where there is no file yet.
    text : str
        Its characters, line ends as they stand, a byte order mark first; empty without a file.
    """

    path: str
    real: str
    data: bytes | None
    text: str


@dataclass(frozen=True, slots=True)
class _Change:
    path: str
    real: str
    old: bytes | None
    new: bytes
    mode: int | None = None  # of a file that does not exist; None for what the umask gives
    for_all: bool = False  # whether folders that are made let everybody in

    @property
    def folder(self) -> str:
        return os.path.dirname(self.real)


def read(path: str) -> Snapshot:
    """Read a file for an edit.

    Parameters
    ----------
    path : str
        The file; it need not exist, nor its folder.

    Raises
    ------
    WriteError
        The file cannot be read, or is not UTF-8; then with line and column, in characters.
    """
    with explained(path, "cannot be read"):
        real = os.path.realpath(path)
        data = contents(real)
    try:
        text = (data or b"").decode()
    except UnicodeDecodeError as error:
        problem, line, column = undecodable_byte(error)
        origin = Origin("file", path=path, line=line, column=column)
        raise WriteError(problem, hint="save the file as UTF-8", origin=origin) from None
    return Snapshot(path, real, data, text)


def write(snapshot: Snapshot, text: str, for_all: bool = False) -> Backup | None:
    """Put `text` in the place of what was read, or change nothing.

    A file with several hard links is replaced under the name that was given; its other names keep
    the old contents.

    Parameters
    ----------
    snapshot : Snapshot
        What the text was made from.
    text : str
        All that the file is to hold, with its own line ends.
    for_all : bool, optional
        Whether everybody can read a new file, in new folders too, whatever the umask.

    Returns
    -------
    Backup or None
        Of the bytes that were replaced; None where there was no file, or `text` is what was read.

    Raises
    ------
    FileChangedError
        The file is not any more what was read.
    WriteError
        The file cannot be written, or no backup can be made.
    """
    if text == snapshot.text:
        return None
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        origin = Origin("file", path=snapshot.path)
        message = f"not written: {text[error.start]!r} is no character that UTF-8 can write"
        raise WriteError(message, origin=origin) from None
    mode = _MODE_FOR_ALL if for_all else None
    return _replace(_Change(snapshot.path, snapshot.real, snapshot.data, data, mode, for_all))


def restore(backup: Backup | None = None) -> Backup:
    """Put the bytes of a backup back where they were, with a backup of what stands there now.

    Parameters
    ----------
    backup : Backup, optional
        Without it, the newest one that differs from what stands in its file; so that doing it twice
        gives back what was there before.

    Returns
    -------
    Backup
        The one whose bytes stand in the file now.

    Raises
    ------
    WriteError
        There is no such backup, or it or the file cannot be read or written.
    """
    for candidate in [backup] if backup else backups():
        original = candidate.original
        real = os.path.realpath(original)
        with explained(original, "cannot be restored"):
            old, new = contents(real), candidate.data()
        if old != new:
            _replace(_Change(original, real, old, new, candidate.mode))
        if old != new or backup:
            return candidate
    raise WriteError("there is no backup that differs from what stands in its file")


def _replace(change: _Change) -> Backup | None:
    with explained(change.path, "cannot be written"):
        made: list[str] = []
        try:
            _make_folders(change.folder, made, change.for_all)
            with Lock(change.real) as lock:
                return _replace_locked(change, lock.renew)
        except BaseException:
            for folder in reversed(made):
                with suppress(OSError):
                    os.rmdir(folder)
            raise


def _replace_locked(change: _Change, renew_lock: Callable[[], None]) -> Backup | None:
    _refuse_what_changed(change)
    backup = _backup(change)
    temporary = temporary_path(change.real)
    try:
        _prepare(temporary, change)
        renew_lock()
        _refuse_what_changed(change)
        _put(temporary, change)
    except BaseException:
        discard(temporary)
        if backup and _stands(change):
            forget(backup)
        raise
    sync_folder(change.folder)
    if backup:
        prune()
    return backup


def _refuse_what_changed(change: _Change) -> None:
    if os.path.realpath(change.path) == change.real:
        now = contents(change.real)
        if now == change.old:
            return
        how = "vanished" if now is None else "appeared" if change.old is None else "changed"
    else:
        how = "leads elsewhere"
    origin = Origin("file", path=change.path)
    raise FileChangedError(
        f"not written: the file {how} since it was read", hint="try again", origin=origin
    )


def _stands(change: _Change) -> bool:
    try:
        return contents(change.real) == change.old
    except OSError:
        return False


def _backup(change: _Change) -> Backup | None:
    if change.old is None:
        return None
    if not os.access(change.real, os.W_OK):
        origin = Origin("file", path=change.path)
        raise WriteError(
            "cannot be written: the file is read-only", hint="chmod u+w it first", origin=origin
        )
    return keep(change.real, change.old, stat.S_IMODE(os.stat(change.real).st_mode))


def _prepare(temporary: str, change: _Change) -> None:
    """Write the new bytes beside the file, with the owner and permissions of the old ones."""
    if change.old is not None:
        create(temporary, change.new, 0o600, lambda file: _keep_attributes(file, change))
    elif change.mode is None:
        create(temporary, change.new, _NEW_FILE_MODE)
    else:
        mode = change.mode
        create(temporary, change.new, 0o600, lambda file: os.fchmod(file, mode))


def _keep_attributes(file: int, change: _Change) -> None:
    old, new = os.stat(change.real), os.fstat(file)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.fchown(file, old.st_uid, old.st_gid)
        except PermissionError:
            origin = Origin("file", path=change.path)
            raise WriteError(
                f"cannot be written: it belongs to user {old.st_uid}, group {old.st_gid},"
                " and a new one would not",
                hint="ask its owner, or choose another file",
                origin=origin,
            ) from None
    if hasattr(os, "listxattr"):
        _keep_extended_attributes(file, change.real)
    os.fchmod(file, stat.S_IMODE(old.st_mode))


def _keep_extended_attributes(file: int, path: str) -> None:
    """Copy them; an access list above all, without which the group could read what it must not."""
    try:
        old, new = os.listxattr(path), os.listxattr(file)
    except OSError:  # the file system has none
        return
    for name in old:
        try:
            os.setxattr(file, name, os.getxattr(path, name))
        except OSError:
            if name == _ACCESS_LIST:
                raise
    if _ACCESS_LIST in new and _ACCESS_LIST not in old:  # the folder's default
        os.removexattr(file, _ACCESS_LIST)


def _put(temporary: str, change: _Change) -> None:
    """Let the new bytes appear at once: over the old ones, but never over what was not there."""
    if change.old is None:
        try:
            os.link(temporary, change.real)
        except FileExistsError:
            _refuse_what_changed(change)
            raise
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
        else:
            os.unlink(temporary)
            return
    os.replace(temporary, change.real)


def _make_folders(folder: str, made: list[str], for_all: bool) -> None:
    """Make what is missing of a folder's path, and note in `made` what was."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for path in reversed(missing):
        with suppress(FileExistsError):  # another writer was as fast; a file shows in the next step
            os.mkdir(path)
            made.append(path)
            if for_all:
                os.chmod(path, stat.S_IMODE(os.stat(path).st_mode) | _FOLDER_FOR_ALL)
            sync_folder(os.path.dirname(path))
