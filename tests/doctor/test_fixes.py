"""What fixes change, with dask and dask-jobqueue as the oracles."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask.config
import pytest
import yaml
from dask_jobqueue.slurm import SLURMJob
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from dask_backend_config.catalogue import shipped
from dask_backend_config.core.equality import strictly_equal
from dask_backend_config.core.keys import are_nested, hyphenated
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.findings import Finding
from dask_backend_config.doctor.fixes import plan_fixes
from dask_backend_config.doctor.run import run_checks
from dask_backend_config.yaml_edit.patch import Move, Rename
from tests import oracle, trees

#: Sections and values that the doctor can fix.
PIECES = (
    "connect-timeout: 5s", "shuffle: tasks", "shuffle: disk", "distributed.worker.daemon: false",
    "fuse-subgraphs: true", "worker: {daemon: true, preload: []}",
    "distributed: {comm: {recent-messages-log-length: 0}, scheduler: {transition-log-length: 9}}",
    "distributed: {admin: {low-level-log-length: 5}, comm: {recent-messages-log-length: 7}}",
    "distributed: {worker: {daemon: no, allowed-failures: 5}}", "daemon: yes", "rmm: {pool-size: 5}",
    "distributed: {scheduler: {allowed-failures: 010}, worker: {allowed-failures: 4}}",
    "jobqueue: {slurm: {project: x, extra: [], walltime: 12:00:00, job-script-prologue: ls}}",
    "jobqueue: {mysite: {extra: [--x], env-extra: [], job-extra: [], walltime: 1:00:00}}",
    "array: {rechunk-threshold: 4, chunk-size: 1MiB}", "distributed: {worker: {daemon: 'False'}}",
)  # fmt: skip
texts = st.one_of(
    trees.files.map(yaml.safe_dump),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("\n# remark\n".join),
    st.sampled_from(PIECES).map(lambda piece: yaml.safe_dump(yaml.safe_load(piece))),
)


def _read(folder: Path) -> dict[str, Any]:
    """Return what dask reads after ``import distributed``, by hyphenated keys."""
    with oracle.environment({"DASK_CONFIG": str(folder)}, str(folder / "nobody")):
        config = oracle.import_dask_config()
        oracle.import_distributed(config)
    return dict(_flat(config.config, ""))


def _flat(tree: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        key = f"{prefix}{hyphenated(str(name))}"
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _meant(finding: Finding) -> list[str]:
    """Return the keys that a fix may change: the finding's own, and where it moves or sets it."""
    assert finding.fix and finding.key
    places = [
        edit.to
        if isinstance(edit, Move)
        else (*edit.path[:-1], edit.name)
        if isinstance(edit, Rename)
        else edit.path
        for edit in finding.fix.edits
    ]
    return [hyphenated(key) for key in (finding.key, *map(".".join, places))]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(["a.yaml", "b.yaml"]), texts, min_size=1))
def test_a_safe_fix_changes_no_other_value(tmp_path: Path, files: dict[str, str]) -> None:
    for path in tmp_path.glob("*.yaml"):
        path.unlink()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    facts = gather_facts({"DASK_CONFIG": str(tmp_path)})
    if facts.breaks_dask:
        return
    before = _read(tmp_path)
    fixable = [found for found in run_checks(facts) if found.fix and found.fix.safe]
    event(f"{min(len(fixable), 3)} fixes")
    for finding in fixable:
        for fixes in plan_fixes(facts, [finding]):
            path, old = Path(fixes.plan.snapshot.path), fixes.plan.snapshot.text
            path.write_text(fixes.plan.text)
            after = _read(tmp_path)
            again = gather_facts({"DASK_CONFIG": str(tmp_path)})
            for repeated in plan_fixes(again, [finding]):
                assert not repeated.plan.changes
            path.write_text(old)
            assert re.findall("#.*", fixes.plan.text) == re.findall("#.*", old)
            for key in {**before, **after}:
                if not strictly_equal(before.get(key, ...), after.get(key, ...)):
                    assert any(are_nested(key, one) for one in _meant(finding)), (finding, key)


