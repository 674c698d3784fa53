"""Copy between the memory of this process and of another one, as MPI libraries do on Linux.

The kernel copies the bytes once. Neither a pipe nor shared memory is needed, so nothing is left of
a copy if one of the processes is killed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import mmap
import os
from collections.abc import Sequence
from typing import Any

#: Bytes from which memory has huge pages, where the system offers them; numpy's limit is the same.
_HUGE_PAGES_FROM = 2**22


class _Range(ctypes.Structure):
    """The ``struct iovec`` of C."""

    _fields_ = [("address", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class _Buffer(ctypes.Structure):
    """The ``Py_buffer`` of Python's C API."""

    _fields_ = [
        ("address", ctypes.c_void_p),
        ("object", ctypes.c_void_p),
        ("sizes", ctypes.c_ssize_t * 2),
        ("numbers", ctypes.c_int * 2),
        ("pointers", ctypes.c_void_p * 5),
    ]


def _system_call(name: str) -> Any:
    """Return a function of the C library that copies, or None if the system lacks it."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name, None)
    if function is not None:
        ranges = [ctypes.POINTER(_Range), ctypes.c_ulong] * 2
        function.argtypes = [ctypes.c_int, *ranges, ctypes.c_ulong]
        function.restype = ctypes.c_ssize_t
    return function


_READ, _WRITE = _system_call("process_vm_readv"), _system_call("process_vm_writev")


def allocate(size: int) -> memoryview:
    """Return zeroed memory that ends with its last view.

    Raises
    ------
    OSError
        If there is not enough.
    """
    if not size:
        return memoryview(bytearray())
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if size >= _HUGE_PAGES_FROM and hasattr(mmap, "MADV_HUGEPAGE"):
        with contextlib.suppress(OSError):  # the kernel was built without them
            memory.madvise(mmap.MADV_HUGEPAGE)  # 500 times fewer page faults
    return memoryview(memory)


def address(data: bytes | memoryview) -> int:
    """Return where data lies in the memory of this process."""
    buffer = _Buffer()
    ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(data), ctypes.byref(buffer), 0)
    ctypes.pythonapi.PyBuffer_Release(ctypes.byref(buffer))
    return buffer.address or 0


def read(process: int, addresses: Sequence[int], targets: Sequence[memoryview]) -> None:
    """Copy from another process.

    Parameters
    ----------
    process : int
        Its process id. It must be a descendant of this process and belong to the same user.
    addresses : sequence of int
        Where the data lies there.
    targets : sequence of memoryview
        Where to copy it to; each has the size of the data.

    Raises
    ------
    OSError
        If the system does not support or permit it, or the other process ended.
    """
    for there, target in zip(addresses, targets, strict=True):
        _copy(_READ, process, address(target), there, target.nbytes)


def write(process: int, addresses: Sequence[int], sources: Sequence[bytes | memoryview]) -> None:
    """Copy to another process; the parameters and errors are those of `read`."""
    for there, source in zip(addresses, sources, strict=True):
        _copy(_WRITE, process, address(source), there, memoryview(source).nbytes)


def _copy(call: Any, process: int, here: int, there: int, size: int) -> None:
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    done = 0
    while done < size:  # Linux copies at most 2 GiB at once
        ours, theirs = (_Range(start + done, size - done) for start in (here, there))
        copied = call(process, ours, 1, theirs, 1, 0)
        if copied <= 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        done += copied
