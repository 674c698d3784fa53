"""A terminal of 80 columns in which a test types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Sequence

COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07")


class Terminal:
    """A command with a terminal of its own; a context manager.

    Parameters
    ----------
    command : sequence of str
    environ : dict
    columns : int, optional
    """

    def __init__(
        self, command: Sequence[str], environ: dict[str, str], columns: int = 80, rows: int = 200
    ) -> None:
        self.output = ""
        self._end, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environ = {name: value for name, value in environ.items() if name != "COLUMNS"}

        def take_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=environ,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(inner)

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._end, text.encode())

    def wait_for(self, pattern: str, seconds: float = 30) -> str:
        """Read until the output has `pattern`; return what came up to its end, and forget it."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.output)):
            assert time.monotonic() < deadline, f"{pattern!r} did not come: {self.output!r}"
            assert self._read(), f"it ended without {pattern!r}: {self.output!r}"
        seen, self.output = self.output[: found.end()], self.output[found.end() :]
        return seen

    def rest(self, seconds: float = 60) -> str:
        """All that comes until the command ends."""
        deadline = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < deadline, "it does not end"
        self.process.wait(seconds)
        return self.output

    def _read(self) -> bool:
        """Read what is there, for a moment at most; False at the end."""
        if not select.select([self._end], [], [], 0.1)[0]:
            return True
        try:
            data = os.read(self._end, 65536)
        except OSError:  # the other end is closed
            return False
        self.output += COLOUR.sub("", data.decode(errors="replace")).replace("\r\n", "\n")
        return bool(data)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        os.close(self._end)
