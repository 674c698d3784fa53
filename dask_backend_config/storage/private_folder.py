"""A folder of files that only their owner can read, for what lives no longer than a backend."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from ..core.origins import tilde
from .fsync import contents, create, explained, sync_folder, temporary_path
from .process_identity import Owner

_PREFIX = "dask-backend-"
#: The file of a folder that says whose process it belongs to.
_OWNER = "owner"


class PrivateFolder:
    """A new folder of mode 0700 whose files have mode 0600; gone at `remove` or at exit.

    What a killed process left in the same parent is removed as well.

    Parameters
    ----------
    parent : str
        The folder that it is made in. It is made as well where it does not exist, with those above
        it; what was made and is empty in the end is removed again.

    Raises
    ------
    WriteError
        Where it cannot be made.
    """

    def __init__(self, parent: str) -> None:
        with explained(parent, "a private folder cannot be made in it"):
            missing = _missing(parent)
            self.path = _made(parent)
        self._remove = weakref.finalize(self, _removed, self.path, missing)
        self.write({_OWNER: Owner.here().text})

    def write(self, files: Mapping[str, str]) -> dict[str, str]:
        """Make files with these texts, by their names.

        Returns
        -------
        dict
            Name -> path.

        Raises
        ------
        WriteError
            Where that cannot be done.
        """
        paths = {name: os.path.join(self.path, name) for name in files}
        for name, path in paths.items():
            with explained(path, "it cannot be written"):
                create(path, files[name].encode())
        return paths

    def remove(self) -> None:
        """Delete folder and files; again is harmless."""
        self._remove()


def _sweep(parent: str) -> None:
    """Remove what processes of this machine left here that were killed."""
    for name in os.listdir(parent):
        folder = os.path.join(parent, name)
        try:
            said = contents(os.path.join(folder, _OWNER)) if name.startswith(_PREFIX) else None
        except OSError:
            continue  # another user's
        owner = Owner.parse(said.decode(errors="replace")) if said else None  # or not yet written
        if owner is not None and owner.is_gone(lambda: 0.0):
            shutil.rmtree(folder, ignore_errors=True)


def _missing(path: str) -> list[str]:
    """The folders of a path that do not exist, the deepest first."""
    found = []
    while not os.path.lexists(path) and path != os.path.dirname(path):
        found.append(path)
        path = os.path.dirname(path)
    return found


def _made(parent: str, attempts: int = 3) -> str:
    """A new folder in `parent`, which another process may be about to remove as empty."""
    try:
        os.makedirs(parent, mode=0o700, exist_ok=True)
        _sweep(parent)
        return tempfile.mkdtemp(prefix=_PREFIX, dir=parent)
    except FileNotFoundError:
        if attempts == 1:
            raise
    return _made(parent, attempts - 1)


def _removed(path: str, above: Sequence[str]) -> None:
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # somebody else's files are in it by now
        for folder in above:
            os.rmdir(folder)


def make_folder(path: str) -> None:
    """Make a folder, and those above it, where they do not exist.

    Raises
    ------
    WriteError
        Where that cannot be done.
    """
    with explained(path, "the folder cannot be made"):
        os.makedirs(path, exist_ok=True)


def open_to_append(path: str) -> int:
    """Open a file, which is made where it does not exist, for several processes to write to.

    Returns
    -------
    int
        A descriptor whose every write goes to the end.

    Raises
    ------
    WriteError
        Where that cannot be done.
    """
    with explained(path, "it cannot be written"):
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)


def discard(paths: Iterable[str]) -> None:
    """Delete files, as far as they are there and that is allowed."""
    for path in paths:
        with suppress(OSError):
            os.unlink(path)


def replace(path: str, text: str) -> None:
    """Let a file that only its owner can read appear at once, in the place of one that is there.

    Parameters
    ----------
    path : str
        Through symbolic links, the file that they lead to is replaced.
    text : str
        All that the file is to hold.

    Raises
    ------
    WriteError
        Where its folder does not exist, no regular file stands there, or the system refuses.
    """
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    with explained(path, "cannot be written"):
        if not os.path.isdir(folder):
            raise NotADirectoryError(errno.ENOTDIR, f"there is no folder {tilde(folder)}")
        if os.path.isdir(real):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if os.path.lexists(real) and not os.path.isfile(real):
            raise OSError(errno.EINVAL, "it is no regular file")
        temporary = temporary_path(real)
        create(temporary, text.encode())
        try:
            os.replace(temporary, real)
        except BaseException:
            discard([temporary])
            raise
        sync_folder(folder)
