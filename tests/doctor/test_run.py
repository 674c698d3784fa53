"""All checks together: no false alarms, one finding for each problem, linear time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import dask.config
import pytest

from dask_backend_config.catalogue import shipped
from dask_backend_config.catalogue.dask_releases import installed_version, is_before
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.findings import Finding
from dask_backend_config.doctor.run import run_checks

#: A key that dask 2024.12 renames, and newer releases do not know.
FUSE_SUBGRAPHS = (
    "renamed-key" if is_before(installed_version(), "2025.1.0") else "removed-key",
    "fuse-subgraphs",
)
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


def _shipped(entry: shipped.PackageFiles) -> Path:
    folder = shipped.package_folder(entry.package)
    assert folder is not None
    return folder / entry.defaults


def _findings() -> list[Finding]:
    return run_checks(gather_facts())


def test_no_configuration_has_no_findings() -> None:
    assert _findings() == []


@pytest.mark.parametrize("entry", shipped.PACKAGES, ids=lambda entry: entry.package)
def test_a_commented_template_has_no_findings(entry: shipped.Shipped, user_folder: Path) -> None:
    dask.config.ensure_file(str(_shipped(entry)), str(user_folder))
    assert (user_folder / entry.defaults).read_text().startswith("# ")
    assert _findings() == []


@pytest.mark.parametrize("entry", shipped.PACKAGES, ids=lambda entry: entry.package)
def test_the_defaults_of_a_package_override_only_recommended_settings(
    entry: shipped.Shipped, user_folder: Path
) -> None:
    dask.config.ensure_file(str(_shipped(entry)), str(user_folder), comment=False)
    undone = [("recommendation-undone", "distributed.comm.timeouts.connect")]
    undone += [("recommendation-undone", "distributed.worker.daemon")]
    found = sorted((finding.id, finding.key) for finding in _findings())
    assert found == (undone if entry.package == "distributed" else [])


def test_the_defaults_of_this_package_have_no_findings(user_folder: Path) -> None:
    for name in (shipped.RECOMMENDED, shipped.BACKENDS):
        (user_folder / name).write_text((shipped.folder() / name).read_text())
    assert _findings() == []


def test_keys_of_other_packages_have_no_findings(user_folder: Path) -> None:
    (user_folder / "others.yaml").write_text(
        "kubernetes: {name: x, worker-template: {spec: {containers: [{args: [dask-worker]}]}}}\n"
        "labextension: {factory: {module: dask_jobqueue}}\n"
        "gateway: {address: https://hub.example.org}\n"
        "distributed:\n"
        "  logging: {distributed.worker: info, tornado.application: error}\n"
        "  nanny: {pre-spawn-environ: {OMP_NUM_THREADS: 4, MALLOC_TRIM_THRESHOLD_: 0}}\n"
        "  worker: {resources: {GPU: 2}}\n"
        "  comm: {ucx: {cuda-copy: true}}\n"
    )
    assert _findings() == []


#: Every finding in the corpus, read and judged by hand: file -> the keys of real mistakes.
REAL_MISTAKES: dict[str, list[tuple[str, str | None]]] = {
    "00-jobqueue.yaml": [
        ("renamed-key", "jobqueue.sge.extra"),
        ("renamed-key", "jobqueue.sge.env-extra"),
        ("renamed-key", "jobqueue.sge.job-extra"),
    ],
    "03-jobqueue.yaml": [
        ("renamed-key", "jobqueue.slurm.extra"),
        ("renamed-key", "jobqueue.slurm.project"),
        ("renamed-key", "jobqueue.slurm.env-extra"),
        ("renamed-key", "jobqueue.slurm.job-extra"),
        ("renamed-key", "jobqueue.local.extra"),
        ("renamed-key", "jobqueue.local.env-extra"),
        ("renamed-key", "jobqueue.local.job-extra"),
    ],
    "10-dask_config.yaml": [("missing-module", "distributed.scheduler.preload")],
    "11-jobqueue.yaml": [
        ("wrong-type", "jobqueue.pbs.local-directory"),
        ("wrong-type", "jobqueue.pbs.log-directory"),
    ],
    "12-config.yaml": [FUSE_SUBGRAPHS, ("renamed-key", "fuse-ave-width")],
    "14-config.yaml": [
        FUSE_SUBGRAPHS,
        ("renamed-key", "fuse-ave-width"),
        ("stray-leaf", "memory"),
    ],
    "15-config.yaml": [FUSE_SUBGRAPHS, ("renamed-key", "fuse-ave-width")],
    "17-jobqueue.yaml": [
        ("unknown-key", "jobqueue.slurm.allowed-failures"),
        ("renamed-key", "jobqueue.slurm.extra"),
        ("renamed-key", "jobqueue.slurm.env-extra"),
    ],
    "18-jobqueue_KEELING.yaml": [("unknown-key", "jobqueue.slurm.allowed-failures")],
    "19-dask.yaml": [
        ("recommendation-undone", "distributed.comm.timeouts.connect"),
        ("recommendation-undone", "distributed.comm.timeouts.tcp"),
        ("recommendation-undone", "distributed.deploy.lost-worker-timeout"),
    ],
    "22-dask.yaml": [("missing-module", "distributed.admin.event-loop")],
    "25-dask_config.yaml": [
        ("wrong-type", "distributed.worker.memory.rebalance.measure"),
        ("recommendation-undone", "distributed.comm.timeouts.connect"),
        ("recommendation-undone", "distributed.comm.timeouts.tcp"),
    ],
}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of users' files is not beside us")
@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yaml")), ids=lambda path: path.name)
def test_in_files_of_real_users_only_real_mistakes_are_found(
    path: Path, user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("JUPYTERHUB_USER", "JUPYTERHUB_BASE_URL"):  # of the links to their dashboards
        monkeypatch.setenv(variable, "me")
    name = path.name.partition("-")[2]
    (user_folder / name).write_bytes(path.read_bytes())
    (user_folder / name).chmod(0o600)
    found = [(finding.id, finding.key) for finding in _findings()]
    assert found == REAL_MISTAKES.get(path.name, [])


def test_findings_are_sorted_by_file_line_and_column_then_variables(
    user_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (user_folder / "a.yaml").write_text("distributed:\n  wroker: {}\n  schedulr: {a: 1}\n")
    (user_folder / "b.yaml").write_text("distributed:\n  nany: {a: 1}\n")
    monkeypatch.setenv("DASK_DISTRIBUTED__COMN__RETRY__COUNT", "1")
    places = [str(finding.origin) for finding in _findings()]
    assert places == [
        "~/.config/dask/a.yaml:2:3",
        "~/.config/dask/a.yaml:3:3",
        "~/.config/dask/b.yaml:2:3",
        "DASK_DISTRIBUTED__COMN__RETRY__COUNT",
    ]


def _many_lines(number: int) -> str:
    lines = ["distributed:", "  nanny:", "    environ:"]
    return "\n".join([*lines, *(f"      NAME_{index}: {index}  # why" for index in range(number))])


def _many_sections(number: int) -> str:
    lines = (f"package{index}:\n  key: [1, 2]\n  other: 'text'" for index in range(number // 3))
    return "\n".join(lines)


def _many_mistakes(number: int) -> str:
    lines = (f"  wroker{index}: 1" for index in range(number // 20))
    return "distributed:\n" + "\n".join(lines)


def _malformed_at_the_end(number: int) -> str:
    return _many_lines(number) + "\n   b: [\n"


def _commented(number: int) -> str:
    return "# note\n" * number


@pytest.mark.parametrize(
    "text",
    [_many_lines, _many_sections, _many_mistakes, _malformed_at_the_end, _commented],
    ids=lambda text: text.__name__.strip("_"),
)
def test_the_time_grows_in_proportion_to_the_file(
    text: Callable[[int], str], user_folder: Path
) -> None:
    def seconds(lines: int) -> float:
        (user_folder / "mine.yaml").write_text(text(lines))
        began = time.perf_counter()
        _findings()
        return time.perf_counter() - began

    seconds(100)  # what is read once is read
    small, large = (min(seconds(lines) for _ in range(2)) for lines in (2_000, 16_000))
    assert large / small < 24, (
        "eight times the lines; twenty-four times would be near n log n's end"
    )


def test_twenty_files_are_all_examined(user_folder: Path) -> None:
    for number in range(20):
        (user_folder / f"{number:02}.yaml").write_text(f"package{number}: 1\n")
    facts = gather_facts()
    assert [Path(file.path).name for file in facts.files] == [f"{n:02}.yaml" for n in range(20)]
    assert run_checks(facts) == []
