"""Messages between a worker and the processes of its tasks.

A message is a list of frames. The frames of a pickle are the pickle itself and the large buffers of
arrays in it (pickle protocol 5). A large message passes through memory that both processes map: it
is written once, and arrays are used where they are. This memory has no name, so nothing is left of
it when both processes are killed.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import socket
import struct
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

import cloudpickle

Frames = Sequence["bytes | memoryview"]

#: Bytes from which a buffer is a frame of its own, and a message passes through shared memory.
_LARGE_BUFFER, _LARGE_MESSAGE = 2**16, 2**19
#: Offsets of frames in shared memory are multiples of this number of bytes.
_ALIGNMENT = 64
#: Linux writes at most 2 GiB at once.
_CHUNK = 2**30
_INLINE, _SHARED = b"i", b"s"
_HAS_SHARED_MEMORY = hasattr(os, "memfd_create")  # Linux


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


def send(connection: Connection, frames: Frames) -> None:
    """Send a message.

    Raises
    ------
    OSError
        If the other process ended, or memory ran out.
    """
    sizes = [memoryview(frame).nbytes for frame in frames]
    lengths = struct.pack(f"<{len(sizes)}Q", *sizes)
    if sum(sizes) < _LARGE_MESSAGE or not _HAS_SHARED_MEMORY:
        connection.send_bytes(b"".join([_INLINE, struct.pack("<I", len(sizes)), lengths, *frames]))
        return
    memory = os.memfd_create("dask-backend-config-message", os.MFD_CLOEXEC)
    try:
        *starts, end = _offsets(sizes)
        os.ftruncate(memory, end)
        for frame, start in zip(frames, starts, strict=True):
            _write(memory, memoryview(frame).cast("B"), start)
        connection.send_bytes(_SHARED + struct.pack("<I", len(sizes)) + lengths)
        with socket.socket(fileno=os.dup(connection.fileno())) as channel:
            socket.send_fds(channel, [_SHARED], [memory])
    finally:
        os.close(memory)


def receive(connection: Connection) -> list[memoryview]:
    """Receive a message.

    Raises
    ------
    EOFError, OSError
        If the other process ended.
    """
    message = memoryview(connection.recv_bytes())
    (number,) = struct.unpack_from("<I", message, 1)
    sizes = struct.unpack_from(f"<{number}Q", message, 5)
    if message[:1] == _INLINE:
        start = 5 + 8 * number
        frames = []
        for size in sizes:
            frames.append(message[start : start + size])
            start += size
        return frames
    memory = _received_descriptor(connection)
    try:
        *starts, end = _offsets(sizes)
        flags = mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0)  # since Python 3.10, on Linux
        view = memoryview(mmap.mmap(memory, end, flags=flags))
    finally:
        os.close(memory)
    return [view[start : start + size] for size, start in zip(sizes, starts, strict=True)]


def _offsets(sizes: Sequence[int]) -> Iterator[int]:
    """Yield where each frame begins in shared memory, and where the last one ends."""
    start = 0
    for size in sizes:
        yield start
        start += -(-size // _ALIGNMENT) * _ALIGNMENT
    yield start


def _write(descriptor: int, data: memoryview, start: int) -> None:
    while data:
        written = os.pwrite(descriptor, data[:_CHUNK], start)
        data, start = data[written:], start + written


def _received_descriptor(connection: Connection) -> int:
    with socket.socket(fileno=os.dup(connection.fileno())) as channel:
        _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
    if not descriptors:
        raise EOFError
    return descriptors[0]
