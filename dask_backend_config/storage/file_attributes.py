"""Give a new file the owner, permissions and extended attributes of the file that it replaces."""

from __future__ import annotations

import os
import stat

from ..core.errors import WriteError
from ..core.origins import Origin

_ACCESS_LIST = "system.posix_acl_access"


def copy_attributes(path: str, descriptor: int, shown_path: str) -> None:
    """Copy owner, permissions and extended attributes of a file.

    Parameters
    ----------
    path : str
        The existing file.
    descriptor : int
        The new file, which is open.
    shown_path : str
        The name of the file in messages.

    Raises
    ------
    WriteError
        If the new file cannot belong to the same user and group.
    OSError
        If permissions or the access list cannot be set.
    """
    old, new = os.stat(path), os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except PermissionError:
            raise WriteError(
                f"cannot be written: it belongs to user {old.st_uid}, group {old.st_gid},"
                " and the new file would not",
                hint="ask its owner, or choose another file",
                origin=Origin("file", path=shown_path),
            ) from None
    if hasattr(os, "listxattr"):
        _copy_extended_attributes(path, descriptor)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _copy_extended_attributes(path: str, descriptor: int) -> None:
    """Copy what the file system allows; without its access list, the group could read the file."""
    try:
        old, new = os.listxattr(path), os.listxattr(descriptor)
    except OSError:  # the file system has no extended attributes
        return
    for name in old:
        try:
            os.setxattr(descriptor, name, os.getxattr(path, name))
        except OSError:
            if name == _ACCESS_LIST:
                raise
    if _ACCESS_LIST in new and _ACCESS_LIST not in old:  # inherited from the folder
        os.removexattr(descriptor, _ACCESS_LIST)