OLD = ("recent-messages-log-length", "transition-log-length")


@pytest.mark.parametrize("values", [(0, 100000), (100000, 0)])
@pytest.mark.parametrize(
    "names", [("a.yaml", "a.yaml"), ("a.yaml", "b.yaml"), ("b.yaml", "a.yaml")]
)
def test_of_two_old_names_dask_still_reads_the_same(
    tmp_path: Path, names: tuple[str, str], values: tuple[int, int]
) -> None:
    sections = ("distributed.comm", "distributed.scheduler")
    for name, section, old, value in zip(names, sections, OLD, values, strict=True):
        tree = {"distributed": {section.rpartition(".")[2]: {old: value}}}
        path = tmp_path / name
        written = yaml.safe_load(path.read_text()) if path.exists() else {}
        path.write_text(yaml.safe_dump(dask.config.merge(written, tree)))
    before = _read(tmp_path)
    facts = gather_facts({"DASK_CONFIG": str(tmp_path)})
    for fixes in plan_fixes(facts, run_checks(facts, ["renamed-key"])):
        Path(fixes.plan.snapshot.path).write_text(fixes.plan.text)
    key = "distributed.admin.low-level-log-length"
    assert _read(tmp_path)[key] == before[key]


def test_an_old_name_in_two_files_can_be_fixed_in_both(tmp_path: Path) -> None:
    for name, value in (("a.yaml", "1s"), ("b.yaml", "2s")):
        (tmp_path / name).write_text(f"connect-timeout: {value}\n")
    facts = gather_facts({"DASK_CONFIG": str(tmp_path)})
    found = run_checks(facts, ["renamed-key"])
    # The value in the other file, which dask moves to the new key, would win.
    (alone,) = plan_fixes(facts, found[1:])
    assert [finding.origin for finding, _ in alone.refused] == [found[1].origin]
    for fixes in plan_fixes(facts, found):
        assert fixes.refused == ()
        Path(fixes.plan.snapshot.path).write_text(fixes.plan.text)
    assert _read(tmp_path)["distributed.comm.timeouts.connect"] == "2s"


@pytest.mark.parametrize("extra", ["[]", "[--x]"])
@pytest.mark.parametrize("env_extra", ["[]", "[ls]", "''"])
@pytest.mark.parametrize("name", ["mysite", "slurm"])
def test_old_names_of_dask_jobqueue_can_be_fixed(
    tmp_path: Path, name: str, extra: str, env_extra: str
) -> None:
    defaults = shipped.of_package(shipped.PACKAGES[2])["jobqueue"]["slurm"]
    section = {key: value for key, value in defaults.items() if not key.startswith("job-extra")}
    section |= {"cores": 1, "memory": "1 GB", "extra": yaml.safe_load(extra), "job-extra": []}
    section |= {"env-extra": yaml.safe_load(env_extra)}
    path = tmp_path / "jobqueue.yaml"
    path.write_text(yaml.safe_dump({"jobqueue": {name: section}}))
    facts = gather_facts({"DASK_CONFIG": str(tmp_path)})
    assert "FutureWarning" in (before := _script(path, name))[1]
    (fixes,) = plan_fixes(facts, run_checks(facts, ["renamed-key"]))
    path.write_text(fixes.plan.text)
    assert _script(path, name) == (before[0], "")


def _script(path: Path, name: str) -> tuple[str, str]:
    """Return dask-jobqueue's script, and the names of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = yaml.safe_load(path.read_text())
        with dask.config.set(dask.config.merge(shipped.of_package(shipped.PACKAGES[2]), data)):
            job = SLURMJob(scheduler="tcp://x:1", name="n", config_name=name)
            return str(job.job_script()), " ".join(each.category.__name__ for each in caught)
