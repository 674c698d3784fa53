"""Messages between a worker and the processes of its tasks: large ones are copied once."""

from __future__ import annotations

import os
import pickle
import struct
import threading
from collections.abc import Callable
from multiprocessing import Pipe
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dask_backend_config.backends.isolation import messages, process_memory
from dask_backend_config.backends.isolation.messages import Frames, TaskEnd, WorkerEnd

LARGE = 2**21


def to_task(frames: Frames) -> list[memoryview]:
    """The frames as the process of a task receives them from its worker."""
    ours, theirs = Pipe()
    with ours, theirs:
        worker = WorkerEnd(ours)
        received: list[list[memoryview]] = []
        receiver = threading.Thread(target=lambda: received.append(TaskEnd(theirs).receive()))
        receiver.start()
        worker.send(frames)
        if sum(memoryview(frame).nbytes for frame in frames) >= messages._LARGE_MESSAGE:
            assert worker.receive() is None
        receiver.join()
        return received[0]


def to_worker(frames: Frames) -> list[memoryview]:
    """The frames as the worker receives them from the process of a task."""
    ours, theirs = Pipe()
    with ours, theirs:
        sender = threading.Thread(target=TaskEnd(theirs).send, args=(frames,))
        sender.start()
        received = WorkerEnd(ours).receive()
        sender.join()
        assert received is not None
        return received


def refused(*_: Any) -> int:
    return -1


def only_part_of_it(call: Callable[..., int]) -> Callable[..., int]:
    """A system call that copies at most 999,999 bytes at once, as Linux copies at most 2 GiB."""

    def limited(process: int, ours: Any, one: int, theirs: Any, *others: int) -> int:
        for each in (ours, theirs):
            each.size = min(each.size, 999_999)
        return call(process, ours, one, theirs, *others)

    return limited


both_ways = pytest.mark.parametrize("passed", [to_task, to_worker])


@both_ways
@given(st.lists(st.one_of(st.binary(max_size=99), st.integers(2**15, 2**20).map(bytes))))
def test_frames_arrive_as_they_were_sent(
    passed: Callable[[Frames], list[memoryview]], frames: list[bytes]
) -> None:
    assert [bytes(frame) for frame in passed(frames)] == frames


@both_ways
@pytest.mark.parametrize(
    "changed",
    [None, only_part_of_it, lambda _: refused, lambda _: None],
    ids=["copied", "copied in parts", "not permitted", "not on this system"],
)
def test_a_large_buffer_is_used_where_it_is_put(
    passed: Callable[[Frames], list[memoryview]],
    changed: Callable[[Any], Any] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_READ", "_WRITE") if changed else ():
        monkeypatch.setattr(process_memory, name, changed(getattr(process_memory, name)))  # type: ignore[misc]
    data = bytearray(os.urandom(LARGE))
    constant = os.urandom(LARGE + 1)
    frames = messages.pickled(
        {
            "array": pickle.PickleBuffer(data),
            "read-only": pickle.PickleBuffer(constant),
            "empty": pickle.PickleBuffer(b""),
            "small": b"x",
        }
    )
    assert [memoryview(frame).nbytes >= LARGE for frame in frames] == [False, True, True]
    value: Any = messages.unpickled(passed(frames))
    assert (bytes(value["array"]), bytes(value["read-only"])) == (data, constant)
    assert (bytes(value["empty"]), value["small"]) == (b"", b"x")
    value["array"][0] ^= 1  # as writable as it was
    assert value["array"][0] == data[0] ^ 1
    assert memoryview(value["read-only"]).readonly


def test_large_messages_are_copied_without_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_write_stream", "_read_stream"):
        monkeypatch.delattr(messages, name)
    frames = [b"small", os.urandom(LARGE), bytes(LARGE)]
    assert to_worker(to_task(frames)) == frames


@pytest.mark.parametrize(
    "sent",
    [b"", b"r" + struct.pack("<IQ", 1, LARGE), b"o" + struct.pack("<IQQQ", 3, 1, 0, LARGE)],
    ids=["nothing", "sizes", "addresses"],
)
def test_a_sender_that_ended_is_an_error(sent: bytes) -> None:
    ours, theirs = Pipe()
    with theirs:
        with ours:
            if sent:
                ours.send_bytes(sent)
        end = TaskEnd(theirs) if sent[:1] == b"r" else WorkerEnd(theirs)
        with pytest.raises((EOFError, ConnectionError)):
            end.receive()
