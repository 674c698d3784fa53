"""Messages between a worker and the processes of its tasks.

A message is a list of frames. The frames of a pickle are the pickle itself and the large buffers of
arrays in it (pickle protocol 5). The worker copies a large message from or to the memory of the
process, and arrays are used where it puts them. If the system does not permit that, the message
passes through the connection.

The worker is the one that copies in both directions: some systems permit a process to access only
the memory of its descendants.
"""

from __future__ import annotations

import io
import os
import pickle
import struct
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

from . import process_memory

Frames = Sequence["bytes | memoryview"]

#: Bytes from which a buffer is a frame of its own, and a message is copied between processes.
_LARGE_BUFFER, _LARGE_MESSAGE = 2**16, 2**19
#: Offsets of frames in received memory are multiples of this number of bytes.
_ALIGNMENT = 64
#: Bytes that are written or read at once; some systems limit them.
_CHUNK = 2**30
#: First byte of what is sent: a message; the sizes of the frames of a large one, for a process; the
#: answer, addresses of memory for them; addresses and sizes of the frames of a large one, for the
#: worker; the worker has copied the frames; they pass through the connection instead.
_INLINE, _REQUEST, _SPACE, _OFFER, _COPIED, _STREAM = b"i", b"r", b"p", b"o", b"c", b"s"


def pickled(value: Any) -> list[bytes | memoryview]:
    """Return the frames of a pickle by cloudpickle."""
    buffers: list[memoryview] = []

    def is_inline(buffer: pickle.PickleBuffer) -> bool:
        view = buffer.raw()
        if view.nbytes < _LARGE_BUFFER:
            return True
        buffers.append(view)
        return False

    file = io.BytesIO()
    cloudpickle.CloudPickler(file, protocol=5, buffer_callback=is_inline).dump(value)
    return [file.getbuffer(), *buffers]


def unpickled(frames: Frames) -> Any:
    """Return the value of the frames of `pickled`."""
    return pickle.loads(frames[0], buffers=frames[1:])  # noqa: S301 - of a worker or its own child


class WorkerEnd:
    """The worker's end of a connection to a process of tasks.

    Parameters
    ----------
    connection : Connection
        A socket.

    Attributes
    ----------
    connection : Connection
        The same; it is readable when there is something to receive.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._sending: Frames = ()

    def send(self, frames: Frames) -> None:
        """Send a message; if it is large, a later call of `receive` completes this.

        Raises
        ------
        OSError
            If the process ended.
        """
        sizes = _sizes(frames)
        if sum(sizes) < _LARGE_MESSAGE:
            self.connection.send_bytes(_inline(frames, sizes))
        else:
            self._sending = frames
            self.connection.send_bytes(_packed(_REQUEST, sizes))

    def receive(self) -> list[memoryview] | None:
        """Receive a message, or complete `send` and return None.

        Raises
        ------
        EOFError, OSError
            If the process ended, or memory ran out.
        """
        message = memoryview(self.connection.recv_bytes())
        if message[:1] == _INLINE:
            return _frames_of(message)
        process, *numbers = _numbers(message)
        if message[:1] == _SPACE:
            sent, self._sending = self._sending, ()
            copied = _succeeds(process_memory.write, process, numbers, sent)
            self.connection.send_bytes(_COPIED if copied else _STREAM)
            if not copied:
                _write_stream(self.connection, sent)
            return None
        addresses, sizes = numbers[::2], numbers[1::2]
        frames = _allocate(sizes)
        copied = _succeeds(process_memory.read, process, addresses, frames)
        self.connection.send_bytes(_COPIED if copied else _STREAM)
        if not copied:
            _read_stream(self.connection, frames)
        return frames


class TaskEnd:
    """The end of a connection in a process of tasks. One thread receives messages.

    Parameters
    ----------
    connection : Connection
        A socket.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send(self, frames: Frames) -> None:
        """Send a message from the thread that receives messages.

        Raises
        ------
        EOFError, OSError
            If the worker closed the connection.
        """
        sizes = _sizes(frames)
        if sum(sizes) < _LARGE_MESSAGE:
            with self._lock:
                self._connection.send_bytes(_inline(frames, sizes))
            return
        addresses = map(process_memory.address, frames)
        places = [number for place in zip(addresses, sizes, strict=True) for number in place]
        with self._lock:
            self._connection.send_bytes(_packed(_OFFER, [os.getpid(), *places]))
            if self._connection.recv_bytes() == _STREAM:
                _write_stream(self._connection, frames)

    def send_inline(self, frames: Frames) -> None:
        """Send a message through the connection, from any thread.

        Raises
        ------
        OSError
            If the worker closed the connection.
        """
        with self._lock:
            self._connection.send_bytes(_inline(frames, _sizes(frames)))

    def receive(self) -> list[memoryview]:
        """Receive a message.

        Raises
        ------
        EOFError, OSError
            If the worker closed the connection, or memory ran out.
        """
        message = memoryview(self._connection.recv_bytes())
        if message[:1] == _INLINE:
            return _frames_of(message)
        frames = _allocate(_numbers(message))
        addresses = map(process_memory.address, frames)
        with self._lock:
            self._connection.send_bytes(_packed(_SPACE, [os.getpid(), *addresses]))
        if self._connection.recv_bytes() == _STREAM:
            _read_stream(self._connection, frames)
        return frames


def _sizes(frames: Frames) -> list[int]:
    return [frame.nbytes if isinstance(frame, memoryview) else len(frame) for frame in frames]


def _packed(kind: bytes, numbers: Sequence[int]) -> bytes:
    return kind + struct.pack(f"<I{len(numbers)}Q", len(numbers), *numbers)


def _numbers(message: memoryview) -> list[int]:
    (count,) = struct.unpack_from("<I", message, 1)
    return list(struct.unpack_from(f"<{count}Q", message, 5))


def _inline(frames: Frames, sizes: Sequence[int]) -> bytes:
    return b"".join([_packed(_INLINE, sizes), *frames])


def _frames_of(message: memoryview) -> list[memoryview]:
    sizes, frames = _numbers(message), []
    start = 5 + 8 * len(sizes)
    for size in sizes:
        frames.append(message[start : start + size])
        start += size
    return frames


def _allocate(sizes: Sequence[int]) -> list[memoryview]:
    """Return memory for frames.

    Raises
    ------
    OSError
        If there is not enough.
    """
    starts = [0]
    for size in sizes:
        starts.append(starts[-1] + -(-size // _ALIGNMENT) * _ALIGNMENT)
    memory = process_memory.allocate(starts[-1])
    return [memory[start : start + size] for start, size in zip(starts, sizes, strict=False)]


def _succeeds(copy: Callable[..., None], *arguments: Any) -> bool:
    try:
        copy(*arguments)
    except OSError:
        return False
    return True


def _write_stream(connection: Connection, frames: Frames) -> None:
    for frame in frames:
        data = memoryview(frame).cast("B")
        while data:
            data = data[os.write(connection.fileno(), data[:_CHUNK]) :]


def _read_stream(connection: Connection, frames: Frames) -> None:
    for frame in frames:
        data = memoryview(frame)
        while data:
            size = os.readv(connection.fileno(), [data[:_CHUNK]])
            if not size:
                raise EOFError
            data = data[size:]
