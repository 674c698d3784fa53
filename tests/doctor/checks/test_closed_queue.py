"""The check of queues that are closed."""

from __future__ import annotations

from dask_backend_config.doctor.checks import closed_queue
from tests.doctor.checks.conftest import SLURM, Examine

CLOSED = SLURM.replace("main*|up", "main*|drain")


def _slurm(queue: str) -> str:
    return f"backends:\n  default: slurm\n  slurm:\n    queue-name: {queue}\n"


def test_finds_a_queue_that_is_down(examine_site: Examine) -> None:
    (finding,) = examine_site(closed_queue, _slurm("old"))
    assert (finding.severity, finding.key) == ("warning", "backends.slurm.queue-name")
    assert finding.hint.endswith("main, short, gpu_queue")
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (4, 17)


def test_finds_that_the_default_queue_is_closed(
    examine_site: Examine,
) -> None:
    (finding,) = examine_site(closed_queue, "backends: {default: slurm}\n", console=CLOSED)
    assert finding.key == "backends.slurm.queue-name"
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == (1, 21)


def test_suggests_no_other_queue_if_none_is_open(examine_site: Examine) -> None:
    console = SLURM.replace("|up|", "|inact|")
    (finding,) = examine_site(closed_queue, _slurm("main"), console=console)
    assert "use an open queue" not in finding.hint


def test_accepts_queues_that_start_jobs(examine_site: Examine) -> None:
    cases = {
        "open": (_slurm("main"), SLURM),
        "open default": (_slurm("null"), SLURM),
        "another is closed": (_slurm("short"), CLOSED),
        "one of two is open": (_slurm("old,main"), SLURM),
        "unknown": (_slurm("none"), SLURM),
        "no scheduler": (_slurm("old"), ""),
        "no default": (_slurm("null"), SLURM.replace("main*|up", "main|down")),
        "an extra option names one": (
            _slurm("null") + "    extra-script-options: ['--partition=short']\n",
            CLOSED,
        ),
    }
    found = {
        name: examine_site(closed_queue, text, console=console)
        for name, (text, console) in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}
