"""Recurring tasks of this repository; see CONTRIBUTING.md and ``nox --list``.

Each session creates its own environment; options after ``--`` go to the program that it runs.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
OLDEST = "constraints-oldest.txt"
#: A release of dask between the oldest and the newest.
MIDDLE = "2025.10.0"
#: Packages whose behaviour depends on dask, distributed and other packages.
COMPATIBILITY_TESTS = (
    *(
        f"tests/backends/test_{name}.py"
        for name in (
            "dask_jobqueue_internals",
            "distributed_internals",
            "isolation",
            "jobs",
            "key_fates",
            "local",
            "lost_tasks",
            "multiprocessing_internals",
            "retirement",
            "start_errors",
        )
    ),
    "tests/catalogue",
    "tests/config",
    "tests/doctor/checks/test_both_spellings.py",
    "tests/doctor/checks/test_renamed_key.py",
    "tests/tracing/test_dask_internals.py",
)
#: Those that compare with dask itself how it reads configuration, and those of private names.
ORACLE_TESTS = (
    "tests/config",
    *(f"tests/backends/test_{name}_internals.py" for name in ("distributed", "dask_jobqueue")),
    "tests/doctor/checks/test_both_spellings.py",
    "tests/doctor/checks/test_renamed_key.py",
    "tests/tracing/test_dask_internals.py",
)
#: Packages whose lines and branches are counted: the rules in `tool.coverage` of pyproject.toml.
PURE_TESTS = tuple(
    f"tests/{name}" for name in ("core", "yaml_edit", "storage", "catalogue", "config")
)
#: The tools of the extra `test` that these need.
TOOLS = ("hypothesis", "jsonschema", "pytest<9.2", "pytest-timeout", "pytest-xdist", "ruamel.yaml")
FEW_EXAMPLES = {"DASK_BACKEND_CONFIG_EXAMPLES": "50"}


def _starts(version: str) -> bool:
    """Return whether that Python is installed; a pyenv shim may exist without it."""
    try:
        command = [f"python{version}", "-c", ""]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14")
PYTHONS = [version for version in SUPPORTED if version == OWN or _starts(version)]
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True
nox.options.default_venv_backend = "uv|virtualenv"  # uv takes a tenth of pip's time
os.environ.setdefault("UV_PYTHON_DOWNLOADS", "never")
os.environ.setdefault("UV_COMPILE_BYTECODE", "1")  # the tests start many processes


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format with ruff."""
    session.install("--quiet", "ruff")
    session.run("ruff", "check", *(session.posargs or ["."]))
    session.run("ruff", "format", "--check", *(session.posargs or ["."]))


@nox.session
def types(session: nox.Session) -> None:
    """Check types with mypy, strict."""
    session.install("--quiet", "-e", ".[test]")
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests with the newest versions, and with the schedulers that are installed."""
    session.install("--quiet", "-e", ".[test,docs]")
    session.run("pytest", *(session.posargs or ["-n", "2"]))


@nox.session(python=PYTHONS)
@nox.parametrize("versions", ["oldest", "middle", "newest"], ids=["oldest", "middle", "newest"])
def compatibility(session: nox.Session, versions: str) -> None:
    """Run the tests that depend on other packages, with sets of versions: docs/versions.md."""
    which = {
        "oldest": ["--constraint", OLDEST],
        "middle": [f"dask=={MIDDLE}", f"distributed=={MIDDLE}"],
        "newest": ["--upgrade"],
    }
    session.install("--quiet", "-e", ".", *TOOLS, *which[versions])
    session.run("pytest", *(session.posargs or ["-n", "2", *COMPATIBILITY_TESTS]))


@nox.session(python=False)
def extremes(session: nox.Session) -> None:
    """Run the tests that ask dask itself with each set of versions, on one Python each."""
    options = ["-n", "2", *ORACLE_TESTS]
    session.notify(f"compatibility-{PYTHONS[0]}(oldest)", options)
    session.notify(f"compatibility-{OWN}(middle)", options)
    if PYTHONS[-1] != OWN:  # `tests` covers it
        session.notify(f"compatibility-{PYTHONS[-1]}(newest)", options)


@nox.session
def clients(session: nox.Session) -> None:
    """Run other packages on a backend, each in its newest version: docs/clients.md."""
    session.install("--quiet", "-e", ".[clients]", *TOOLS)
    tests = ["-k", "clients", "tests/clients", "tests/docs/test_blocks.py"]
    tests += ["--ignore", "tests/clients/test_asynchronous.py"]  # `tests` runs it
    session.run("pytest", *(session.posargs or ["-n", "3", *tests]), env={"REQUIRE_CLIENTS": "1"})


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure lines and branches of the pure packages; fail below the bound."""
    session.install("--quiet", "-e", ".", "pytest-cov", *TOOLS)
    options = ["-q", "-n", "2", "-k", "not live", "--cov", "--cov-report="]
    session.run("pytest", *options, *PURE_TESTS, env=FEW_EXAMPLES)
    session.run("coverage", "report", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site in docs/_build/html; a warning is an error."""
    session.install("--quiet", "-e", ".[docs]")
    session.run("python", "docs/generate.py")
    session.run(
        "sphinx-build", "-W", "--keep-going", "-b", "html", *session.posargs,
        "docs", "docs/_build/html",
    )  # fmt: skip


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Compare with similar tools: docs/performance.md."""
    session.install("--quiet", "-e", ".[test]", "numpy")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build wheel and sdist in dist/, and try each in an empty environment."""
    session.install("--quiet", "build", "twine")
    dist = ROOT / "dist"
    for old in dist.glob("dask_backend_config-*"):
        old.unlink()
    session.run("python", "-m", "build", "--outdir", str(dist))
    made = sorted(dist.glob("dask_backend_config-*"))
    session.run("twine", "check", "--strict", *map(str, made))
    script = Path(session.create_tmp()).resolve() / "example.py"
    script.write_text(_readmes_script())
    for package in made:
        _try(session, package, script)


def _try(session: nox.Session, package: Path, script: Path) -> None:
    """Install a package in an empty environment, and run the README's script."""
    home = script.parent / "home"
    home.mkdir(exist_ok=True)
    folder = script.parent / "venv"
    environ = {"HOME": str(home), "PYTHONPATH": ""}
    session.run("python", "-m", "venv", "--clear", str(folder))
    binaries = folder / "bin"
    with session.chdir(home):
        for command in (
            [str(binaries / "pip"), "install", "--quiet", str(package)],
            [str(binaries / "dask-backend-config"), "doctor"],
            [str(binaries / "python"), str(script)],
        ):
            session.run(*command, env=environ, external=True)


def _readmes_script() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"^```python\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    return str(script)
