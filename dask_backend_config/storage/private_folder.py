"""Temporary folders whose files only their owner can read."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .files import contents, create, explained, missing_folders
from .process_identity import ProcessIdentity

_PREFIX = "dask-backend-"
#: The file in a folder that tells which process it belongs to.
_OWNER = "owner"


class PrivateFolder:
    """A new folder of mode 0700 for files of mode 0600, deleted by `remove` or at exit.

    Folders of killed processes in the same parent are deleted, too.

    Parameters
    ----------
    parent : str
        The folder in which it is created. If `parent` does not exist, it is created with its own
        parents; these are deleted in the end if they are empty.

    Raises
    ------
    WriteError
        If it cannot be created.
    """

    def __init__(self, parent: str) -> None:
        with explained(parent, "a private folder cannot be created in it"):
            missing = missing_folders(os.path.abspath(parent))
            self.path = _create(parent)
        #: Delete the folder and its files. Repeating that has no effect.
        self.remove = weakref.finalize(self, _delete, self.path, missing)
        self.write({_OWNER: ProcessIdentity.current().text})

    def write(self, files: Mapping[str, str]) -> dict[str, str]:
        """Create files.

        Parameters
        ----------
        files : mapping
            Name -> content.

        Returns
        -------
        dict
            Name -> path.

        Raises
        ------
        WriteError
            If a file cannot be created, or exists.
        """
        paths = {name: os.path.join(self.path, name) for name in files}
        for name, path in paths.items():
            with explained(path, "cannot be written"):
                create(path, files[name].encode())
        return paths


def own_files(parent: str, name: str) -> Iterator[bytes]:
    """Yield the contents of the files called `name` in the private folders of this user."""
    for folder in Path(parent).glob(f"{_PREFIX}*"):
        found = None
        with suppress(OSError):  # it was deleted, or is another user's
            if folder.lstat().st_uid == os.getuid():
                found = contents(str(folder / name))
        if found is not None:
            yield found


def _delete_abandoned(parent: str) -> None:
    """Delete the folders of killed processes of this machine."""
    for folder in Path(parent).glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another user's
            owner = contents(str(folder / _OWNER)) or b""
            process = ProcessIdentity.parse(owner.decode(errors="replace"))
            # Without an owner, the folder was just created by another process.
            if process is not None and process.is_gone(lambda: 0.0):
                shutil.rmtree(folder, ignore_errors=True)


def _create(parent: str, attempts: int = 3) -> str:
    """Create a folder in `parent`, which another process may just delete because it is empty."""
    try:
        os.makedirs(parent, mode=0o700, exist_ok=True)
        _delete_abandoned(parent)
        return tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
    except FileNotFoundError:
        if attempts == 1:
            raise
    return _create(parent, attempts - 1)


def _delete(path: str, parents: Sequence[str]) -> None:
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # a parent that contains other files stays
        for folder in parents:
            os.rmdir(folder)
