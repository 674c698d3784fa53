"""Encrypt a local cluster if other people use the machine."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ..certificates import SecurityObject, chosen_security

if TYPE_CHECKING:
    from distributed.security import Security

#: User ids below the first, and the id of the user "nobody", belong to the system.
_FIRST_PERSON = 501 if sys.platform == "darwin" else 1000
_NOBODY = 65534


def local_security(option: bool | str | SecurityObject) -> Security | None:
    """Return the certificates of a local cluster.

    None if it is not encrypted, or if distributed's configuration requires encryption anyway.

    Parameters
    ----------
    option : bool, "auto" or distributed.Security
        Whether to encrypt; "auto" if processes of other people run on this machine.
    """
    from distributed.security import Security

    if isinstance(option, str):
        option = has_other_people()
    return None if option is True and Security().require_encryption else chosen_security(option)


def has_other_people() -> bool:
    """Return whether processes of another person than this process's user run on this machine."""
    import psutil

    own = os.getuid()
    users = {each.info["uids"].real for each in psutil.process_iter(["uids"]) if each.info["uids"]}
    return any(_FIRST_PERSON <= user != own and user != _NOBODY for user in users)
