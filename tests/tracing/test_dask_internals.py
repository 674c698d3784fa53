"""The private details of dask that tracing uses exist in the installed versions."""

from __future__ import annotations

import ast
import importlib.util
import inspect
from collections.abc import Iterator
from pathlib import Path

import dask.config
import distributed
import pytest

from dask_backend_config.tracing.dask_internals import (
    CONFIG_PARAMETERS,
    CONFIG_READERS,
    READ_AT_IMPORT,
    assigned_values,
    is_read_by_workers,
    module_that_read,
)
from dask_backend_config.tracing.values import MISSING, overlap

HOME = Path(distributed.__file__).parent
#: Modules that only workers run; the table must hold each key that they read.
WORKERS = ("worker", "worker_memory", "worker_state_machine", "spill", "diskutils", "profile")
NOT_CONFIGURATION = ("logging", "logging-file-config", "distributed.logging")


def _reads(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each key that a module reads, and whether the read is outside of functions."""

    def visit(node: ast.AST, at_import: bool) -> Iterator[tuple[str, bool]]:
        for child in ast.iter_child_nodes(node):
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            if isinstance(child, ast.Call) and ast.unparse(child.func).endswith("config.get"):
                first = child.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value, at_import
            yield from visit(child, at_import and not inside)

    yield from visit(ast.parse(path.read_text()), True)


def _all_reads() -> list[tuple[str, bool]]:
    paths = [path for path in HOME.rglob("*.py") if "tests" not in path.parts]
    return [read for path in paths for read in _reads(path)]


def test_read_at_import_holds_each_key_that_only_imports_read() -> None:
    reads = _all_reads()
    at_import = {key for key, imported in reads if imported}
    later = {key for key, imported in reads if not imported}
    named = {key for key in READ_AT_IMPORT if not key.startswith(NOT_CONFIGURATION)}
    assert named == at_import - later


def test_read_by_workers_holds_each_key_that_modules_of_workers_read() -> None:
    keys = {key for name in WORKERS for key, _ in _reads(HOME / f"{name}.py")}
    keys = {key for key in keys if key.startswith("distributed.")}
    assert [key for key in sorted(keys) if not is_read_by_workers(key, nannies_too=False)] == []


def _methods(module: str, name: str) -> set[str]:
    """Return the methods that a class defines, none if the class does not exist."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None, module
    return {
        inner.name
        for node in ast.parse(Path(spec.origin).read_text()).body
        if isinstance(node, ast.ClassDef) and node.name == name
        for inner in node.body
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def test_config_readers_exist_with_their_methods() -> None:
    missing = [
        f"{reader.module}.{reader.name}.{method}"
        for reader in CONFIG_READERS
        for method in {*reader.methods, *reader.hands_over}
        if method not in _methods(reader.module, reader.name)
    ]
    assert missing == []


def test_functions_of_dask_config_have_the_parameters_that_hold_the_configuration() -> None:
    for name, parameter in CONFIG_PARAMETERS.items():
        assert parameter in inspect.signature(getattr(dask.config, name)).parameters, name


def test_the_record_of_a_set_holds_a_step_a_path_and_the_previous_value() -> None:
    with dask.config.set({"test.new": 1}), dask.config.set({"test.new": 2}):
        changed = dask.config.set({"test.new": 3, "test.other": 4})
        assert changed._record == [
            ("replace", ("test", "new"), 2),
            ("insert", ("test", "other"), None),
        ]
        assert assigned_values(changed, {"arg": {"test.new": 3}, "kwargs": {"test__other": 4}}) == [
            ("test.new", 3, 2),
            ("test.other", 4, MISSING),
        ]


@pytest.mark.parametrize(
    ("key", "workers", "nannies"),
    [
        pytest.param("distributed.worker.memory.target", True, True, id="worker"),
        pytest.param("distributed.worker.daemon", False, True, id="nanny"),
        pytest.param("distributed.worker.memory.rebalance.sender-min", False, True, id="scheduler"),
        pytest.param("distributed.scheduler.work-stealing", False, False, id="scheduler-only"),
        pytest.param("array.chunk-size", False, False, id="client"),
    ],
)
def test_who_reads_a_key(key: str, workers: bool, nannies: bool) -> None:
    assert is_read_by_workers(key, nannies_too=False) is workers
    assert is_read_by_workers(key, nannies_too=True) is nannies


def test_keys_overlap_in_sections_and_spellings() -> None:
    assert overlap("distributed.comm", "distributed.comm.offload")
    assert overlap("a.b-c", "a.b_c")
    assert not overlap("a.b", "a.bc")
    assert module_that_read("distributed.logging.distributed.worker") == "distributed.config"
    assert module_that_read("distributed.worker.daemon") is None
