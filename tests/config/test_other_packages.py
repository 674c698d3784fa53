"""Defaults of other installed packages: layers and known keys, without importing the packages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CONFIG = """
import os
import dask.config
import yaml

fn = os.path.join(os.path.dirname(__file__), {file!r})
with open(fn) as f:
    defaults = yaml.safe_load(f)
dask.config.update_defaults(defaults)
"""
FLEET = "fleet:\n  address: null\n  ship_yard: {size: 3, names: []}\n  options: {}\n"
#: Sections of others: the package's own key, one of distributed, and a cluster of dask-jobqueue.
PACKAGES = {
    "dask_fleet": ("fleet.yaml", FLEET + "distributed: {scheduler: {allowed-failures: 7}}\n"),
    "site_clusters": ("jobqueue-chtc.yaml", "jobqueue: {chtc: {cores: 1, worker-image: x}}\n"),
    "broken": ("broken.yaml", "broken: [\n"),
    "listed": ("listed.yaml", "- listed\n"),
    "absent": ("nowhere.yaml", None),
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with installed packages."""
    for name, (file, text) in PACKAGES.items():
        home = tmp_path / "site" / name
        home.mkdir(parents=True)
        (home / "__init__.py").write_text("from . import config\n")
        (home / "config.py").write_text(CONFIG.format(file=file))
        if text is not None:
            (home / file).write_text(text)
    return tmp_path / "site"


def run(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([*sys.path, str(site)])
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip


def shown(site: Path, *words: str) -> Any:
    done = run(site, "-m", "dask_backend_config", *words, "--format", "json")
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_their_keys_have_the_values_that_dask_gets_when_they_are_imported(site: Path) -> None:
    code = (
        "import json, dask.config, distributed, dask_fleet, site_clusters\n"
        "print(json.dumps([dask.config.get(key) for key in ('fleet', 'jobqueue.chtc')]))"
    )
    fleet, chtc = json.loads(run(site, "-c", code).stdout)
    values = shown(site, "show", "fleet")["values"]
    assert {key: entry["value"] for key, entry in values.items()} == {
        "fleet.address": fleet["address"],
        "fleet.options": fleet["options"],
        "fleet.ship_yard.names": fleet["ship_yard"]["names"],
        "fleet.ship_yard.size": fleet["ship_yard"]["size"],
    }
    assert values["fleet.address"]["origin"]["name"] == "dask_fleet"
    values = shown(site, "show", "jobqueue.chtc")["values"]
    assert {key.rpartition(".")[2]: entry["value"] for key, entry in values.items()} == chtc


def test_they_do_not_replace_defaults_of_packages_that_a_process_imports(site: Path) -> None:
    explained = shown(site, "explain", "distributed.scheduler.allowed-failures")
    assert (explained["value"], explained["origin"]["name"]) == (3, "distributed")
    assert [entry["origin"]["name"] for entry in explained["shadowed"]] == ["dask_fleet"]


def test_their_sections_are_checked_only_where_they_are_installed(site: Path) -> None:
    file = site.parent / "fleet.yaml"
    file.write_text(
        "fleet:\n  adress: x\n  ship-yard: {size: many}\n  options: {any: 1}\n"
        "jobqueue: {chtc: {worker-image: y}}\nbroken: {any: 1}\n"
    )
    (finding,) = shown(site, "doctor", "--file", str(file))["findings"]
    assert (finding["key"], finding["origin"]["line"]) == ("fleet.adress", 2)
    assert "fleet.address" in finding["hint"]
    elsewhere = shown(site.parent, "doctor", "--file", str(file))
    assert elsewhere["findings"] == []


def test_the_working_directory_is_no_place_for_packages(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site)
    done = run(site.parent, "-m", "dask_backend_config", "show", "fleet")
    assert "unknown key fleet" in done.stderr
