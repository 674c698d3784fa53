"""The check of queues that do not exist."""

from __future__ import annotations

import pytest

from dask_backend_config.doctor.checks import unknown_queue
from tests.doctor.checks.conftest import SLURM, Examine

LISTING = SLURM.partition("\n$ sinfo")[2].partition("\n")[0]


def _slurm(queue: str, section: str = "slurm") -> str:
    return f"backends:\n  default: slurm\n  {section}:\n    queue-name: {queue}\n"


@pytest.mark.parametrize(
    ("text", "key", "place"),
    [
        pytest.param(_slurm("gpu-queue"), "backends.slurm.queue-name", (4, 17), id="scheduler"),
        pytest.param(_slurm("gpu_qeue", "jobqueue"), "backends.jobqueue.queue-name", (4, 17), id="shared"),
        pytest.param(
            "backends:\n  default: big\n  profiles:\n    big: {backend: slurm, queue-name: gpu_quee}\n",
            "backends.profiles.big.queue-name", (4, 39), id="profile",
        ),
        pytest.param(
            "backends:\n  default: slurm\n  slurm:\n    worker-groups: {a: {queue-name: short}, b: {queue-name: gpuqueue}}\n",
            "backends.slurm.worker-groups.b.queue-name", (4, 61), id="worker group",
        ),
        pytest.param(
            "backends: {default: slurm}\njobqueue:\n  slurm: {queue: gpuqueue}\n",
            "jobqueue.slurm.queue", (3, 18), id="dask-jobqueue's",
        ),
    ],
)  # fmt: skip
def test_finds_a_queue_that_does_not_exist(
    examine_site: Examine, text: str, key: str, place: tuple[int, int]
) -> None:
    (finding,) = examine_site(unknown_queue, text)
    assert (finding.severity, finding.key) == ("error", key)
    assert finding.hint == "Did you mean gpu_queue? Available: main, short, gpu_queue, old"
    assert finding.origin
    assert (finding.origin.line, finding.origin.column) == place


def test_names_each_of_several(examine_site: Examine) -> None:
    findings = examine_site(unknown_queue, _slurm("main,none,other"))
    assert [finding.message.split()[-1] for finding in findings] == ["none", "other"]


def test_lists_at_most_eight_queues(examine_site: Examine) -> None:
    lines = "".join(f"queue{number:02}|up|1:00|8|16000|(null)\n" for number in range(20))
    console = f"$ scontrol ping\nSlurmctld(primary) at head is UP\n$ sinfo{LISTING}\n{lines}"
    (finding,) = examine_site(unknown_queue, _slurm("other"), console=console)
    assert finding.hint.startswith("Available: queue00, queue01, ")
    assert finding.hint.endswith(" and 12 more")


def test_finds_it_even_if_another_value_is_invalid(examine_site: Examine) -> None:
    text = _slurm("nowhere") + "    resources-per-worker: {number-of-threads: many}\n"
    (finding,) = examine_site(unknown_queue, text)
    assert finding.message.endswith("nowhere")


def test_silent_on_queues_that_exist_or_cannot_be_known(examine_site: Examine) -> None:
    cases = {
        "exists": _slurm("main"),
        "two": _slurm("main,short"),
        "closed": _slurm("old"),
        "default": _slurm("null"),
        "of another server": _slurm("main@elsewhere"),
        "pattern": _slurm("'*'"),
        "not a string": _slurm("7"),
        "left out": _slurm("none") + "    skip-script-options: ['--partition']\n",
        "set again by an option": _slurm("none") + "    extra-script-options: ['-p main']\n",
    }
    found = {name: examine_site(unknown_queue, text) for name, text in cases.items()}
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_silent_if_the_queues_are_unknown(examine_site: Examine) -> None:
    cases = {
        "no commands": "",
        "no listing": "$ scontrol ping\nSlurmctld(primary) at head is UP",
        "empty listing": SLURM.partition("\nmain*")[0],
    }
    found = {
        name: examine_site(unknown_queue, _slurm("none"), console=console)
        for name, console in cases.items()
    }
    assert {name: findings for name, findings in found.items() if findings} == {}


def test_finds_a_misspelt_queue_of_a_profile_that_is_not_the_default(examine_site: Examine) -> None:
    text = "backends:\n  default: local\n  profiles:\n    gpu: {backend: slurm, queue-name: gpu_quue}\n"
    (finding,) = examine_site(unknown_queue, text)
    assert (finding.severity, finding.key) == ("error", "backends.profiles.gpu.queue-name")
    assert finding.origin and finding.origin.line == 4
    assert "gpu_queue?" in finding.hint
