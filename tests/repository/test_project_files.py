"""What the files for those who carry on have to say alike."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import dask_backend_config
from dask_backend_config.catalogue.dask_releases import OLDEST
from tests.repository.test_layout import LAYERS

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
CI = (ROOT / ".ci" / "run").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
NOXFILE = (ROOT / "noxfile.py").read_text()
SESSIONS = set(re.findall(r"^@nox\.session.*?^def (\w+)", NOXFILE, re.MULTILINE | re.DOTALL))


def _release(text: str) -> tuple[int, ...]:
    """The numbers of a version, without zeros at its end."""
    numbers = [int(number) for number in text.split(".")]
    while numbers[-1:] == [0]:
        numbers.pop()
    return tuple(numbers)


def _constraints() -> dict[str, list[tuple[int, ...]]]:
    found: dict[str, list[tuple[int, ...]]] = {}
    for line in (ROOT / "constraints-oldest.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition("==")
            found.setdefault(name, []).append(_release(rest.partition(";")[0].strip()))
    return found


def test_the_oldest_versions_that_ci_tries_are_those_that_are_allowed() -> None:
    bounds = dict(entry.split(">=") for entry in PROJECT["project"]["dependencies"])
    allowed = {name: _release(bound) for name, bound in bounds.items()}
    # The first is what is allowed; a newer Python may need a newer one, where no older was built.
    assert {name: versions[0] for name, versions in _constraints().items()} == allowed


def test_all_files_name_the_same_releases_of_dask() -> None:
    page = (ROOT / "docs" / "versions.md").read_text()
    (middle,) = re.findall(r'^MIDDLE = "(.*)"$', NOXFILE, re.MULTILINE)
    assert _constraints()["dask"] == _constraints()["distributed"] == [_release(OLDEST)]
    assert f"{OLDEST} and newer" in page
    assert f"dask and distributed {middle}" in page
    assert f"must be {OLDEST}" in " ".join((ROOT / "docs" / "start.md").read_text().split())


def test_the_pythons_of_ci_begin_with_the_oldest_that_is_allowed() -> None:
    (first, *more) = WORKFLOW["jobs"]["versions"]["strategy"]["matrix"]["python"]
    assert PROJECT["project"]["requires-python"] == f">={first}"
    listed = re.search(r"^SUPPORTED = \((.*?)\)$", NOXFILE, re.MULTILINE)
    assert listed
    assert re.findall(r'"([\d.]+)"', listed[1]) == [first, *more]
    assert f"from {first} to {more[-1]}" in CONTRIBUTING
    for text in (ROOT / "docs" / "versions.md", ROOT / "README.md"):
        assert f"{first} to {more[-1]}" in text.read_text()
    classifiers = [f"Programming Language :: Python :: {version}" for version in (first, *more)]
    assert [name for name in PROJECT["project"]["classifiers"] if ":: 3." in name] == classifiers


def _commands(text: str) -> list[str]:
    """The names of sessions that commands of nox run."""
    found = re.findall(r"nox(?: --[\w-]+)*? (?:-s|--sessions)((?: \w+)+)", text)
    return [name for names in found for name in names.split()]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(CI, id="ci"),
        pytest.param(CONTRIBUTING, id="contributing"),
        pytest.param(yaml.dump(WORKFLOW, width=1000), id="workflow"),
    ],
)
def test_a_session_that_is_named_exists(text: str) -> None:
    assert _commands(text)
    assert set(_commands(text)) <= SESSIONS


def test_contributing_names_every_session() -> None:
    assert set(_commands(CONTRIBUTING)) | {"extremes"} == SESSIONS


@pytest.mark.parametrize(
    ("name", "folder"), [("COMPATIBILITY_TESTS", "tests/backends"), ("PURE_TESTS", "tests")]
)
def test_the_tests_that_a_session_takes_exist(name: str, folder: str) -> None:
    rule = NOXFILE.partition(f"\n{name} = ")[2].partition("\n)")[0]
    found = re.findall(r'"([\w/.]+)"', rule)
    assert found
    places = [
        (ROOT / folder / name, ROOT / folder / f"test_{name}.py", ROOT / name) for name in found
    ]
    assert [names for names in places if not any(path.exists() for path in names)] == []


@pytest.mark.skipif(not importlib.util.find_spec("nox"), reason="nox is not installed")
def test_nox_reads_its_file() -> None:
    command = [sys.executable, "-m", "nox", "--list"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_coverage_has_its_lower_bound_on_the_pure_packages() -> None:
    report = PROJECT["tool"]["coverage"]["report"]
    pure = [name for layer in LAYERS[:4] for name in layer if name not in ("schedulers", "tracing")]
    assert report["include"] == [
        *(f"dask_backend_config/{name}/*.py" for name in pure),
    ]
    assert report["fail_under"] >= 92  # without the tests of the doctor, which take as long


def test_what_ci_runs_is_bash() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    steps = [
        step["run"] for job in WORKFLOW["jobs"].values() for step in job["steps"] if "run" in step
    ]
    assert "\n.ci/run" in "\n".join(["", *steps])
    for script in (CI, *steps):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True, timeout=30)


def test_ci_finds_the_command_of_the_readme() -> None:
    line = next(line for line in CI.splitlines() if line.startswith("command="))
    done = subprocess.run(
        ["bash", "-c", f'{line}\necho "$command"'],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.stdout.startswith("python3 -m venv .venv && ")
    assert done.stdout.rstrip().endswith("-m pytest -n 3")


def test_the_hooks_of_this_repository_ask_no_other() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert [entry["repo"] for entry in config["repos"]] == ["local"]
    assert {hook["language"] for hook in config["repos"][0]["hooks"]} == {"system"}


def test_the_changelog_has_the_version_or_what_is_to_be_it() -> None:
    sections = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    versions = [section.split(" ")[0].strip("[]") for section in sections]
    assert versions[0] in ("Unreleased", dask_backend_config.__version__)
    text = (ROOT / "CHANGELOG.md").read_text()
    assert dask_backend_config.__version__ in text
