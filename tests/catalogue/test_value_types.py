"""What keys accept, compared with the code that reads them."""

from __future__ import annotations

import ast
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dask.config
import dask.utils
import distributed
import pytest

from dask_backend_config.catalogue import shipped
from dask_backend_config.catalogue.key_types import value_type
from dask_backend_config.catalogue.known_keys import catalogue
from dask_backend_config.catalogue.value_types import ValueType, is_duration, is_memory

ODD: list[Any] = [
    None, True, False, 0, 1, -5, 3, 1.5, math.inf, "", "text", "no", "5", "5s", "10 MiB", ".5s", "-5s",
    "5 mins", "inf", "auto", "1e3", b"bytes", [], ["a"], ["a", None], {}, {"a": 1}, (1, 2), {1, 2},
]  # fmt: skip


def type_of(key: str) -> ValueType:
    found = value_type(catalogue(), tuple(key.split(".")))
    assert found is not None
    return found


def _accepts(read: Callable[[Any], Any], value: Any) -> bool:
    try:
        return read(value) is not None
    except Exception:
        return False


def test_durations_are_those_that_dask_reads() -> None:
    values = [value for value in ODD if value != ".5s"]
    read = [value for value in values if _accepts(dask.utils.parse_timedelta, value)]
    assert [value for value in values if is_duration(value)] == read


def test_dask_misreads_a_duration_that_begins_with_a_point() -> None:
    assert dask.utils.parse_timedelta(".5s") == 1.5
    assert not is_duration(".5s")


def test_amounts_of_memory_are_those_that_dask_reads_if_not_negative() -> None:
    values = [value for value in ODD if not isinstance(value, bool) and value not in ("", -5)]
    read = [value for value in values if _accepts(dask.utils.parse_bytes, value)]
    assert [value for value in values if is_memory(value)] == read
    assert not is_memory(-5)


def _leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in tree.items():
        yield (*path, name), value
        if isinstance(value, dict):
            yield from _leaves(value, (*path, name))


DEFAULTS = [pair for entry in shipped.PACKAGES for pair in _leaves(shipped.known(entry))]


def test_every_default_fits_the_type_of_its_key() -> None:
    types = [(path, value_type(catalogue(), path), default) for path, default in DEFAULTS]
    assert [path for path, found, value in types if found and not found.fits(value)] == []
    without = [path for path, found, _ in types if not found and not catalogue().is_free(path)]
    assert [path for path in without if path[-1] != "header-skip"] == []


_SAMPLES: dict[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "null": (None,),
    "integer": (3,),
    "array": (["a"],),
    "object": ({"a": 1},),
}


def _samples(node: Any) -> Iterator[Any]:
    """Values that a schema accepts."""
    types = node.get("type", [])
    for name in [types] if isinstance(types, str) else types:
        yield from _SAMPLES.get(name, ())
    yield from node.get("enum", ())


