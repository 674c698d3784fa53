"""What the doctor asks a scheduler, and when it runs no command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from dask_backend_config.backends import scheduler_answers
from dask_backend_config.doctor import site_probe
from dask_backend_config.doctor.facts import gather_facts
from dask_backend_config.doctor.run import needs_site
from dask_backend_config.doctor.site import Site
from dask_backend_config.doctor.site_probe import with_sites
from dask_backend_config.schedulers import SCHEDULERS, Output, run
from tests.consoles import write_programs
from tests.doctor.checks.conftest import SLURM

Ask = Callable[..., "Site | None"]
DOWN = "$ scontrol ping\nSlurmctld(primary) at head is DOWN"
QUEUES = ("main", "short", "gpu_queue", "old")


@pytest.fixture
def ask(user_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Return the site of a configuration with only the programs of a console on PATH."""
    for name in {name for entry in SCHEDULERS.values() for name in entry.job_variables}:
        monkeypatch.delenv(name, raising=False)

    def run(text: str = "", console: str = SLURM, **variables: str) -> Site | None:
        (user_folder / "dask.yaml").write_text(text)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        write_programs(tmp_path / "bin", console)
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        return next(iter(with_sites(gather_facts()).sites), None)

    return run


@pytest.mark.parametrize(
    ("text", "section"),
    [
        pytest.param("backends: {default: slurm}\n", "backends.slurm", id="kind"),
        pytest.param(
            "backends: {default: big, profiles: {big: {backend: slurm}}}\n",
            "backends.profiles.big",
            id="profile",
        ),
        pytest.param("backends: {default: auto}\n", "backends.slurm", id="auto"),
        pytest.param("", "backends.slurm", id="nothing set"),
    ],
)
def test_the_configured_scheduler_is_asked(ask: Ask, text: str, section: str) -> None:
    site = ask(text)
    assert site is not None
    assert (site.kind, site.title, site.section, site.no_answer) == ("slurm", "Slurm", section, "")
    assert site.queues is not None
    assert tuple(queue.name for queue in site.queues) == QUEUES


PROFILES = """\
backends:
  default: {default}
  profiles:
    gpu: {{backend: slurm, queue-name: nosuch}}
    short: {{backend: slurm, queue-name: short}}
    elsewhere: {{backend: lsf, queue-name: a}}
    here: {{backend: local}}
"""


@pytest.mark.parametrize(
    ("default", "name", "sections"),
    [
        pytest.param("local", "", ["profiles.gpu", "profiles.short"], id="profiles"),
        pytest.param("auto", "", ["slurm", "profiles.gpu", "profiles.short"], id="and the default"),
        pytest.param("short", "gpu", ["profiles.short", "profiles.gpu"], id="each once"),
        pytest.param("local", "slurm", ["slurm", "profiles.gpu", "profiles.short"], id="a kind"),
        pytest.param(
            "local", "elsewhere", ["profiles.elsewhere", "profiles.gpu", "profiles.short"],
            id="named, but not installed",
        ),
        pytest.param("local", "here", ["profiles.gpu", "profiles.short"], id="named, but local"),
        pytest.param("local", "nobody", ["profiles.gpu", "profiles.short"], id="undefined"),
    ],
)  # fmt: skip
def test_every_profile_that_can_run_here_is_asked_about_at_once(
    ask: Ask, rounds: list[list[Sequence[str]]], default: str, name: str, sections: list[str]
) -> None:
    ask(PROFILES.format(default=default))
    rounds.clear()
    sites = with_sites(gather_facts(), name).sites
    assert [site.section.removeprefix("backends.") for site in sites] == sections
    assert len(rounds) == (2 if default == "auto" else 1)
    assert len({tuple(words) for run in rounds for words in run}) == sum(map(len, rounds))


def test_each_worker_group_is_a_site(ask: Ask) -> None:
    groups = "worker-groups: {a: {queue-name: short}, b: null}"
    profile = f"{{backend: slurm, {groups}}}"
    ask(f"backends: {{default: slurm, jobqueue: {{{groups}}}, profiles: {{x: {profile}}}}}\n")
    sites = with_sites(gather_facts()).sites
    assert [site.section.removeprefix("backends.") for site in sites] == [
        "slurm.worker-groups.a", "slurm.worker-groups.b",
        "profiles.x.worker-groups.a", "profiles.x.worker-groups.b",
    ]  # fmt: skip
    assert [site.key_to_set("queue-name") for site in sites][::3] == [
        "backends.jobqueue.worker-groups.a.queue-name",
        "backends.profiles.x.worker-groups.b.queue-name",
    ]


