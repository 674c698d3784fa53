"""Write a user's file completely or not at all, and never over changes of another program.

docs/writing.md describes each step of a write, and what it guarantees.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from ..core.errors import FileChangedError, WriteError
from ..core.origins import Origin
from ..core.strings import undecodable_byte
from .backups import Backup, backups, chosen, forget, keep, prune
from .file_attributes import copy_attributes
from .files import contents, create, create_folders, discard, explained, sync_folder, temporary_path
from .lock import Lock

__all__ = ["Backup", "Snapshot", "backups", "chosen", "read", "restore", "write"]

_NEW_FILE_MODE = 0o666  # the umask is subtracted
_MODE_FOR_ALL = 0o644
_NO_HARD_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EMLINK)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as it was read for an edit.

    Attributes
    ----------
    path : str
        The path that the user named.
    real : str
        The file to which the symbolic links of `path` lead; it need not exist.
    data : bytes, optional
        Its bytes, None if it does not exist.
    text : str
        Its text with a byte order mark and original line ends; empty if it does not exist.
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
    mode: int | None = None  # of a new file; None for what the umask gives
    for_all: bool = False  # whether all users can read new folders

    @property
    def origin(self) -> Origin:
        return Origin("file", path=self.path)


def read(path: str) -> Snapshot:
    """Read a file for an edit.

    Parameters
    ----------
    path : str
        The file. Neither it nor its folder need exist.

    Raises
    ------
    WriteError
        If the file cannot be read, or is not UTF-8; then with line and column.
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
    """Replace the content of a file, or change nothing.

    If the file has several hard links, only the given name gets the new content.

    Parameters
    ----------
    snapshot : Snapshot
        The file as it was read.
    text : str
        The new content with its line ends.
    for_all : bool, optional
        Whether all users can read a new file and new folders, whatever the umask.

    Returns
    -------
    Backup or None
        The backup of the old content; None if the file is new, or `text` is the old content.

    Raises
    ------
    FileChangedError
        If the file has changed since it was read.
    WriteError
        If the file or its backup cannot be written.
    """
    if text == snapshot.text:
        return None
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        message = f"not written: UTF-8 cannot represent {text[error.start]!r}"
        raise WriteError(message, origin=Origin("file", path=snapshot.path)) from None
    mode = _MODE_FOR_ALL if for_all else None
    return _replace(_Change(snapshot.path, snapshot.real, snapshot.data, data, mode, for_all))


def restore(candidates: Sequence[Backup] | None = None) -> Backup:
    """Restore a file from a backup, and make a backup of its present content.

    Parameters
    ----------
    candidates : sequence of Backup, optional
        All backups by default. The first one that differs from its file is restored, so that
        restoring twice changes nothing.

    Returns
    -------
    Backup
        The backup that was restored.

    Raises
    ------
    WriteError
        If there is no such backup, or it or the file cannot be read or written.
    """
    for candidate in backups() if candidates is None else candidates:
        original = candidate.original
        real = os.path.realpath(original)
        with explained(original, "cannot be restored"):
            old, new = contents(real), candidate.data()
        if old != new:
            _replace(_Change(original, real, old, new, candidate.mode))
            return candidate
    raise WriteError("nothing to restore: no backup differs from its file")


def _replace(change: _Change) -> Backup | None:
    folder = os.path.dirname(change.real)
    with explained(change.path, "cannot be written"), ExitStack() as undo:
        create_folders(folder, change.for_all, undo)
        with Lock(change.real) as lock:
            _refuse_if_changed(change)
            backup = _back_up(change)
            undo.callback(_forget_unneeded, backup, change)
            temporary = temporary_path(change.real)
            undo.callback(discard, temporary)
            _create_temporary(temporary, change)
            lock.renew()
            _refuse_if_changed(change)
            _move_into_place(temporary, change)
            sync_folder(folder)
            undo.pop_all()
            if backup:
                prune()
        return backup


def _forget_unneeded(backup: Backup | None, change: _Change) -> None:
    """Delete the backup of a file that was not changed."""
    with suppress(OSError):
        if backup and contents(change.real) == change.old:
            forget(backup.path)


def _refuse_if_changed(change: _Change) -> None:
    how = "became another symbolic link"
    if os.path.realpath(change.path) == change.real:
        now = contents(change.real)
        if now == change.old:
            return
        how = "was removed" if now is None else "appeared" if change.old is None else "changed"
    message = f"not written: the file {how} since it was read"
    raise FileChangedError(message, hint="try again", origin=change.origin)


def _back_up(change: _Change) -> Backup | None:
    if change.old is None:
        return None
    if not os.access(change.real, os.W_OK):
        message = "cannot be written: the file is read-only"
        raise WriteError(message, hint="run: chmod u+w FILE", origin=change.origin)
    return keep(change.real, change.old, stat.S_IMODE(os.stat(change.real).st_mode))


def _create_temporary(temporary: str, change: _Change) -> None:
    """Write the new content beside the file, with the attributes that the file will have."""

    def prepare(descriptor: int) -> None:
        if change.old is not None:
            copy_attributes(change.real, descriptor, change.path)
        elif change.mode is not None:
            os.fchmod(descriptor, change.mode)

    use_umask = change.old is None and change.mode is None
    create(temporary, change.new, _NEW_FILE_MODE if use_umask else 0o600, prepare)


def _move_into_place(temporary: str, change: _Change) -> None:
    """Replace the old file in one step, or add a new one if no other program did so meanwhile."""
    if change.old is None:
        try:
            os.link(temporary, change.real)
        except FileExistsError:
            _refuse_if_changed(change)
            raise
        except OSError as error:
            if error.errno not in _NO_HARD_LINKS:
                raise
        else:
            os.unlink(temporary)
            return
    os.replace(temporary, change.real)
