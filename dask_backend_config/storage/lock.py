"""A lock beside a file that holds on network file systems and dies with its owner.

A lock is a symbolic link ``.NAME.lock`` whose text says who holds it. Making one is exclusive on
every file system that has them, over NFS too, and its text is there from the first moment, so that
a process killed between two system calls leaves no lock without an owner.

Nobody removes the lock of another. Whoever finds an owner dead makes the link
``.NAME.lock.TOKEN``, where TOKEN is the dead owner's: of many only one succeeds, and holds the
lock. If that one is killed too, its own token names the next link. The last link of this chain is
the owner. A lock is given back by removing the chain from its head; tokens are never used twice,
so a process that looked too early sees another head after it made its link, and withdraws.
"""

from __future__ import annotations

import errno
import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from types import TracebackType

from ..core.errors import WriteError
from ..core.origins import Origin
from .fsync import TEMPORARY, create, discard, fresh_token, temporary_path
from .process_identity import STALE_AFTER, Owner

#: Seconds that a writer waits for another one.
WAIT_LIMIT = 10.0
#: Seconds between two looks at a lock, growing from the first to the second.
POLL_FIRST, POLL_LAST = 0.002, 0.05
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP)


@dataclass(frozen=True, slots=True)
class _Claim:
    owner: Owner
    made: float  # seconds, by the clock of the file system


class Lock:
    """The lock of one file, held within a ``with`` block.

    Parameters
    ----------
    path : str
        The file, not a symbolic link to it; its folder must exist.

    Raises
    ------
    WriteError
        On entering: another process held the lock for `WAIT_LIMIT` seconds.
    OSError
        On entering: no lock can be made in the folder.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        folder, name = os.path.split(path)
        self._folder = folder
        self._head = os.path.join(folder, f".{name}.lock")
        self._litter = re.compile(
            rf"\.{re.escape(name)}\.(lock\.[0-9a-f]+(-[0-9a-f]+)?|[0-9a-f]{{16}}{TEMPORARY})"
        )
        self._chain: list[str] = []
        self._owner = Owner.here()
        self._head_token = ""
        self._skew: float | None = None

    def __enter__(self) -> Lock:
        limit = time.monotonic() + WAIT_LIMIT
        pause = POLL_FIRST
        while not self._take():
            if time.monotonic() > limit:
                raise self._held_by_another()
            time.sleep(pause)
            pause = min(pause * 1.5, POLL_LAST)
            # Opening a folder makes an NFS client ask the server for what is in it now.
            os.close(os.open(self._folder, os.O_RDONLY))
        try:
            self._clean()
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._release()

    def _release(self) -> None:
        try:
            self.renew()
        except WriteError:
            return  # the links are another's now
        except OSError:  # a full disk, for one
            if os.path.lexists(self._after(self._owner)) or not self._is_head(self._head_token):
                return
        for path in self._chain:
            discard(path)

    def renew(self) -> None:
        """Make sure that the lock is still held, and begin its age anew.

        Raises
        ------
        WriteError
            Another process took this one for dead and has the lock.
        OSError
            The link cannot be made.
        """
        path = self._after(self._owner)
        owner = replace(self._owner, token=fresh_token())
        made = _make(path, owner.text)
        if not made or not self._is_head(self._head_token):
            if made:  # the one that took over has ended already, and removed the chain
                discard(path)
            raise WriteError(
                f"not written: the lock was taken over, as it was held for over {STALE_AFTER:g} s",
                hint="try again",
                origin=Origin("file", path=self._path),
            )
        self._chain.append(path)
        self._owner = owner

    def _take(self) -> bool:
        chain = self._read_chain()
        if chain and not chain[-1].owner.is_gone(lambda: self._age(chain[-1])):
            return False
        path = self._after(chain[-1].owner) if chain else self._head
        owner = replace(self._owner, token=fresh_token())
        if not _make(path, owner.text):
            return False
        head_token = chain[0].owner.token if chain else owner.token
        if not self._is_head(head_token):
            discard(path)
            return False
        self._head_token = head_token
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

    def _is_head(self, token: str) -> bool:
        head = _read(self._head)
        return head is not None and head.owner.token == token

    def _after(self, owner: Owner) -> str:
        return f"{self._head}.{owner.token}"

    def _age(self, claim: _Claim) -> float:
        if self._skew is None:
            self._skew = self._read_clock() - time.time()
        return time.time() + self._skew - claim.made

    def _read_clock(self) -> float:
        """The time by the file system's clock, which no two hosts see differently."""
        path = temporary_path(self._path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            return os.fstat(descriptor).st_mtime
        finally:
            os.close(descriptor)
            discard(path)

    def _clean(self) -> None:
        """Remove what killed writers left; a slow one that was taken over cannot write any more.

        Its temporary file is gone, so that it has nothing to put in the file's place.
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
        return WriteError(
            f"not written: {who} has been writing it for {WAIT_LIMIT:g} s",
            hint="try again when that has ended",
            origin=Origin("file", path=self._path),
        )


def _make(path: str, text: str) -> bool:
    """Make a lock; False where there is one."""
    try:
        os.symlink(text, path)
    except FileExistsError:
        # An NFS server's answer can get lost; asked again, it finds our own link in the way.
        claim = _read(path)
        return claim is not None and claim.owner.text == text
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _make_file(path, text)
    return True


def _make_file(path: str, text: str) -> bool:
    """Make a lock where the file system has no symbolic links."""
    try:
        create(path, text.encode(), 0o644)
    except FileExistsError:
        return False
    return True


def _read(path: str) -> _Claim | None:
    """What a lock says; None where there is none."""
    try:
        status = os.lstat(path)
        try:
            text = os.readlink(path)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
    except FileNotFoundError:
        return None
    owner = Owner.parse(text)
    if owner is None:  # killed while it wrote a lock that is no link: only its age tells
        token = f"{status.st_ino:x}-{status.st_mtime_ns:x}"
        owner = Owner(token, 0, "", "", "")
    return _Claim(owner, status.st_mtime)
