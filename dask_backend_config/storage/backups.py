"""The bytes that a write replaced, kept in the user's state folder.

A backup is a file with exactly these bytes, named ``000042-20260801T120000Z-distributed.yaml``. One
named the same plus ``.origin`` is made first, and says in JSON where the bytes stood. The number
gives the order, so that clocks which differ or are set back do not change which backup is the last.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from .fsync import create, discard, explained, state_folder, sync_folder, write_error

#: How many backups are kept, of all files together.
KEPT = 50
_ORIGIN = ".origin"
_NAME_LENGTH = 100  # bytes of the file's name, so that a long one leaves room for the rest
_NAME = re.compile(r"(\d+)-\d{8}T\d{6}Z-.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a file was before a write.

    Attributes
    ----------
    path : str
        The backup, which holds the file's bytes unchanged.
    original : str
        Where they stood; the real path, if the user named a symbolic link.
    time : datetime
        When they were replaced, in UTC.
    mode : int
        The permissions of the file, which the backup does not have: only its owner may read it.
    """

    path: str
    original: str
    time: datetime
    mode: int

    def data(self) -> bytes:
        """The bytes.

        Raises
        ------
        WriteError
            The backup cannot be read.
        """
        with explained(self.path, "the backup cannot be read"):
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            with open(descriptor, "rb") as file:
                return file.read()


def folder() -> str:
    """Where backups are: ``dask_backend_config/backups`` in the user's state folder."""
    return os.path.join(state_folder(), "backups")


def backups() -> list[Backup]:
    """All backups, the newest first; none where nothing was ever written."""
    place = folder()
    found = [_load(os.path.join(place, name)) for name in reversed(_names(place))]
    return [backup for backup in found if backup is not None]


def keep(original: str, data: bytes, mode: int) -> Backup:
    """Make a backup.

    Parameters
    ----------
    original : str
        Where the bytes stand.
    data : bytes
        What stands there.
    mode : int
        The permissions of that file.

    Raises
    ------
    WriteError
        No backup can be made; the file must not be written then.
    """
    place = folder()
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        if os.stat(place).st_mode & 0o077:
            os.chmod(place, 0o700)
        now = datetime.now(timezone.utc).replace(microsecond=0)
        path = _claim(place, original, mode, now)
        temporary = _hidden(path)
        try:
            create(temporary, data)
            os.rename(temporary, path)
        except BaseException:
            discard(temporary)
            discard(path + _ORIGIN)
            raise
        sync_folder(place)
    except OSError as error:
        raise write_error(
            original, f"not written, as no backup can be made in {place}", error
        ) from error
    return Backup(path, original, now, mode)


def forget(backup: Backup) -> None:
    """Remove a backup, if that can be done."""
    discard(backup.path)
    discard(backup.path + _ORIGIN)


def prune() -> None:
    """Remove all backups but the last `KEPT`, and what killed writers left among the old ones."""
    place = folder()
    for name in _names(place, partial=True)[:-KEPT]:
        path = os.path.join(place, name)
        for part in (path, _hidden(path), path + _ORIGIN):
            discard(part)


def _claim(place: str, original: str, mode: int, now: datetime) -> str:
    """The path of a new backup, which is ours once its ``.origin`` exists."""
    names = _names(place, partial=True)
    number = _number(names[-1]) + 1 if names else 1
    note = {"version": 1, "path": original, "mode": mode, "time": now.isoformat()}
    ending = os.fsdecode(os.fsencode(os.path.basename(original))[:_NAME_LENGTH])
    while True:
        path = os.path.join(place, f"{number:06d}-{now:%Y%m%dT%H%M%SZ}-{ending}")
        try:
            create(path + _ORIGIN, json.dumps(note).encode())
        except FileExistsError:
            number += 1
        else:
            return path


def _names(place: str, partial: bool = False) -> list[str]:
    """The names of backups, the oldest first; those that are not whole too, if `partial`."""
    try:
        names = os.listdir(place)
    except OSError:
        return []
    claimed = {name.removesuffix(_ORIGIN) for name in names if name.endswith(_ORIGIN)}
    found = claimed if partial else claimed & set(names)
    return sorted((name for name in found if _NAME.fullmatch(name)), key=_order)


def _hidden(path: str) -> str:
    """Where the bytes of a backup are until they are whole."""
    return os.path.join(os.path.dirname(path), "." + os.path.basename(path))


def _order(name: str) -> tuple[int, str]:
    return _number(name), name


def _number(name: str) -> int:
    return int(name.partition("-")[0])


def _load(path: str) -> Backup | None:
    """A backup with what its ``.origin`` says; None where that is missing or not whole."""
    try:
        with open(path + _ORIGIN, "rb") as file:
            note = json.load(file)
        time = datetime.fromisoformat(note["time"])
        return Backup(path, str(note["path"]), time, int(note["mode"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