def _nodes(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, below in (node.get("properties") or {}).items():
        yield (*path, name.strip()), below
        yield from _nodes(below, (*path, name.strip()))


def test_every_value_that_the_packages_own_schemas_accept_fits() -> None:
    samples = [
        (path, found, value)
        for files in shipped.PACKAGES
        for path, node in _nodes(shipped.schema_of(files), ())
        if (found := value_type(catalogue(), path))
        for value in _samples(node)
    ]
    assert len(samples) > 100
    wrong = [sample for sample in samples if not sample[1].fits(sample[2])]
    assert [(path, value) for path, found, value in wrong if not found.refused(value)] == []


_PARSERS = {"parse_timedelta": "duration", "parse_bytes": "memory"}


def _parsed_keys() -> Iterator[tuple[str, str]]:
    """Yield every key that dask or distributed parses in its code, and the type that it expects."""
    for package in (dask, distributed):
        for path in Path(package.__file__).parent.rglob("*.py"):
            if "tests" not in path.parts:
                for function in ast.walk(ast.parse(path.read_text())):
                    if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
                        yield from _parsed_in(function)


def _parsed_in(function: ast.AST) -> Iterator[tuple[str, str]]:
    assigned: dict[str, str] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and (key := _key_read(node.value)):
            assigned[ast.unparse(node.targets[0])] = key
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and node.args:
            name = ast.unparse(node.func).rpartition(".")[2].lstrip("_")
            key = _key_read(node.args[0]) or assigned.get(ast.unparse(node.args[0]))
            if name in _PARSERS and key:
                yield key.replace("_", "-"), _PARSERS[name]


def _key_read(node: ast.AST) -> str | None:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("config.get"):
            return call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    return None


def test_every_key_that_dask_parses_has_the_type_that_it_parses() -> None:
    parsed = dict(_parsed_keys())
    assert len(parsed) > 40
    assert {key: type_of(key).name for key in parsed} == parsed


FITS = [
    ("distributed.comm.timeouts.connect", [10, 0.5, "10", "500ms", "1 hour", "minute"]),
    ("distributed.scheduler.idle-timeout", [None, 0, 3600]),
    ("distributed.scheduler.locks.lease-timeout", ["inf"]),
    ("distributed.scheduler.worker-saturation", ["inf", math.inf, 1]),
    ("distributed.scheduler.rootish-taskgroup", [math.inf, 2.5]),
    ("distributed.worker.memory.max-spill", [False, 0, "10 GB"]),
    ("distributed.worker.memory.spill", [False, 0.7, 1, 99]),
    ("distributed.worker.memory.monitor-interval", ["100ms"]),
    ("distributed.comm.offload", [False, True, None, "10MiB", 1000]),
    ("distributed.comm.compression", [None, False, "auto", "lz4"]),
    ("distributed.comm.tls.min-version", [1.2, None]),
    ("distributed.worker.daemon", [0, 1]),
    ("distributed.worker.validate", [None]),
    ("distributed.worker.preload", ["module", ["a"], ("a", "b")]),
    ("distributed.scheduler.default-task-durations.mine", ["1h", 5]),
    ("distributed.nanny.environ.NAME", [1, None, "x", True]),
    ("tick-time", [20, "20ms"]),
    ("jobqueue.slurm.account", [12345, "a", None]),
    ("jobqueue.pbs.account", [""]),
    ("jobqueue.slurm.memory", ["4 GB", 4000000000, None]),
    ("jobqueue.mycluster.walltime", ["1-00:00:00", 60, None]),
    ("jobqueue.htcondor.job-script-prologue", [None]),
    ("jobqueue.htcondor.job-extra-directives", [{"a": 1}]),
]
FITS_NOT = [
    ("distributed.comm.timeouts.connect", [None, True, "10 secs", -5, "-5s", ".5s", "", [], {}]),
    ("distributed.worker.memory.spill", [None, True, "0.7", "70%"]),
    ("distributed.worker.memory.max-spill", [True, None, "10 gigs"]),
    ("distributed.worker.memory.monitor-interval", [100, "100", None]),
    ("distributed.scheduler.worker-saturation", [0, -1, "many"]),
    ("distributed.comm.tls.min-version", ["1.2", 1.1]),
    ("distributed.comm.compression", ["gzip", True]),
    ("distributed.worker.multiprocessing-method", ["thread"]),
    ("distributed.admin.log-length", [1000.0, "1000"]),
    ("distributed.worker.daemon", [None, "no", 2, []]),
    ("array.query-planning", [1, "True"]),
    ("temporary-directory", [5, ["a"]]),
    ("tick-time", ["fast"]),
    ("jobqueue.slurm.cores", ["4", 0, True]),
    ("jobqueue.slurm.queue", [True, "", ["a"]]),
    ("jobqueue.slurm.shebang", [None]),
    ("jobqueue.slurm.walltime", ["6h"]),
    ("jobqueue.slurm.job-script-prologue", [None, "module load a"]),
]


def test_values_that_the_code_can_use_fit() -> None:
    assert [
        (key, value) for key, values in FITS for value in values if not type_of(key).fits(value)
    ] == []


def test_values_that_the_code_cannot_use_do_not_fit() -> None:
    assert [
        (key, value) for key, values in FITS_NOT for value in values if type_of(key).fits(value)
    ] == []


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("distributed.wroker.daemon", id="unknown"),
        pytest.param("distributed.logging.bokeh", id="in-a-map-with-own-names"),
        pytest.param("jobqueue.slurm.ncpus", id="another-scheduler's"),
        pytest.param("jobqueue.mysite", id="own-section"),
        pytest.param("", id="empty"),
    ],
)
def test_unknown_keys_and_own_names_have_no_type(key: str) -> None:
    assert value_type(catalogue(), tuple(key.split("."))) is None


