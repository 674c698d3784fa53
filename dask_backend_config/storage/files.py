"""Create, read, replace and delete single files, with errors that tell the user what to do."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from ..core.errors import WriteError
from ..core.origins import Origin, tilde

#: The end of the name of each temporary file. dask does not read files with such names.
TEMPORARY = ".tmp"
_NOT_YOURS = "get read and write permission for the file and its folder, or choose another file"
_FILE_IN_PATH = "a part of the path is a file; a folder is needed there"
_HINTS = {
    errno.EACCES: _NOT_YOURS,
    errno.EPERM: _NOT_YOURS,
    errno.EROFS: "choose a file on another file system",
    errno.ENOSPC: "free space on the file system and try again",
    errno.EDQUOT: "free space in your quota and try again",
    errno.EFBIG: "raise the limit on the size of files, see ulimit -f",
    errno.ENOTDIR: _FILE_IN_PATH,
    errno.EEXIST: _FILE_IN_PATH,
    errno.EISDIR: "choose a file in that folder",
    errno.ELOOP: "remove the circle of symbolic links",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "its folder was removed meanwhile; try again",
}
_FOLDER_MODE_FOR_ALL = 0o755
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


@contextmanager
def explained(path: str, what: str) -> Iterator[None]:
    """Raise errors of the system within the block as a `WriteError` with a hint.

    Parameters
    ----------
    path : str
        The file that the user named.
    what : str
        What failed, such as ``cannot be written``.
    """
    try:
        yield
    except OSError as error:
        message = f"{what}: {error.strerror or error}"
        hint = _HINTS.get(error.errno or 0)
        raise WriteError(message, hint=hint, origin=Origin("file", path=path)) from error


@contextmanager
def discarded_on_error(*paths: str) -> Iterator[None]:
    """Delete files if the block raises an error."""
    try:
        yield
    except BaseException:
        for path in paths:
            discard(path)
        raise


def state_folder() -> str:
    """Return the folder in the home directory for this package's own files; it may not exist."""
    import platformdirs  # imported late: slower than the rest of this module, needed only to write

    return platformdirs.user_state_dir("dask_backend_config", False)


def random_token() -> str:
    """Return 16 random characters."""
    return os.urandom(8).hex()


def temporary_path(path: str) -> str:
    """Return an unused name in the folder of `path` that dask does not read."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.{random_token()}{TEMPORARY}")


def create(
    path: str, data: bytes, mode: int = 0o600, prepare: Callable[[int], None] | None = None
) -> None:
    """Create a file and wait until it is on the disk. After an error, the file does not exist.

    Parameters
    ----------
    path : str
        A file that does not exist.
    data : bytes
        Its content.
    mode : int, optional
        Its permissions; the umask is subtracted.
    prepare : callable, optional
        Called with the descriptor while the file is still empty.

    Raises
    ------
    OSError
        The error of the system. With FileExistsError, the existing file is not changed.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with discarded_on_error(path):
        try:
            if prepare is not None:
                prepare(descriptor)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)  # network file systems report a full disk only here


def contents(path: str) -> bytes | None:
    """Return the bytes of a regular file, None if it does not exist.

    Raises
    ------
    OSError
        The error of the system, also for a folder, pipe or device.
    """
    try:
        _refuse_special(path)
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _refuse_special(path: str) -> None:
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def sync_folder(folder: str) -> None:
    """Wait until the names in `folder` are on the disk, if the file system supports that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def discard(path: str) -> None:
    """Delete a file if possible."""
    with suppress(OSError):
        os.unlink(path)


def missing_folders(path: str) -> list[str]:
    """Return the folders of a path that do not exist, the deepest first."""
    missing = []
    while not os.path.lexists(path):
        missing.append(path)
        path = os.path.dirname(path)
    return missing


def create_folders(path: str, for_all: bool, undo: ExitStack) -> None:
    """Create a folder and its parents, if they do not exist, and wait until they are on the disk.

    Parameters
    ----------
    path : str
        The folder.
    for_all : bool
        Whether all users can read new folders, whatever the umask.
    undo : ExitStack
        Gets a callback for each new folder that deletes it if it is empty.
    """
    for folder in reversed(missing_folders(path)):
        with suppress(FileExistsError):  # created by another process; a file fails in the next step
            os.mkdir(folder)
            undo.callback(_discard_folder, folder)
            if for_all:
                os.chmod(folder, stat.S_IMODE(os.stat(folder).st_mode) | _FOLDER_MODE_FOR_ALL)
            sync_folder(os.path.dirname(folder))


def _discard_folder(path: str) -> None:
    with suppress(OSError):
        os.rmdir(path)


def make_folder(path: str) -> None:
    """Create a folder and its parents, if they do not exist.

    Raises
    ------
    WriteError
        If that fails.
    """
    with explained(path, "the folder cannot be created"):
        os.makedirs(path, exist_ok=True)


def open_to_append(path: str) -> int:
    """Open or create a file to which several processes may write.

    Returns
    -------
    int
        A descriptor; each write goes to the end of the file.

    Raises
    ------
    WriteError
        If that fails.
    """
    with explained(path, "cannot be written"):
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)


def replace_private(path: str, text: str) -> None:
    """Create or replace a file that only its owner can read; see `replace_file`."""
    replace_file(path, text, 0o600)


def replace_file(path: str, text: str, mode: int = 0o666) -> None:
    """Create or replace a file in one step.

    Parameters
    ----------
    path : str
        The file. If it is a symbolic link, its target is replaced.
    text : str
        The new content.
    mode : int, optional
        The permissions of the file; the umask is subtracted.

    Raises
    ------
    WriteError
        If the folder does not exist, `path` is not a regular file, or the system refuses.
    """
    real = os.path.realpath(path)
    folder = os.path.dirname(real)
    with explained(path, "cannot be written"):
        if not os.path.isdir(folder):
            raise NotADirectoryError(errno.ENOTDIR, f"the folder {tilde(folder)} does not exist")
        if os.path.lexists(real):
            _refuse_special(real)
        temporary = temporary_path(real)
        create(temporary, text.encode(), mode)
        with discarded_on_error(temporary):
            os.replace(temporary, real)
        sync_folder(folder)
