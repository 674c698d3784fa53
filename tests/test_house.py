"""The house: who may import whom, how large things are, and who may print or write."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import dask_backend_config

PACKAGE = Path(dask_backend_config.__file__).parent
#: Each module or folder of the package, and its floor.
FLOORS = {
    "errors": 0, "keys": 0, "units": 0, "origins": 0, "watching": 0,
    "loaders": 1, "yaml_spans": 1, "yaml_patch": 1, "yaml_edits": 1, "yaml_scalars": 1, "yaml_lines": 1, "yaml_items": 1,
    "yaml_source": 1, "yaml_trail": 1, "yaml_insert": 1, "yaml_remove": 1, "yaml_replace": 1,
    "yaml_template": 1, "files": 1, "locks": 1, "backups": 1, "durable": 1, "owners": 1,
    "private_files": 1,
    "defaults": 2, "schema": 2, "merge": 2, "search": 2, "sources": 2, "resolve": 2, "catalogue": 2,
    "descriptions": 2, "placement": 2, "suggest": 2, "explanations": 2, "layer": 2, "history": 2, "kinds": 2,
    "kind_table": 2, "known_names": 2, "slips": 2, "texts": 2, "diagnosis": 2, "candidates": 2, "html_parts": 2, "html_values": 2,
    "captures": 2, "callers": 2, "trace_record": 2, "recorder": 2, "late": 2, "trace_hooks": 2, "trace_text": 2, "trace_json": 2, "trace_findings": 2, "tracing": 2,
    "resources": 3, "schedulers": 3, "backends": 3,
    "start": 4, "facts": 4, "site": 4, "site_facts": 4, "job_facts": 4, "causes": 4, "checks": 4, "doctor": 4, "live": 4, "plans": 4, "repairs": 4,
    "concealment": 4, "html_report": 5, "html_excerpts": 5, "html_layers": 5, "html_live": 5,
    "value_lines": 5, "completion": 5,
    "report": 5, "commands": 5, "main": 5, "__main__": 5,
    "__init__": 6,
}  # fmt: skip
MODULES = sorted(PACKAGE.rglob("*.py"))


def _home(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> list[str]:
    """Modules of the package that run when `path` does, as dotted names below the package."""
    tree = ast.parse(path.read_text())
    here = path.relative_to(PACKAGE).with_suffix("").parts
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - node.level]
            module = [*base, *((node.module or "").split(".") if node.module else [])]
            names = [alias.name for alias in node.names]
            found += [".".join(module)] if module else names
            found += [".".join([*module, name]) for name in names if module]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE.name):
            found.append((node.module or "").partition(".")[2])
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_floor_or_below(path: Path) -> None:
    if path.name == "__init__.py" and path.parent == PACKAGE:
        return
    floor = FLOORS[_home(path)]
    homes = {name.split(".")[0] for name in _imports(path) if name.split(".")[0] in FLOORS}
    assert {name: FLOORS[name] for name in homes if FLOORS[name] > floor} == {}


def test_an_upward_import_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.test_house.PACKAGE", tmp_path)
    (tmp_path / "keys.py").write_text("def f():\n    from .report import as_json\n")
    assert _imports(tmp_path / "keys.py") == ["report", "report.as_json"]


#: What is no backend of its own: below the constructors, and below them the cluster of jobs.
SHARED_BY_BACKENDS = {
    "base", "settings", "tasks", "gpus", "processes", "scripts", "transport", "certificates",
    "jobqueue", "jobqueue_settings", "jobqueue_cluster", "jobs", "watch",
    "worker_logs", "lost_tasks", "map_tasks", "summary",
    "isolation", "isolation_options", "isolation_plugin",
}  # fmt: skip


@pytest.mark.parametrize("family", ["backends", "checks", "schedulers"])
def test_siblings_of_a_family_do_not_import_each_other(family: str) -> None:
    shared = {"backends": SHARED_BY_BACKENDS, "checks": set(), "schedulers": {"base", "fields"}}
    for path in sorted((PACKAGE / family).glob("*.py")):
        if path.stem == "__init__":
            continue
        names = {name.split(".")[1] for name in _imports(path) if name.startswith(f"{family}.")}
        stem = path.stem.partition("_")[0] if family == "backends" else path.stem
        foreign = {name for name in names if not name.startswith(stem)} - shared[family]
        if path.stem not in ("registry", "detection"):
            assert foreign == set(), path.name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_top_floor_prints_or_exits(path: Path) -> None:
    if FLOORS[_home(path)] >= 5:
        return
    calls = [
        node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)
    ]
    names = {ast.unparse(call) for call in calls}
    assert names & {"print", "exit", "sys.exit", "os._exit", "click.echo", "quit"} == set()


WRITERS = {"files", "locks", "backups", "durable", "owners", "private_files"}
WRITING = re.compile(
    r"\.write_(text|bytes)\(|\bos\.(open|replace|rename|remove|unlink|mkdir|makedirs|chmod|chown|link"
    r"|symlink)\(|\bshutil\.(copy|move|rmtree)|\bopen\([^)]*['\"][wax]"
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_modules_for_it_write_files(path: Path) -> None:
    assert _home(path) in WRITERS or not WRITING.search(path.read_text())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_functions_and_classes_say_what_they_are(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), "the module"
    assert [name for name, node in _public(tree, "") if not ast.get_docstring(node)] == []


def _public(
    parent: ast.Module | ast.ClassDef, prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    for node in parent.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        if not any("property" in ast.unparse(decorator) for decorator in node.decorator_list):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from _public(node, f"{prefix}{node.name}.")
