"""Bytes that are on the disk before anyone relies on them, and what the system says if not."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ..core.errors import WriteError
from ..core.origins import Origin

#: Ends the name of each temporary file; dask reads no file of that name.
TEMPORARY = ".tmp"
#: What to do, by what the system said.
_HINTS = {
    errno.EACCES: "the file and its folder must be yours to read and write; or choose another file",
    errno.EPERM: "the file and its folder must be yours to read and write; or choose another file",
    errno.EROFS: "choose a file on another file system",
    errno.ENOSPC: "make room on the file system and try again",
    errno.EDQUOT: "make room in your quota and try again",
    errno.EFBIG: "a limit on the size of files is in the way: see ulimit -f",
    errno.ENOTDIR: "a part of the path is a file where a folder must be",
    errno.EEXIST: "a part of the path is a file where a folder must be",
    errno.EISDIR: "name a file in that folder",
    errno.ELOOP: "its symbolic links lead in a circle",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "its folder vanished meanwhile; try again",
}
_READ_SIZE = 1 << 20
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


def write_error(path: str, what: str, error: OSError) -> WriteError:
    """One line for what the system said about `path`.

    Parameters
    ----------
    path : str
        The file that the user asked for.
    what : str
        What cannot be done, as ``cannot be written``.
    error : OSError
        What the system said.
    """
    words = error.strerror or str(error)
    hint = _HINTS.get(error.errno or 0)
    return WriteError(f"{what}: {words}", hint=hint, origin=Origin("file", path=path))


@contextmanager
def explained(path: str, what: str) -> Iterator[None]:
    """Turn what the system says within the block into a `WriteError` about `path`."""
    try:
        yield
    except OSError as error:
        raise write_error(path, what, error) from error


def state_folder() -> str:
    """The folder below the user's home for what this package keeps; it may not exist."""
    import platformdirs  # costs more than the rest of this module, and reading never needs it

    return platformdirs.user_state_dir("dask_backend_config", False)


def fresh_token() -> str:
    """16 characters that no other process has."""
    return os.urandom(8).hex()


def temporary_path(path: str) -> str:
    """A new name in the folder of `path` that dask does not read."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name}.{fresh_token()}{TEMPORARY}")


def create(
    path: str, data: bytes, mode: int = 0o600, prepare: Callable[[int], None] | None = None
) -> None:
    """Make a new file with `data` and wait until the disk has it; on failure, leave none.

    Parameters
    ----------
    path : str
        Must not exist.
    data : bytes
        All that the file will hold.
    mode : int, optional
        Its permissions, less the umask.
    prepare : callable, optional
        Called with the descriptor before anything is in the file.

    Raises
    ------
    OSError
        What the system said; FileExistsError leaves the file that exists alone.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        try:
            if prepare is not None:
                prepare(descriptor)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)  # network file systems report a full disk only here
    except BaseException:
        discard(path)
        raise


def contents(path: str) -> bytes | None:
    """The bytes of a regular file; None where there is no file.

    Raises
    ------
    OSError
        What the system said; a pipe or a device is not read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind):
            code = errno.EISDIR if stat.S_ISDIR(kind) else errno.EINVAL
            raise OSError(code, "it is a folder" if stat.S_ISDIR(kind) else "it is no regular file")
        parts = []
        while part := os.read(descriptor, _READ_SIZE):
            parts.append(part)
    finally:
        os.close(descriptor)
    return b"".join(parts)


def sync_folder(folder: str) -> None:
    """Wait until the disk has the names in `folder`, where the file system can do that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(descriptor)


def discard(path: str) -> None:
    """Remove a file, if that can be done."""
    with suppress(OSError):
        os.unlink(path)
