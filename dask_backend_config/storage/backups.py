"""Backups of the files that this package changed, in the user's state folder.

A backup is a file with the old bytes, named ``000042-20260801T120000Z-distributed.yaml``. When it
is complete, a JSON file of the same name plus ``.origin`` is created, which tells which file it
belongs to. The number gives the order, which therefore does not depend on clocks.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from .files import create, discard, discarded_on_error, explained, state_folder, sync_folder

#: The number of backups that are kept, for all files together.
KEPT = 50
_ORIGIN = ".origin"
_NAME_LENGTH = 100  # bytes of the original's name, to leave room for the rest
_NAME = re.compile(r"(\d+)-\d{8}T\d{6}Z-.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Backup:
    """A file as it was before a write.

    Attributes
    ----------
    path : str
        The backup file, with the original bytes.
    original : str
        The file that was written, without symbolic links.
    time : datetime
        When it was written, in UTC.
    mode : int
        The permissions of the original. Only its owner can read the backup.
    """

    path: str
    original: str
    time: datetime
    mode: int

    @property
    def number(self) -> int:
        """The number in its name, which is higher for a later backup."""
        return _number(self.path)

    def data(self) -> bytes:
        """Return the original bytes.

        Raises
        ------
        WriteError
            If the backup cannot be read.
        """
        with explained(self.path, "the backup cannot be read"), open(self.path, "rb") as file:
            return file.read()


def folder() -> str:
    """Return the folder of all backups, ``dask_backend_config/backups`` in the state folder."""
    return os.path.join(state_folder(), "backups")


def backups() -> list[Backup]:
    """Return all backups, the newest first."""
    return [backup for backup in map(_load, reversed(_paths())) if backup is not None]


def chosen(name: str) -> list[Backup]:
    """Return the backups that a user may mean, the newest first.

    Parameters
    ----------
    name : str
        A backup's number or file name, or the original's path or file name.
    """
    path = os.path.realpath(os.path.expanduser(name))
    return [
        backup
        for backup in backups()
        if name in (str(backup.number), backup.path, os.path.basename(backup.path))
        or name == os.path.basename(backup.original)
        or path == backup.original
    ]


def keep(original: str, data: bytes, mode: int) -> Backup:
    """Make a backup.

    Parameters
    ----------
    original : str
        The file.
    data : bytes
        Its content.
    mode : int
        Its permissions.

    Raises
    ------
    WriteError
        If no backup can be made. Then the file must not be written.
    """
    place = folder()
    with explained(original, f"not written, because no backup can be made in {place}"):
        os.makedirs(place, mode=0o700, exist_ok=True)
        os.chmod(place, 0o700)
        now = datetime.now(timezone.utc).replace(microsecond=0)
        path = _create_numbered(place, original, data, now)
        note = {"version": 1, "path": original, "mode": mode, "time": now.isoformat()}
        with discarded_on_error(path):
            create(path + _ORIGIN, json.dumps(note).encode())
        sync_folder(place)
    return Backup(path, original, now, mode)


def forget(path: str) -> None:
    """Delete a backup if possible."""
    discard(path + _ORIGIN)
    discard(path)


def prune() -> None:
    """Delete all but the last `KEPT` backups, also incomplete ones of killed processes."""
    for path in _paths()[:-KEPT]:
        forget(path)


def _create_numbered(place: str, original: str, data: bytes, now: datetime) -> str:
    """Create a backup file with the next number, and return its path."""
    paths = _paths()
    number = _number(paths[-1]) + 1 if paths else 1
    ending = os.fsdecode(os.fsencode(os.path.basename(original))[:_NAME_LENGTH])
    while True:
        path = os.path.join(place, f"{number:06d}-{now:%Y%m%dT%H%M%SZ}-{ending}")
        try:
            create(path, data)
        except FileExistsError:
            number += 1
        else:
            return path


def _paths() -> list[str]:
    """Return the paths of backups, the oldest first, also of incomplete ones."""
    place = folder()
    try:
        names = os.listdir(place)
    except OSError:
        return []
    found = {name.removesuffix(_ORIGIN) for name in names if _NAME.fullmatch(name)}
    paths = (os.path.join(place, name) for name in found)
    return sorted(paths, key=lambda path: (_number(path), path))


def _number(path: str) -> int:
    return int(os.path.basename(path).partition("-")[0])


def _load(path: str) -> Backup | None:
    """Return a backup, None if its ``.origin`` is missing or incomplete."""
    try:
        with open(path + _ORIGIN, "rb") as file:
            note = json.load(file)
        time = datetime.fromisoformat(note["time"])
        return Backup(path, str(note["path"]), time, int(note["mode"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
