"""Processes that are killed while they write, and many that write at once (see tests/forks.py)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dask_backend_config.config.search_path import is_config_name
from dask_backend_config.storage import atomic_write, lock
from dask_backend_config.storage.process_identity import ProcessIdentity
from tests.killing import Forks

KILLED = f"signal {int(signal.SIGKILL)}"
#: More system calls than any write makes; the last jobs must succeed, or this is too small.
CALLS = 120
WRITERS = 50


@pytest.fixture
def forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Forks]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    server = Forks()
    yield server
    server.close()


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


def litter(folder: Path) -> list[str]:
    if not folder.exists():
        return []
    return sorted(name for name in os.listdir(folder) if name != "dask.yaml")


def existing(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("old\n" * 1000)


def linked(path: Path) -> None:
    existing(path.parent / "target" / "dask.yaml")
    path.symlink_to(path.parent / "target" / "dask.yaml")


def after_a_kill(path: Path) -> None:
    """A file beside the lock and the temporary file of a killed process."""
    existing(path)
    dead = ProcessIdentity(
        "0123456789abcdef", 2**22 + 1, "1", ProcessIdentity.current().machine, "here"
    )
    (path.parent / ".dask.yaml.lock").symlink_to(dead.text)
    (path.parent / ".dask.yaml.0123456789abcdef.tmp").write_text("half")


def missing(path: Path) -> None:
    path.parent.parent.mkdir()


@pytest.mark.parametrize("prepare", [existing, linked, after_a_kill, missing])
def test_a_process_killed_before_any_system_call_leaves_a_complete_file(
    prepare: Callable[[Path], None], tmp_path: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "WAIT_LIMIT", 0.0)
    paths = [tmp_path / str(number) / "config" / "dask.yaml" for number in range(1, CALLS + 1)]
    for path in paths:
        prepare(path)
    states = [tmp_path / str(number) / "state" for number in range(1, CALLS + 1)]
    old = atomic_write.read(str(paths[0])).text
    new = old + "new\n" * 1000
    outcomes = forks.all(
        [
            {
                "job": "kill",
                "path": str(path),
                "n": number,
                "text": "new\n" * 1000,
                "state": str(state),
            }
            for number, (path, state) in enumerate(zip(paths, states, strict=True), 1)
        ]
    )
    calls = outcomes.index("written")
    assert outcomes == [KILLED] * calls + ["written"] * (CALLS - calls)
    assert calls > 30
    texts = [atomic_write.read(str(path)).text for path in paths]
    replaced = texts.index(new)
    assert texts == [old] * replaced + [new] * (CALLS - replaced), "old, then new, nothing else"
    assert 0 < replaced < calls
    for path, state, text in zip(paths, states, texts, strict=True):
        monkeypatch.setenv("XDG_STATE_HOME", str(state))
        real = Path(os.path.realpath(path))
        assert not [name for name in litter(real.parent) if is_config_name(name)]
        assert {backup.data() for backup in atomic_write.backups()} <= {old.encode()}
        atomic_write.write(atomic_write.read(str(path)), "next\n")
        assert real.read_text() == "next\n"
        assert litter(real.parent) == []
        if text:
            assert atomic_write.backups()[0].data() == text.encode()


def test_many_processes_lose_no_update(tmp_path: Path, forks: Forks) -> None:
    path = tmp_path / "config" / "dask.yaml"
    lines = [f"line-{number}: {'x' * 200}\n" for number in range(WRITERS)]
    tries = forks.all(
        [{"job": "append", "path": str(path), "line": line} for line in lines], together=WRITERS
    )
    assert all(isinstance(count, int) for count in tries), tries
    assert sorted(path.read_text().splitlines(keepends=True)) == sorted(lines)
    assert litter(path.parent) == []


def test_killed_processes_cause_no_loss_of_reported_updates(tmp_path: Path, forks: Forks) -> None:
    path = tmp_path / "config" / "dask.yaml"
    jobs = []
    for number in range(30):
        jobs.append({"job": "append", "path": str(path), "line": f"kept-{number}\n"})
        jobs.append(
            {"job": "kill", "path": str(path), "n": 10 + number, "text": f"killed-{number}\n"}
        )
    outcomes = forks.all(jobs, together=len(jobs))
    assert all(isinstance(outcome, int) for outcome in outcomes[0::2]), outcomes
    assert KILLED in outcomes[1::2]
    lines = path.read_text().splitlines()
    kept = [line for line in lines if line.startswith("kept-")]
    assert sorted(kept) == sorted(f"kept-{number}" for number in range(30))
    others = {line for line in lines if line not in kept}
    assert others <= {f"killed-{number}" for number in range(30)}
    assert len(lines) == len(set(lines))
    atomic_write.write(atomic_write.read(str(path)), "next\n")
    assert litter(path.parent) == []


def test_the_lock_of_a_killed_process_is_taken_over_at_once(
    tmp_path: Path, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "WAIT_LIMIT", 0.0)
    path = tmp_path / "dask.yaml"
    path.write_text("old\n")
    [pid] = forks.start([{"job": "hold", "path": str(path)}]).values()
    wait_for((tmp_path / "dask.yaml.held").exists)
    os.kill(pid, signal.SIGKILL)
    assert forks.finish(1) == [KILLED]
    assert os.path.lexists(tmp_path / ".dask.yaml.lock")
    atomic_write.write(atomic_write.read(str(path)), "new\n")
    assert path.read_text() == "new\n"


def test_the_lock_of_a_zombie_is_taken_over(tmp_path: Path, forks: Forks) -> None:
    path = tmp_path / "dask.yaml"
    path.write_text("old\n")
    pids = forks.start([{"job": "hold", "path": str(path)}])
    wait_for((tmp_path / "dask.yaml.held").exists)
    # The server of forks reaps at once; stopped, it cannot.
    os.kill(forks.pid, signal.SIGSTOP)
    try:
        server = Path(f"/proc/{forks.pid}/stat")
        if server.exists():
            wait_for(lambda: ") T " in server.read_text())  # a signal may take its time
        os.kill(pids[0], signal.SIGKILL)
        stat = Path(f"/proc/{pids[0]}/stat")
        if stat.exists():
            wait_for(lambda: ") Z " in stat.read_text())
        atomic_write.write(atomic_write.read(str(path)), "new\n")
    finally:
        os.kill(forks.pid, signal.SIGCONT)
    assert forks.finish(1) == [KILLED]
    assert path.read_text() == "new\n"


def test_many_processes_that_find_an_abandoned_lock_take_turns(
    tmp_path: Path, forks: Forks
) -> None:
    path = tmp_path / "dask.yaml"
    path.write_text("")
    for turn in range(5):
        after = ProcessIdentity(
            f"{turn:016x}", 2**22 + 1, "1", ProcessIdentity.current().machine, "here"
        )
        (tmp_path / ".dask.yaml.lock").symlink_to(after.text)
        tries = forks.all(
            [{"job": "append", "path": str(path), "line": f"{turn}.{n}\n"} for n in range(20)],
            together=20,
        )
        assert all(isinstance(count, int) for count in tries), tries
    expected = {f"{turn}.{n}" for turn in range(5) for n in range(20)}
    assert sorted(path.read_text().split()) == sorted(expected)
