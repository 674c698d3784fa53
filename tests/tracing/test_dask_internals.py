"""The tables of what reads a key when, against what is installed."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import distributed
import pytest

from dask_backend_config.tracing.values import overlap
from dask_backend_config.tracing.dask_internals import (
    CONFIG_READERS,
    READ_AT_IMPORT,
    is_read_by_workers,
    module_that_read,

)

HOME = Path(distributed.__file__).parent
#: Modules that only workers run, so that what they read has to be in the table.
WORKERS = ("worker", "worker_memory", "worker_state_machine", "spill", "diskutils", "profile")
NOT_CONFIGURATION = ("logging", "logging-file-config", "distributed.logging")


def _reads(path: Path) -> Iterator[tuple[str, bool]]:
    """Each key that a module reads by its name, and whether that is outside of functions."""

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


def test_what_only_imports_read_is_in_the_table() -> None:
    reads = _all_reads()
    at_import = {key for key, imported in reads if imported}
    later = {key for key, imported in reads if not imported}
    named = {key for key in READ_AT_IMPORT if not key.startswith(NOT_CONFIGURATION)}
    assert named == at_import - later


@pytest.mark.parametrize("name", WORKERS)
def test_what_workers_read_is_in_the_table(name: str) -> None:
    keys = {key for key, imported in _reads(HOME / f"{name}.py") if key.startswith("distributed.")}
    assert [key for key in sorted(keys) if not is_read_by_workers(key, nannies_too=False)] == []


@pytest.mark.parametrize("maker", CONFIG_READERS, ids=lambda maker: f"{maker.module}-{maker.name}")
def test_every_maker_exists(maker) -> None:  # type: ignore[no-untyped-def]
    spec = importlib.util.find_spec(maker.module)
    assert spec is not None and spec.origin is not None
    for node in ast.parse(Path(spec.origin).read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name == maker.name:
            methods = {
                inner.name
                for inner in node.body
                if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef))
            }
            assert set(maker.methods) <= methods
            assert set(maker.hands_over) <= set(maker.methods)
            return
    pytest.fail(f"{maker.name} is not in {maker.module}")


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


def test_sections_and_spellings() -> None:
    assert overlap("distributed.comm", "distributed.comm.offload")
    assert overlap("a.b-c", "a.b_c")
    assert not overlap("a.b", "a.bc")
    assert module_that_read("distributed.logging.distributed.worker") == "distributed.config"
    assert module_that_read("distributed.worker.daemon") is None
