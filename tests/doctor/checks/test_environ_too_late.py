"""The check of variables that workers have read before distributed sets them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dask_backend_config.doctor.checks import environ_too_late
from tests.doctor.checks.conftest import Examine
from tests.doctor.checks.writing import nested

ENVIRON, PRE_SPAWN = "distributed.nanny.environ", "distributed.nanny.pre-spawn-environ"
LATE = (
    "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONOPTIMIZE", "MALLOC_TRIM_THRESHOLD_", "MALLOC_ARENA_MAX",
    "GLIBC_TUNABLES", "LD_LIBRARY_PATH", "LD_PRELOAD", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "TZ",
)  # fmt: skip


@pytest.mark.parametrize("name", LATE)
def test_finds_what_is_read_when_a_process_starts(examine: Examine, name: str) -> None:
    (finding,) = examine(environ_too_late, nested(f"{ENVIRON}.{name}", "1"))
    assert finding.severity == "error"
    assert finding.hint == f"Move it to {PRE_SPAWN}"
    assert finding.origin
    assert finding.origin.line == 4
    assert finding.fix
    assert finding.fix.safe


@pytest.mark.parametrize("section", [ENVIRON, PRE_SPAWN])
def test_pythonpath_has_no_effect_in_either_section(examine: Examine, section: str) -> None:
    (finding,) = examine(environ_too_late, nested(f"{section}.PYTHONPATH", "/x"))
    assert (finding.severity, finding.fix) == ("error", None)
    assert "shell that starts the worker" in finding.hint


@pytest.mark.parametrize("seed", ["0", "'0'"])
def test_distributed_replaces_a_hash_seed_of_0(examine: Examine, seed: str) -> None:
    (finding,) = examine(environ_too_late, nested(f"{PRE_SPAWN}.PYTHONHASHSEED", seed))
    assert (finding.severity, "6640" in finding.message) == ("info", True)


def test_finds_it_in_a_variable(examine: Examine) -> None:
    variables = {"DASK_DISTRIBUTED__NANNY__ENVIRON": "{'LD_PRELOAD': '/x.so', 'HOME': '/x'}"}
    (finding,) = examine(environ_too_late, variables=variables)
    assert finding.hint == "Set it in DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON instead"


def test_accepts_everything_else(examine: Examine) -> None:
    cases = {
        "read by the task": (f"{ENVIRON}.http_proxy", "http://x"),
        "read at the first use of a GPU": (f"{ENVIRON}.CUDA_VISIBLE_DEVICES", "0"),
        "read at the import of numexpr": (f"{ENVIRON}.NUMEXPR_MAX_THREADS", "2"),
        "read when the event loop is made": (f"{ENVIRON}.PYTHONASYNCIODEBUG", "1"),
        "null leaves it unset": (f"{ENVIRON}.OMP_NUM_THREADS", "null"),
        "in time": (f"{PRE_SPAWN}.MALLOC_TRIM_THRESHOLD_", "0"),
        "a seed of one's own": (f"{PRE_SPAWN}.PYTHONHASHSEED", "7"),
        "not a mapping": (ENVIRON, "1"),
        "another package's": ("mine.nanny.environ.LD_PRELOAD", "/x"),
        "a loader of one's own": (f"{ENVIRON}.MY_LD_PRELOAD", "/x"),
    }
    found = {
        name: examine(environ_too_late, nested(key, text)) for name, (key, text) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_a_worker_has_read_environ_too_late_but_not_pre_spawn_environ() -> None:
    script = f"""
import dask, distributed, sys
if __name__ == "__main__":
    dask.config.set({{"{ENVIRON}": {{"PYTHONUTF8": 1}}, "{PRE_SPAWN}": {{"PYTHONOPTIMIZE": 1}}}})
    with distributed.Client(n_workers=1, dashboard_address=None) as client:
        run = lambda: (sys.flags.utf8_mode, sys.flags.optimize)
        print(*client.run(run).values())
"""
    command = [sys.executable, "-X", "utf8=0", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "(0, 1)\n", done.stderr
