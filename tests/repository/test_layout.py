"""The layout: the order of the packages, the size of their parts, and who may print or write.

Each rule is one test over all modules; a failure lists every module that breaks it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import dask_backend_config

PACKAGE = Path(dask_backend_config.__file__).parent
TESTS = Path(__file__).parents[1]
#: The packages, lowest layer first. A package imports only from layers below its own.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("core",),
    ("yaml_edit", "storage", "schedulers"),
    ("catalogue",),
    ("config", "tracing"),
    ("backends", "clusters"),
    ("doctor",),
    ("report",),
    ("cli",),
)
LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOT_MODULES = ("__init__", "__main__")


def name_of(path: Path, package: Path = PACKAGE) -> str:
    """The dotted name of a module below the package."""
    return ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")


def package_of(path: Path) -> str:
    return name_of(path).partition(".")[0]


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in MODULES:
        yield path, ast.parse(path.read_text())


def imports(path: Path, package: Path = PACKAGE) -> list[str]:
    """What a module imports from the package, anywhere in its code, as dotted names."""
    here = path.relative_to(package).with_suffix("").parts
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = (node.module or "").split(".") if node.module else []
        if node.level:
            module = [*here[: len(here) - node.level], *module]
        elif module[:1] == [package.name]:
            module = module[1:]
        else:
            continue
        found += [".".join([*module, alias.name]) for alias in node.names]
    return found


def test_a_package_imports_only_from_layers_below_its_own() -> None:
    upward = [
        f"{name_of(path)} imports {name}"
        for path in MODULES
        if package_of(path) not in ROOT_MODULES
        for name in imports(path)
        if (top := name.partition(".")[0]) != package_of(path)
        and LAYER.get(top, len(LAYERS)) >= LAYER[package_of(path)]
    ]
    assert upward == []


def test_every_folder_of_the_package_has_its_layer() -> None:
    assert {path.name for path in PACKAGE.iterdir() if any(path.glob("*.py"))} == set(LAYER)
    assert len([path for path in PACKAGE.iterdir() if path.name != "__pycache__"]) <= 16


def test_no_module_imports_itself_through_others() -> None:
    names = {name_of(path) for path in MODULES}
    graph = {
        name_of(path): {
            target
            for name in imports(path)
            for target in (name if name in names else name.rpartition(".")[0],)
            if target in names and target != name_of(path)
        }
        for path in MODULES
        if package_of(path) not in ROOT_MODULES
    }
    assert circle(graph) == []


def circle(graph: dict[str, set[str]]) -> list[str]:
    """What is left of a graph when nodes without successors or predecessors are taken away."""
    while True:
        used = {target for targets in graph.values() for target in targets}
        free = {name for name, targets in graph.items() if not targets & set(graph)}
        free |= set(graph) - used
        if not free:
            return sorted(graph)
        graph = {name: targets for name, targets in graph.items() if name not in free}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("def f():\n    from ..report import text\n", ["report.text"], id="lazy"),
        pytest.param("from . import keys, units\n", ["core.keys", "core.units"], id="siblings"),
        pytest.param("from dask_backend_config.cli import main\n", ["cli.main"], id="absolute"),
        pytest.param("from dask.config import get\nimport os\n", [], id="others"),
    ],
)
def test_every_form_of_import_is_seen(tmp_path: Path, text: str, found: list[str]) -> None:
    package = tmp_path / "dask_backend_config"
    path = package / "core" / "errors.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert imports(path, package) == found


def test_a_circle_would_be_seen() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == list("abc")


@pytest.mark.parametrize(
    ("family", "shared"),
    [
        pytest.param("doctor.checks", (), id="checks"),
        pytest.param(
            "schedulers",
            (
                "amounts",
                "base",
                "data_types",
                "option_reader",
                "option_values",
                "option_words",
                "run",
            ),
            id="schedulers",
        ),
        pytest.param("cli.commands", (), id="commands"),
    ],
)
def test_siblings_of_a_family_do_not_import_each_other(family: str, shared: Sequence[str]) -> None:
    folder = PACKAGE.joinpath(*family.split("."))
    siblings = {path.stem for path in folder.glob("*.py")} - {"__init__", *shared}
    assert siblings, family
    assert [
        f"{path.stem} imports {name}"
        for path in sorted(folder.glob("*.py"))
        if path.stem in siblings
        for name in imports(path)
        if name.startswith(f"{family}.") and name.split(".")[family.count(".") + 1] in siblings
    ] == []


def test_only_the_command_line_prints_or_exits() -> None:
    forbidden = {"print", "exit", "sys.exit", "os._exit", "click.echo", "quit"}
    calls = {
        (name_of(path), ast.unparse(node.func))
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and package_of(path) != "cli"
    }
    assert {(module, call) for module, call in calls if call in forbidden} == set()


WRITING = re.compile(
    r"\.write_(text|bytes)\(|\bos\.(open|replace|rename|remove|unlink|mkdir|makedirs|chmod|chown|link"
    r"|symlink)\(|\bshutil\.(copy|move|rmtree)|\bopen\([^)]*['\"][wax]"
)


def test_only_storage_writes_files() -> None:
    writers = [name_of(path) for path in MODULES if WRITING.search(path.read_text())]
    assert [name for name in writers if not name.startswith("storage.")] == []
    assert writers, "the pattern finds something"


def test_modules_and_functions_are_small() -> None:
    long_files = [
        f"{name_of(path)}: {lines} lines"
        for path in MODULES
        if (lines := path.read_text().count("\n")) > 300
    ]
    long_functions = [
        f"{name_of(path)}.{node.name}: {lines} lines"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (lines := code_lines(node)) > 40
    ]
    assert long_files + long_functions == []


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """The lines of a function from its signature to its end, without its docstring."""
    docstring = ast.get_docstring(node, clean=False) or ""
    return node.end_lineno - node.lineno + 1 - len(docstring.splitlines())  # type: ignore[operator]


def test_modules_and_what_they_make_public_have_docstrings() -> None:
    without = [
        f"{name_of(path)}: {name}"
        for path, tree in trees()
        for name, node in (("the module", tree), *public(tree, ""))
        if not ast.get_docstring(node)
    ]
    assert without == []


def public(
    parent: ast.Module | ast.ClassDef, prefix: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    for node in parent.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
            continue
        if not any("property" in ast.unparse(decorator) for decorator in node.decorator_list):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{prefix}{node.name}.")


def test_the_tests_mirror_the_packages() -> None:
    folders = {path.parent.relative_to(TESTS).parts[0] for path in TESTS.glob("*/test_*.py")}
    assert folders - {"clients", "docs", "repository"} <= set(LAYER)
    assert [path.name for path in TESTS.glob("test_*.py")] == [], "tests outside of the packages"
