"""The check of schedulers that do not answer."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import scheduler_silent
from tests.doctor.checks.conftest import SLURM, Examine

CONFIGURED = "backends:\n  default: slurm\n"
LISTING = 'sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"'


@pytest.mark.parametrize(
    ("console", "words"),
    [
        pytest.param("", "Slurm does not answer: scontrol: command not found", id="missing"),
        pytest.param(
            "$ scontrol ping\nSlurmctld(primary) at head is DOWN",
            "scontrol ping gave an answer that was not understood: Slurmctld(primary) at head is DOWN",
            id="down",
        ),
        pytest.param(
            "$ scontrol version\nslurm 22", "scontrol ping ended with exit code 1: ", id="fails"
        ),
        pytest.param(
            "$ scontrol ping\nSlurmctld(primary) at head is UP",
            "sinfo: command not found",
            id="no listing",
        ),
        pytest.param(
            f"$ scontrol ping\nSlurmctld(primary) at head is UP\n$ {LISTING}\nslurm_load: what?",
            "sinfo --all --noheader --format",
            id="strange listing",
        ),
    ],
)
def test_finds_a_scheduler_that_does_not_answer(
    examine_site: Examine, console: str, words: str
) -> None:
    (finding,) = examine_site(scheduler_silent, CONFIGURED, console=console)
    assert (finding.severity, finding.key) == ("warning", "backends.default")
    assert words in finding.message
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (2, 12)


def test_suggests_loading_a_module_if_a_command_is_missing(examine_site: Examine) -> None:
    (finding,) = examine_site(scheduler_silent, CONFIGURED, console="")
    assert "module" in finding.hint


@pytest.mark.parametrize(
    "text",
    ["", "backends: {default: auto}\n", "backends: {profiles: {night: {backend: slurm}}}\n"],
    ids=["nothing set", "auto", "a profile beside"],
)
def test_finds_a_scheduler_that_auto_replaces_by_the_local_backend(
    examine_site: Examine, text: str
) -> None:
    down = "$ scontrol ping\nSlurmctld(primary) at head is DOWN"
    (finding,) = examine_site(scheduler_silent, text, console=down)
    severity = "warning" if "auto" in text else "info"
    assert (finding.severity, finding.key) == (severity, "backends.default")
    assert finding.message.startswith("Slurm does not answer, so auto uses the local backend: scon")
    assert finding.message.endswith("Slurmctld(primary) at head is DOWN")
    assert "to slurm" in finding.hint


def test_shortens_long_output(examine_site: Examine) -> None:
    (finding,) = examine_site(scheduler_silent, CONFIGURED, console="$ scontrol ping\n" + "x" * 999)
    assert len(finding.message) < 350
    assert finding.message.endswith("x ...")


def test_silent_if_it_answers_or_none_is_configured(examine_site: Examine) -> None:
    cases = {
        "answers": (CONFIGURED, SLURM),
        "nothing configured": ("", ""),
        "auto, another program": ("", "$ scontrol ping\nhello"),
        "auto, one answers": ("", SLURM + "$ showq -x\n"),
        "local": ("backends: {default: local}\n", SLURM),
        "undefined": ("backends: {default: nobody}\n", SLURM),
        "not chosen": ("backends: {slurm: {queue-name: main}}\n", ""),
    }
    found = {
        name: examine_site(scheduler_silent, text, console=console)
        for name, (text, console) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
