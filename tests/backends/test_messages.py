"""Messages between a worker and the processes of its tasks: large ones are not copied by pipes."""

from __future__ import annotations

import os
import pickle
import threading
from multiprocessing import Pipe
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dask_backend_config.backends.isolation import messages

LARGE = 2**21


def passed(frames: messages.Frames) -> list[memoryview]:
    """The frames as another process receives them."""
    ours, theirs = Pipe()
    with ours, theirs:
        sender = threading.Thread(target=messages.send, args=(ours, frames))
        sender.start()
        received = messages.receive(theirs)
        sender.join()
        return received


@given(st.lists(st.one_of(st.binary(max_size=99), st.integers(2**15, 2**20).map(bytes))))
def test_frames_arrive_as_they_were_sent(frames: list[bytes]) -> None:
    assert [bytes(frame) for frame in passed(frames)] == frames


@pytest.mark.parametrize("shared", [True, False], ids=["shared memory", "none on this system"])
def test_a_large_buffer_is_used_where_it_is(shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not shared:
        monkeypatch.setattr(messages, "_HAS_SHARED_MEMORY", False)
    data = bytearray(os.urandom(LARGE))
    frames = messages.pickled({"array": pickle.PickleBuffer(data), "small": b"x"})
    assert [memoryview(frame).nbytes >= LARGE for frame in frames] == [False, True]
    value: Any = messages.unpickled(passed(frames))
    assert (bytes(value["array"]), value["small"]) == (data, b"x")
    if shared:
        value["array"][0] ^= 1  # as writable as it was
        assert value["array"][0] == data[0] ^ 1


@pytest.mark.parametrize("sent", [b"", b"s\x01\x00\x00\x00" + (2**20).to_bytes(8, "little")])
def test_a_sender_that_ended_is_an_error(sent: bytes) -> None:
    ours, theirs = Pipe()
    with theirs:
        with ours:
            if sent:
                ours.send_bytes(sent)
        with pytest.raises(EOFError):
            messages.receive(theirs)
