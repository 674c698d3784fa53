"""The package as users get it: wheel, sdist, editable, and straight from a checkout."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = {"recommended.yaml", "backends.yaml", "backends-schema.yaml"}
PROGRAM = (
    "import dask_backend_config, dask; from dask_backend_config.catalogue import shipped;"
    "print(dask.config.get('distributed.worker.daemon'), dask.config.get('backends.default'),"
    "sorted(p.name for p in shipped.folder().iterdir()))"
)


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built of a copy of the tracked and new files."""
    source = tmp_path_factory.mktemp("source") / "project"
    names = ("dask_backend_config", "defaults", "tests", "docs", "benchmarks")
    for name in names:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "_dask_backend_config_cli.py"):
        shutil.copy(ROOT / name, source / name)
    built = tmp_path_factory.mktemp("dist")
    # The build backend is among the test requirements, so that no build asks a registry.
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", built, source, cwd=source)
    return built


def _environment(folder: Path, wheel: Path) -> Path:
    """The Python of a new environment with `wheel` and what is installed for the tests.

    Unpacked, as pip does it, and without asking a registry for anything.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    site_packages = next((folder / "lib").glob("python3.*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    theirs = [path for path in sys.path if path.endswith("site-packages")]
    (site_packages / "zz-theirs.pth").write_text("\n".join(theirs))
    return folder / "bin" / "python"


def _names(dist: Path, suffix: str) -> set[str]:
    (path,) = dist.glob(f"*{suffix}")
    if suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return set(wheel.namelist())
    with tarfile.open(path) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def test_the_wheel_holds_the_defaults_inside_the_package(dist: Path) -> None:
    names = _names(dist, ".whl")
    assert {f"dask_backend_config/defaults/{name}" for name in SHIPPED} <= names
    assert "dask_backend_config/catalogue/dask-keys.yaml" in names
    assert "dask_backend_config/py.typed" in names
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in names)


def test_wheel_and_sdist_hold_the_reports_template(dist: Path) -> None:
    wanted = {f"dask_backend_config/report/html/templates/report.{end}" for end in ("html", "css")}
    assert wanted <= _names(dist, ".whl")
    assert wanted <= _names(dist, ".tar.gz")


def test_the_sdist_holds_the_defaults_beside_the_package(dist: Path) -> None:
    names = _names(dist, ".tar.gz")
    assert {f"defaults/{name}" for name in SHIPPED} | {"README.md", "pyproject.toml"} <= names


def test_the_installed_wheel_works(dist: Path, tmp_path: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    output = _run(_environment(tmp_path / "venv", wheel), "-c", PROGRAM, cwd=tmp_path)
    assert output.split(" ", 2)[:2] == ["False", "auto"]
    assert set(eval(output.split(" ", 2)[2])) == SHIPPED


def test_the_readmes_script_runs_with_the_installed_wheel(dist: Path, tmp_path: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    python = _environment(tmp_path / "venv", wheel)
    readme = (ROOT / "README.md").read_text()
    (script,) = re.findall(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "example.py").write_text(script)
    assert _run(python, "-m", "dask_backend_config", "doctor", cwd=tmp_path).startswith(
        "No problems"
    )
    assert _run(python, "example.py", cwd=tmp_path) == "49\n"


def test_the_checkout_works_without_being_installed() -> None:
    output = _run(sys.executable, "-c", PROGRAM, cwd=ROOT)
    assert output.split(" ", 2)[:2] == ["False", "auto"]
    assert set(eval(output.split(" ", 2)[2])) == SHIPPED


def test_an_editable_install_finds_the_checkouts_defaults(tmp_path: Path) -> None:
    build = "import sys; from hatchling.build import build_editable; build_editable(sys.argv[1])"
    _run(sys.executable, "-c", build, tmp_path, cwd=ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    python = _environment(tmp_path / "venv", wheel)
    output = _run(python, "-c", PROGRAM, cwd=tmp_path)
    assert output.split(" ", 2)[:2] == ["False", "auto"]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param([sys.executable, "-m", "dask_backend_config"], id="module"),
        pytest.param([str(Path(sys.executable).with_name("dask-backend-config"))], id="script"),
        pytest.param([sys.executable, "-m", "dask", "backend-config"], id="dask-cli"),
    ],
)
def test_every_way_to_start_it_works(command: list[str], tmp_path: Path) -> None:
    if not Path(command[0]).exists():
        pytest.fail(f"{command[0]} is missing: install the project before its tests")
    output = _run(*command, "show", "backends.default", cwd=tmp_path)
    assert output.split() == ["backends.default", "auto", "default", "of", "dask_backend_config"]
