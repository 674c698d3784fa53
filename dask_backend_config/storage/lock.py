"""A lock for one file that works on network file systems and ends with its process.

A lock is a symbolic link ``.NAME.lock`` beside the file, whose target text identifies the process
that holds it. Creating a symbolic link is exclusive on every file system that has them, also over
NFS, and the text is there from the first moment: a process killed between two system calls leaves
no lock without an owner.

No process deletes the lock of another. To take over the lock of a dead process, a process creates
the link ``.NAME.lock.TOKEN`` with the dead process's token: of many only one succeeds, and holds
the lock. If that one is killed, too, its own token names the next link. The last link of this chain
is the owner. A lock is released by deleting the chain from its head. Tokens are never used twice,
so a process that read an old chain sees another head after it created its link, and withdraws.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property

from ..core.errors import WriteError
from ..core.origins import Origin
from .files import TEMPORARY, create, discard, random_token, temporary_path
from .process_identity import STALE_AFTER, ProcessIdentity

#: Seconds to wait for another process that holds the lock.
WAIT_LIMIT = 10.0
#: Seconds between two attempts, growing from the first to the second.
POLL_FIRST, POLL_LAST = 0.002, 0.05
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP)


@dataclass(frozen=True, slots=True)
class _Claim:
    owner: ProcessIdentity
    made: float  # seconds since 1970, by the clock of the file system


class Lock:
    """The lock of one file, held within a ``with`` block.

    Parameters
    ----------
    path : str
        The file, not a symbolic link to it. Its folder must exist.

    Raises
    ------
    WriteError
        On entering, if another process holds the lock for `WAIT_LIMIT` seconds.
    OSError
        On entering, if no lock can be created in the folder.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._origin = Origin("file", path=path)
        folder, name = os.path.split(path)
        self._folder = folder
        self._head = os.path.join(folder, f".{name}.lock")
        self._litter = re.compile(
            rf"\.{re.escape(name)}\.(lock\.[0-9a-f]+(-[0-9a-f]+)?|[0-9a-f]{{16}}{TEMPORARY})"
        )
        self._chain: list[str] = []
        self._owner = ProcessIdentity.current()
        self._head_token = ""

    def __enter__(self) -> Lock:
        limit = time.monotonic() + WAIT_LIMIT
        pause = POLL_FIRST
        while not self._take():
            if time.monotonic() > limit:
                raise self._held_by_another()
            time.sleep(pause)
            pause = min(pause * 1.5, POLL_LAST)
            # Opening a folder makes an NFS client ask the server for its present content.
            os.close(os.open(self._folder, os.O_RDONLY))
        try:
            self._clean()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._release()

    def _release(self) -> None:
        try:
            self.renew()
        except WriteError:
            return  # the links belong to another process now
        except OSError:  # such as a full disk
            if os.path.lexists(self._after(self._owner)) or not self._is_head():
                return
        for path in self._chain:
            discard(path)

    def renew(self) -> None:
        """Make sure that this process still holds the lock, and restart its age.

        Raises
        ------
        WriteError
            If another process considered this one dead and took over the lock.
        OSError
            If the link cannot be created.
        """
        path = self._after(self._owner)
        owner = replace(self._owner, token=random_token())
        made = _make(path, owner.text)
        if not made or not self._is_head():
            if made:  # the process that took over has already released the lock
                discard(path)
            message = f"not written: another process took over the lock after {STALE_AFTER:g} s"
            raise WriteError(message, hint="try again", origin=self._origin)
        self._chain.append(path)
        self._owner = owner

    def _take(self) -> bool:
        chain = self._read_chain()
        if chain and not chain[-1].owner.is_gone(lambda: self._age(chain[-1])):
            return False
        path = self._after(chain[-1].owner) if chain else self._head
        owner = replace(self._owner, token=random_token())
        if not _make(path, owner.text):
            return False
        self._head_token = (chain[0].owner if chain else owner).token
        if not self._is_head():
            discard(path)
            return False
        self._chain = [self._head, *(self._after(claim.owner) for claim in chain)]
        self._owner = owner
        return True

    def _read_chain(self) -> list[_Claim]:
        chain: list[_Claim] = []
        path = self._head
        while (claim := _read(path)) is not None:
            chain.append(claim)
            path = self._after(claim.owner)
        return chain

    def _is_head(self) -> bool:
        """Return whether the chain still begins with the link that this process found or made."""
        head = _read(self._head)
        return head is not None and head.owner.token == self._head_token

    def _after(self, owner: ProcessIdentity) -> str:
        return f"{self._head}.{owner.token}"

    def _age(self, claim: _Claim) -> float:
        return time.time() + self._clock_offset - claim.made

    @cached_property
    def _clock_offset(self) -> float:
        """Seconds by which the file system's clock, which all hosts share, is ahead."""
        path = temporary_path(self._path)
        create(path, b"")
        try:
            return os.stat(path).st_mtime - time.time()
        finally:
            discard(path)

    def _clean(self) -> None:
        """Delete the files of killed processes.

        A slow process that lost its lock cannot write any more, since its temporary file is gone.
        """
        kept = {*self._chain, self._after(self._owner)}
        with suppress(OSError):
            for name in os.listdir(self._folder):
                path = os.path.join(self._folder, name)
                if self._litter.fullmatch(name) and path not in kept:
                    discard(path)

    def _held_by_another(self) -> WriteError:
        chain = self._read_chain()
        owner = chain[-1].owner if chain else None
        who = f"process {owner.pid} on {owner.host}" if owner and owner.pid else "another process"
        message = f"not written: timed out after {WAIT_LIMIT:g} s: {who} is writing the file"
        hint = "try again when that process has finished"
        return WriteError(message, hint=hint, origin=self._origin)


def _make(path: str, text: str) -> bool:
    """Create a lock; return False if there is one already."""
    try:
        os.symlink(text, path)
    except FileExistsError:
        # If an NFS server's answer is lost, the client asks again and finds our own link.
        claim = _read(path)
        return claim is not None and claim.owner.text == text
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        try:
            create(path, text.encode(), 0o644)  # the file system has no symbolic links
        except FileExistsError:
            return False
    return True


def _read(path: str) -> _Claim | None:
    """Return who holds a lock, None if there is no lock."""
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            text = os.readlink(path)
        else:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
    except FileNotFoundError:
        return None
    owner = ProcessIdentity.parse(text)
    if owner is None:  # killed while it wrote a lock that is a file: only its age counts
        token = f"{status.st_ino:x}-{status.st_mtime_ns:x}"
        owner = ProcessIdentity(token, 0, "", "", "")
    return _Claim(owner, status.st_mtime)