def test_each_site_knows_the_key_that_chooses_it(ask: Ask) -> None:
    ask(PROFILES.format(default="short"))
    sites = with_sites(gather_facts(), "slurm").sites
    found = [(site.key, site.origin.line) for site in sites]
    assert found == [
        ("backends.default", 2), ("backends.slurm", None), ("backends.profiles.gpu.backend", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "console"),
    [
        pytest.param("backends: {default: local}\n", SLURM, id="local"),
        pytest.param("backends: {default: [slurm]}\n", SLURM, id="not a string"),
        pytest.param("backends: {default: nobody}\n", SLURM, id="undefined"),
        pytest.param(
            "backends: {default: here, profiles: {here: {backend: local}}}\n",
            SLURM,
            id="profile of another backend",
        ),
        pytest.param("backends: {default: x, profiles: {x: 7}}\n", SLURM, id="not a section"),
        pytest.param("backends: 7\n", "", id="no sections at all"),
        pytest.param("", "", id="auto, nothing on PATH"),
        pytest.param("backends: {default: slurm}\na: b: c\n", SLURM, id="dask cannot be imported"),
    ],
)
def test_no_scheduler_is_asked_if_no_queue_is_configured(ask: Ask, text: str, console: str) -> None:
    assert ask(text, console) is None


def test_no_command_runs_without_configuration_and_programs(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a command ran")

    monkeypatch.setattr(run, "run_all", refuse)
    assert ask("", "") is None
    assert ask("backends: {default: local}\n") is None


def test_a_job_asks_its_own_scheduler_even_without_an_answer(ask: Ask) -> None:
    site = ask("", DOWN, SLURM_JOB_ID="7")
    assert site is not None
    assert site.no_answer.startswith("scontrol ping gave an answer that was not understood: ")


def test_a_hanging_command_times_out(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(site_probe, "LIMIT", 0.2)
    write_programs(tmp_path / "bin", SLURM)
    program = tmp_path / "bin" / "scontrol"
    program.write_text("#!/bin/sh\necho retrying >&2\nexec /bin/sleep 60\n")
    site = ask("backends: {default: slurm}\n", "")
    assert site is not None
    assert site.no_answer == "scontrol ping did not answer within 0.2 s: retrying"
    assert site.queues is None


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[list[Sequence[str]]]:
    """Record the commands of each round, and run them."""
    asked: list[list[Sequence[str]]] = []
    real = scheduler_answers.run_all

    def note(wanted: list[Sequence[str]], limit: float) -> list[Output]:
        asked.append(wanted)
        assert 0 < limit <= site_probe.LIMIT
        return real(wanted, limit)

    monkeypatch.setattr(scheduler_answers, "run_all", note)
    return asked


def test_the_commands_of_a_named_scheduler_run_once_in_parallel(
    ask: Ask, rounds: list[list[Sequence[str]]]
) -> None:
    assert ask("backends: {default: sge}\n") is not None
    scheduler = SCHEDULERS["sge"]
    assert scheduler.probe in scheduler.queue_commands
    assert rounds == [sorted({scheduler.probe, *scheduler.queue_commands})]


def test_auto_asks_schedulers_on_the_path_then_the_one_that_answered(
    ask: Ask, rounds: list[list[Sequence[str]]]
) -> None:
    site = ask("", SLURM + "$ qstat -f\nnothing\n")
    assert site is not None
    asked = [sorted(words[0] for words in run) for run in rounds]
    assert asked == [["qstat", "qstat", "scontrol"], ["sinfo"]]


def test_a_scheduler_that_auto_does_not_find_is_known_without_its_jobs(ask: Ask) -> None:
    site = ask("backends: {slurm: {queue-name: nosuch, python: /nowhere}}", DOWN)
    assert site is not None
    assert (site.kind, site.key, site.replaced) == ("slurm", "backends.default", True)
    assert (site.requested, site.queues, site.python, site.folders) == ({}, None, None, ())


def test_a_scheduler_without_queues_has_none(ask: Ask) -> None:
    probe = " ".join(SCHEDULERS["htcondor"].probe)
    console = f"$ {probe}\n-- Schedd: head : <127.0.0.1:9618?... @ 11/23/26"
    site = ask("backends: {default: htcondor}\n", console)
    assert site is not None
    assert site.queues is None


def test_the_doctor_does_not_import_dask_and_writes_no_file(
    user_folder: Path, tmp_path: Path
) -> None:
    (user_folder / "dask.yaml").write_text("backends: {default: slurm}\n")
    write_programs(tmp_path / "bin", SLURM)
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dask_backend_config", "doctor"],
        env={**os.environ, "PATH": str(tmp_path / "bin")},
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "dask_backend_config.doctor.job_requests" in imported
    assert imported & {"dask", "dask.config", "distributed", "dask_jobqueue"} == set()
    home = user_folder.parents[1]
    assert [str(path.relative_to(home)) for path in sorted(home.rglob("*"))] == [
        ".config", ".config/dask", ".config/dask/dask.yaml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("select", "ignore", "needed"),
    [
        pytest.param((), (), True, id="all checks"),
        pytest.param(("unknown-queue", "wrong-type"), (), True, id="selected"),
        pytest.param(("wrong-type",), (), False, id="not selected"),
        pytest.param(("unknown-queue",), ("unknown-queue",), False, id="left out"),
        pytest.param((), ("unknown-queue",), True, id="another is left"),
    ],
)
def test_the_scheduler_is_asked_only_for_checks_that_need_it(
    select: tuple[str, ...], ignore: tuple[str, ...], needed: bool
) -> None:
    assert needs_site(select, ignore) is needed
