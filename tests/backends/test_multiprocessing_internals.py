"""The undocumented parts of multiprocessing that this package uses exist and work as expected."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dask_backend_config.backends.multiprocessing_internals import interpreter_command
from dask_backend_config.backends.python_process import start_python

SHOW = "import sys; print(sys.executable, sys.flags.dont_write_bytecode)"
PROGRAM = f"""
import subprocess
from dask_backend_config.backends.multiprocessing_internals import interpreter_command
print(subprocess.check_output([*interpreter_command(), "-c", {SHOW!r}], text=True), end="")
"""


def test_the_command_starts_this_python_with_its_options() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [*interpreter_command(), "-B", "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, check=False)
    assert done.stdout == f"{sys.executable} 1\n", done.stderr


@pytest.mark.parametrize("start_new_session", [False, True], ids=["same session", "new session"])
def test_a_started_process_leads_its_own_group(start_new_session: bool) -> None:
    module = "dask_backend_config.backends.isolation.fork_server"
    process, ours = start_python(
        module, os.getpid(), [], environ=os.environ, start_new_session=start_new_session
    )
    with ours:
        ours.settimeout(10)
        ours.sendall(b"k" + bytes(8))  # an unknown child: the server is ready when it reads this
        while os.getpgid(process.pid) != process.pid:
            assert process.poll() is None
        assert (os.getsid(process.pid) == process.pid) == start_new_session
    assert process.wait(10) == 0


FORKED = """
import atexit, sys, types
from dask_backend_config.backends.multiprocessing_internals import *

sys.modules["numpy.random"] = types.SimpleNamespace(seed=lambda: print("seeded", flush=True))
atexit.register(print, "at exit", flush=True)
process = start_fork_server().Process(target=leave_fork_server)
process.start()
process.join(10)
print("exit code", process.exitcode, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems start new processes")
@pytest.mark.parametrize("folder", ["", "a" * 200], ids=["temporary folder", "long name"])
def test_a_child_of_a_fork_server_has_the_modules_of_this_process_and_ends_like_a_new_one(
    folder: str, tmp_path: Path
) -> None:
    temporary = tmp_path / folder
    temporary.mkdir(exist_ok=True)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(temporary)}
    command = [*interpreter_command(), "-c", FORKED]
    done = subprocess.run(command, capture_output=True, text=True, env=environ, timeout=60)
    assert done.stdout == "seeded\nat exit\nexit code 0\nat exit\n", done.stderr
    assert done.stderr == ""
    assert not list(temporary.iterdir())
