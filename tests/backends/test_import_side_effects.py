"""Imports of dask_jobqueue have no side effects."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backends.conftest import Run

SCRIPT = """
    import json, signal, threading
    from dask_backend_config.backends.jobqueue.cluster import _without_side_effects

    def load():
        with _without_side_effects():
            import dask_jobqueue.runner
        loaded.append(True)

    loaded = []
    if {in_thread}:
        thread = threading.Thread(target=load)
        thread.start()
        thread.join()
    else:
        load()
    kept = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    print(json.dumps([loaded, kept]))
"""


@pytest.mark.parametrize("in_thread", [False, True], ids=["main thread", "another thread"])
def test_importing_dask_jobqueue_keeps_ctrl_c_and_writes_no_file(
    run_script: Run, home: Path, in_thread: bool
) -> None:
    done = run_script(SCRIPT.format(in_thread=in_thread))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[True], True]
    assert list(home.iterdir()) == []