def test_every_value_can_be_judged() -> None:
    for path, _ in DEFAULTS:
        found = value_type(catalogue(), path)
        if found is not None:
            assert all(found.fits(value) in (True, False) for value in [*ODD, 10**5000])
            assert found.expected


#: Runs in its own process, because importing dask_jobqueue writes into the home folder.
_JOBS = """
import json, sys
import dask.config
from dask_jobqueue.htcondor import HTCondorJob
from dask_jobqueue.slurm import SLURMJob

scripts = []
for section, key, value in json.loads(sys.argv[1]):
    kind, more = (SLURMJob, {}) if section == "slurm" else (HTCondorJob, {"disk": "4 GB"})
    with dask.config.set({f"jobqueue.{section}.{key}": value}):
        try:
            job = kind("tcp://there:8786", name="name", cores=4, memory="4 GB", **more)
            scripts.append(job.job_script())
        except Exception as error:
            scripts.append(type(error).__name__)
print(json.dumps(scripts))
"""
JOBS = [
    ("slurm", "job-script-prologue", None, "TypeError"),
    ("slurm", "job-extra-directives", None, "TypeError"),
    ("slurm", "job-directives-skip", None, "TypeError"),
    ("htcondor", "job-script-prologue", None, "Queue"),
    ("slurm", "job-extra-directives", "ab", "#SBATCH a\n#SBATCH b"),
    ("slurm", "job-script-prologue", [{"module load": "a"}], "TypeError"),
    ("slurm", "job-script-prologue", [None, "ls"], "\nls\n"),
    ("slurm", "walltime", 43200, "#SBATCH -t 43200\n"),
    ("slurm", "queue", True, "#SBATCH -p True\n"),
    ("slurm", "account", "$ACCOUNT", "#SBATCH -A $ACCOUNT\n"),
    ("slurm", "local-directory", "$TMPDIR", "--local-directory $TMPDIR"),
    ("slurm", "log-directory", "", "FileNotFoundError"),
    ("slurm", "processes", 8, "--nthreads 0 "),
    ("slurm", "processes", 0, "ZeroDivisionError"),
    ("slurm", "job-cpu", "4", "TypeError"),
    ("slurm", "shebang", None, "None\n"),
]


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The job script that dask-jobqueue makes of each of `JOBS`, or the name of an exception."""
    home = tmp_path_factory.mktemp("home")
    environ = {**os.environ, "HOME": str(home), "DASK_ROOT_CONFIG": str(home)}
    said = json.dumps([job[:3] for job in JOBS])
    command = [sys.executable, "-W", "ignore", "-c", _JOBS, said]
    done = subprocess.run(
        command, cwd=home, env=environ, check=True, capture_output=True, text=True
    )
    made: list[str] = json.loads(done.stdout)
    return made


def test_dask_jobqueue_does_what_the_types_assume(scripts: list[str]) -> None:
    wrong = [
        (*job, script) for job, script in zip(JOBS, scripts, strict=True) if job[3] not in script
    ]
    assert wrong == []
