"""The imitated LSF rejects what LSF rejects, with its messages, and runs jobs as LSF does."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.schedulers.standins.engine import Cluster, shutdown
from tests.schedulers.standins.lsf import COMMANDS, QUEUES, install
from tests.schedulers.standins.lsf_common import status

FLAVOURS = ("ibm", "openlava")
UNITS = (
    "Limit must be a positive integer. You can use the following units for the limit: KB (or K),"
    " MB (or M), GB (or G), TB (or T), PB (or P), EB (or E), ZB (or Z)"
)


class Site:
    """A cluster and a folder to submit from."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = variables
        self.cluster = Cluster(Path(variables["LSF_ENVDIR"]).parent)

    @classmethod
    def made(cls, folder: Path, flavour: str, **settings: Any) -> Site:
        return cls(folder, install(folder / "lsf", flavour, **{"kill_delay": 0.1, **settings}))

    def run(
        self, *arguments: str, script: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        home = {"HOME": str(self.folder)}
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env={**home, **self.variables, **variables},
            input=script,
            stdin=subprocess.DEVNULL if script is None else None,
            capture_output=True,
            text=True,
            timeout=20,
        )

    def submit(self, *arguments: str, script: str | None = None, **variables: str) -> int:
        done = self.run("bsub", *arguments, script=script, **variables)
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split("<")[1].split(">")[0])

    def status(self, number: int) -> str:
        return self.run("bjobs", "-w", str(number)).stdout.splitlines()[1].split()[2]

    def becomes(self, number: int, wanted: str) -> None:
        """Wait for a state, without a bjobs for each look."""
        until(lambda: status(self.cluster.job(number) or {}) == wanted)


def until(condition: Callable[[], bool], limit: float = 15) -> None:
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    queues = {
        **QUEUES,
        "closed": {"open": False},
        "theirs": {"users": ["somebody-else"]},
        "wide": {"proclimit": None},
        "alone": {"exclusive": True},
    }
    made = {
        flavour: Site.made(
            tmp_path_factory.mktemp(flavour),
            flavour,
            queues=queues,
            resources=["scratch"],
            projects=["my project", "chemistry", None],
        )
        for flavour in FLAVOURS
    }
    yield made
    for site in made.values():
        shutdown(site.folder / "lsf")


@pytest.fixture
def ibm(sites: dict[str, Site], tmp_path: Path) -> Site:
    """The shared cluster with IBM's commands, and a folder for this test."""
    return Site(tmp_path, sites["ibm"].variables)


@pytest.fixture
def openlava(sites: dict[str, Site], tmp_path: Path) -> Site:
    """The shared cluster with OpenLava's commands, and a folder for this test."""
    return Site(tmp_path, sites["openlava"].variables)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    def made(flavour: str = "ibm", **settings: Any) -> Site:
        return Site.made(tmp_path, flavour, **settings)

    yield made
    shutdown(tmp_path / "lsf")


@pytest.fixture
def inside(
    sites: dict[str, Site],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command in this process: exit code, stdout, stderr."""

    def run(flavour: str, *arguments: str) -> tuple[int, str, str]:
        for name, value in sites[flavour].variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", list(arguments))
        module, function = COMMANDS[arguments[0]]
        found = importlib.import_module(f"tests.schedulers.standins.{module}")
        return (getattr(found, function)(), *capsys.readouterr())

    return run


def cases(*rows: tuple[str, str, list[str], str]) -> list[Any]:
    """Return parameters from rows of id, flavour or "both", arguments, message."""
    return [
        pytest.param(flavour, arguments, words, id=f"{name}-{flavour}")
        for name, flavours, arguments, words in rows
        for flavour in (FLAVOURS if flavours == "both" else (flavours,))
    ]


BAD_RESREQ = "Bad resource requirement syntax"
REFUSED = cases(
    ("unknown-queue", "both", ["-q", "nosuch"], "nosuch: No such queue"),
    ("closed-queue", "openlava", ["-q", "closed"], "closed: Queue has been closed"),
    ("queue-of-others", "ibm", ["-q", "theirs"], "theirs: User cannot use the queue"),
    ("second-queue-unknown", "openlava", ["-q", "closed nosuch"], "nosuch: No such queue"),
    ("time", "openlava", ["-W", "2:01"], "RUNLIMIT: Cannot exceed queue's hard limit(s)"),
    ("time-short", "ibm", ["-q", "short", "-W", "11"], "RUNLIMIT: Cannot exceed queue's hard limit(s)"),
    ("memory", "both", ["-M", "16777217"], "MEMLIMIT: Cannot exceed queue's hard limit(s)"),
    ("memory-unit", "ibm", ["-M", "17G"], "MEMLIMIT: Cannot exceed queue's hard limit(s)"),
    ("slots", "openlava", ["-n", "9"], "Too many processors requested"),
    ("slots-of-host", "openlava", ["-n", "9", "-q", "wide"], "Too many processors requested"),
    ("walltime-seconds", "both", ["-W", "00:10:00"], "00:10:00: Bad RUNLIMIT specification"),
    ("walltime-unit", "openlava", ["-W", "6h"], "6h: Bad RUNLIMIT specification"),
    ("walltime-host", "ibm", ["-W", "10/elsewhere"], "elsewhere: Bad host specification"),
    ("memory-text", "openlava", ["-M", "4GB"], "4GB: MEMLIMT value should be a positive integer"),
    ("memory-zero", "openlava", ["-M", "0"], "0: MEMLIMT value should be a positive integer"),
    ("memory-text", "ibm", ["-M", "4GiB"], f"MEMLIMIT value <4GiB> is not valid. {UNITS}"),
    ("memory-zero", "ibm", ["-M", "0"], f"MEMLIMIT value <0> is not valid. {UNITS}"),
    ("memory-fraction", "ibm", ["-M", "1.5G"], f"MEMLIMIT value <1.5G> is not valid. {UNITS}"),
    ("slots-zero", "openlava", ["-n", "0"], "The number of processors must be a positive integer"),
    ("slots-text", "ibm", ["-n", "two"], "Bad argument for option -n"),
    ("slots-range", "openlava", ["-n", "4,2"], "Bad argument for option -n"),
    ("requirement-bracket", "openlava", ["-R", "span[hosts=1"], BAD_RESREQ),
    ("requirement-span", "ibm", ["-R", "span[hosts=x]"], BAD_RESREQ),
    ("requirement-name", "openlava", ["-R", "rusage[memory=100]"], BAD_RESREQ),
    ("requirement-value", "ibm", ["-R", "rusage[mem=much]"], BAD_RESREQ),
    ("requirement-unit", "openlava", ["-R", "rusage[mem=4GB]"], BAD_RESREQ),
    ("requirement-select", "openlava", ["-R", "select[mem>]"], BAD_RESREQ),
    ("requirement-select-name", "ibm", ["-R", "select[gpu>0]"], BAD_RESREQ),
    ("requirement-twice", "openlava", ["-R", "span[hosts=1] span[ptile=1]"], BAD_RESREQ),
    ("host", "ibm", ["-m", "elsewhere"], "elsewhere: Bad host name, host group name or cluster name"),
    ("exclusive", "openlava", ["-x"], "normal: Queue does not accept EXCLUSIVE jobs"),
    ("interactive", "ibm", ["-I"], "Queue does not accept interactive jobs"),
    ("group", "openlava", ["-G", "them"], "User not in the specified user group"),
    ("dependency", "ibm", ["-w", "done(77)"], "77: No matching job found"),
    ("dependency-syntax", "openlava", ["-w", "done("], "done(: Dependency condition syntax error"),
    ("begin", "ibm", ["-b", "soon"], "soon: Bad time specification"),
    ("gpu-number", "ibm", ["-gpu", "num=0"], "num=0: Bad GPU requirement syntax"),
    ("gpu-word", "ibm", ["-gpu", "number=1"], "number=1: Bad GPU requirement syntax"),
    ("gpu-mode", "ibm", ["-gpu", "num=1:mode=own"], "num=1:mode=own: Bad GPU requirement syntax"),
    ("long-option", "openlava", ["-cwd", "/"], "wd: Bad CPULIMIT specification"),
    ("flag-with-value", "openlava", ["-Bx"], "bsub: option cannot have an argument -- B\n"),
)  # fmt: skip


@pytest.mark.parametrize(("flavour", "arguments", "words"), REFUSED)
def test_bsub_rejects_with_the_message_of_lsf(
    inside: Callable[..., tuple[int, str, str]], flavour: str, arguments: list[str], words: str
) -> None:
    done = inside(flavour, "bsub", *arguments, "true")
    assert done == (255, "", f"{words}. Job not submitted.\n")


@pytest.mark.parametrize(
    ("flavour", "arguments", "words"),
    [
        pytest.param("ibm", ["-Y"], "illegal option -- Y\nUsage: bsub ", id="unknown-ibm"),
        pytest.param("openlava", ["-Y"], "illegal option -- Y\nUsage: bsub ", id="unknown-openlava"),
        pytest.param("openlava", ["-gpu", "num=1"], "illegal option -- gpu\nUsage: bsub ", id="gpu"),
        pytest.param("ibm", ["-q"], "option requires an argument -- q\n", id="no-value"),
    ],
)  # fmt: skip
def test_bsub_rejects_options_that_it_cannot_read(
    inside: Callable[..., tuple[int, str, str]], flavour: str, arguments: list[str], words: str
) -> None:
    code, out, err = inside(flavour, "bsub", *arguments)
    assert (code, out) == (255, "")
    assert err.startswith(f"bsub: {words}")
    assert err.endswith(". Job not submitted.\n")


def test_an_unknown_project_is_rejected_by_the_sites_esub(
    sites: dict[str, Site],
) -> None:
    done = sites["ibm"].run("bsub", "-P", "alchemy", "true")
    assert done.returncode == 255
    assert done.stderr.splitlines()[-1] == "Request aborted by esub. Job not submitted."


ACCEPTED = cases(
    ("walltime", "openlava", ["-W", "02:00"], "default queue <normal>"),
    ("walltime-minutes", "ibm", ["-W", "120"], "default queue <normal>"),
    ("walltime-host", "openlava", ["-W", "2:00/node1"], "default queue <normal>"),
    ("memory", "both", ["-M", "16777216"], "default queue <normal>"),
    ("memory-unit", "ibm", ["-M", "16 GB"], "default queue <normal>"),
    ("slots", "openlava", ["-n", "2,8", "-R", "span[hosts=1]"], "default queue <normal>"),
    ("slots-of-host", "ibm", ["-n", "9", "-q", "wide"], "queue <wide>"),
    ("queues", "ibm", ["-q", "closed short"], "queue <short>"),
    ("exclusive", "openlava", ["-q", "alone", "-x"], "queue <alone>"),
    ("project", "ibm", ["-P", "chemistry"], "default queue <normal>"),
    (
        "requirement",
        "both",
        ["-R", "select[mem>100 && (type==any || scratch)] order[-ut:mem] rusage[mem=10:duration=1h]"],
        "default queue <normal>",
    ),
    ("requirement-unit", "ibm", ["-R", "rusage[mem=4GB/host]"], "default queue <normal>"),
    (
        "gpu",
        "ibm",
        ["-gpu", "num=1/task:mode=exclusive_process:mps=yes,shared:j_exclusive=yes:gmem=8G"],
        "default queue <normal>",
    ),
    ("gpu-default", "ibm", ["-gpu", "-"], "default queue <normal>"),
    (
        "mail-and-others",
        "openlava",
        ["-B", "-N", "-r", "-u", "me@here", "-L", "/bin/sh", "-E", "true", "-m", "node1"],
        "default queue <normal>",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("flavour", "arguments", "queue"), ACCEPTED)
def test_bsub_accepts_what_lsf_accepts(
    inside: Callable[..., tuple[int, str, str]], flavour: str, arguments: list[str], queue: str
) -> None:
    code, out, err = inside(flavour, "bsub", "-H", *arguments, "true")
    assert (code, err) == (0, "")
    assert out.startswith("Job <")
    assert out.endswith(f"> is submitted to {queue}.\n")


OTHERS = cases(
    ("bjobs-unknown", "both", ["bjobs", "777"], "Job <777> is not found\n"),
    ("bjobs-two-unknown", "ibm", ["bjobs", "777", "778"], "Job <777> is not found\nJob <778> is not found\n"),
    ("bjobs-number", "openlava", ["bjobs", "seven"], "seven: Illegal job ID.\n"),
    ("bjobs-queue", "ibm", ["bjobs", "-q", "nosuch"], "nosuch: No such queue\n"),
    ("bjobs-running", "openlava", ["bjobs", "-r", "-q", "wide"], "No running job found in queue <wide>\n"),
    ("bkill-unknown", "ibm", ["bkill", "777"], "Job <777>: No matching job found\n"),
    ("bkill-number", "openlava", ["bkill", "1", "x"], "x: Illegal job ID.\n"),
    ("bqueues-unknown", "ibm", ["bqueues", "nosuch"], "nosuch: No such queue\n"),
    ("bhosts-unknown", "openlava", ["bhosts", "x"], "x: Bad host name, host group name or cluster name\n"),
)  # fmt: skip


@pytest.mark.parametrize(("flavour", "arguments", "words"), OTHERS)
def test_other_commands_reject_with_the_message_of_lsf(
    inside: Callable[..., tuple[int, str, str]], flavour: str, arguments: list[str], words: str
) -> None:
    assert inside(flavour, *arguments) == (255, "", words)


@pytest.mark.parametrize("option", ["-o", "-json", "-noheader"])
def test_openlava_lacks_the_options_of_ibms_bjobs(sites: dict[str, Site], option: str) -> None:
    done = sites["openlava"].run("bjobs", option, "jobid")
    assert (done.returncode, done.stdout) == (255, "")
    assert done.stderr.startswith(f"bjobs: invalid option -- '{option[1]}'\nUsage: bjobs")


def test_bsub_fails_without_its_configuration(sites: dict[str, Site]) -> None:
    done = sites["ibm"].run("bsub", "true", LSF_ENVDIR="/nowhere")
    words = "lsb_init: Failed in an LSF library call: Unable to open file lsf.conf"
    assert (done.returncode, done.stderr) == (255, f"{words}. Job not submitted.\n")


# Directives

SCRIPT = """\
#!/bin/sh
#BSUB -J "two words"   # a comment
# BSUB -q short
 #BSUB -n 2 -P 'my project'
#BSUB -R \\
"span[hosts=1]"
true
#BSUB -W 00:05
"""


def fields(site: Site, number: int, names: str) -> list[str]:
    done = site.run("bjobs", "-noheader", "-o", f"{names} delimiter='|'", str(number))
    return done.stdout.rstrip("\n").split("|")


def test_directives_are_read_anywhere_in_stdin(ibm: Site) -> None:
    number = ibm.submit("-H", script=SCRIPT)
    names = "job_name queue nreq_slot proj_name combined_resreq runtimelimit"
    assert fields(ibm, number, names) == [
        "two words",
        "short",
        "2",
        "my project",
        "span[hosts=1]",
        "5.0",
    ]


def test_the_command_line_overrides_directives(ibm: Site) -> None:
    number = ibm.submit("-H", "-J", "mine", "-n", "1", "-R", "mem>1", script=SCRIPT)
    found = fields(ibm, number, "job_name nreq_slot combined_resreq")
    assert found == ["mine", "1", "mem>1"]


def test_directives_of_a_script_that_is_an_argument_are_comments(ibm: Site) -> None:
    path = ibm.folder / "script.sh"
    path.write_text("#!/bin/sh\n#BSUB -q nosuch\necho $0 $LSB_QUEUE > found\n")
    path.chmod(0o700)
    number = ibm.submit("./script.sh")
    ibm.becomes(number, "DONE")
    assert ibm.status(number) == "DONE"
    assert (ibm.folder / "found").read_text() == "./script.sh normal\n"


def test_a_script_that_may_not_be_executed_exits_with_126(ibm: Site) -> None:
    (ibm.folder / "script.sh").write_text("true\n")
    number = ibm.submit("./script.sh")
    ibm.becomes(number, "EXIT")
    assert fields(ibm, number, "exit_code") == ["126"]


def test_a_word_that_is_not_an_option_ends_all_directives(ibm: Site) -> None:
    number = ibm.submit("-H", script="#BSUB -J two words\n#BSUB -q nosuch\ntrue\n")
    assert fields(ibm, number, "job_name queue") == ["two", "normal"]


def test_the_first_value_of_a_repeated_limit_and_the_last_of_other_options_count(
    ibm: Site,
) -> None:
    twice = "#BSUB -n 1 -n 2 -W 3 -W 4 -q normal -q short -J a -J b\ntrue\n"
    number = ibm.submit("-H", script=twice)
    found = fields(ibm, number, "nreq_slot runtimelimit queue job_name")
    assert found == ["1", "3.0", "short", "b"]


def test_a_script_without_a_command_is_rejected(ibm: Site) -> None:
    path = ibm.folder / "empty.sh"
    path.write_text("#BSUB -q short\n\n")
    done = ibm.run("sh", "-c", f"bsub < {path}")
    words = "No command is specified in the script file. Job not submitted.\n"
    assert (done.returncode, done.stderr) == (255, words)


# A job's life


def test_a_job_has_lsfs_variables_and_the_environment_and_folder_of_its_submitter(
    openlava: Site,
) -> None:
    number = openlava.submit("-q", "short", "-n", "2", "-J", "a", script="env > found", DASK_X="1")
    openlava.becomes(number, "DONE")
    lines = (openlava.folder / "found").read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines)
    wanted = {
        "LSB_JOBID": str(number),
        "LSB_QUEUE": "short",
        "LSB_HOSTS": "node1 node1",
        "LSB_MCPU_HOSTS": "node1 2 ",
        "LSB_JOBNAME": "a",
        "LS_SUBCWD": str(openlava.folder),
        "PWD": str(openlava.folder),
        "HOME": str(openlava.folder),
        "DASK_X": "1",
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert "CUDA_VISIBLE_DEVICES" not in found


@pytest.mark.parametrize(
    ("value", "left"),
    [
        pytest.param("none", {}, id="none"),
        pytest.param("all", {"DASK_X": "1", "DASK_Y": "2"}, id="all"),
        pytest.param("all, ~DASK_X, DASK_Z=3", {"DASK_Y": "2", "DASK_Z": "3"}, id="all-but"),
        pytest.param("DASK_Y", {"DASK_Y": "2"}, id="one"),
    ],
)
def test_env_selects_the_inherited_variables(ibm: Site, value: str, left: dict[str, str]) -> None:
    number = ibm.submit("-env", value, script="env > found", DASK_X="1", DASK_Y="2")
    ibm.becomes(number, "DONE")
    lines = (ibm.folder / "found").read_text().splitlines()
    assert {line for line in lines if line.startswith("DASK")} == {
        f"{name}={value}" for name, value in left.items()
    }
    assert f"LSB_JOBID={number}" in lines


def test_output_is_written_with_a_report_when_the_job_ends(ibm: Site) -> None:
    script = "echo out; echo err >&2; touch printed; while [ ! -e go ]; do sleep 0.05; done; exit 3"
    number = ibm.submit("-o", "%J-%I.out", "-e", "%J.err", script=script)
    until(lambda: (ibm.folder / "printed").exists())
    assert list(ibm.folder.glob("*.out")) == []
    (ibm.folder / "go").touch()
    ibm.becomes(number, "EXIT")
    report, _, output = (ibm.folder / f"{number}-0.out").read_text().rpartition("follows:\n\n")
    assert output == "out\n"
    assert "in cluster <standin> Exited" in report
    assert "Exited with exit code 3." in report
    assert (ibm.folder / f"{number}.err").read_text() == "err\n"


def test_output_can_be_written_immediately_with_the_umask_of_the_submitter(
    make: Callable[..., Site],
) -> None:
    site = make(conf={"LSB_STDOUT_DIRECT": "Y"})
    script = "umask > mask; echo out; while [ ! -e go ]; do sleep 0.05; done"
    command = f"umask 027; bsub -o direct -e later '{script}'"
    assert site.run("sh", "-c", command).returncode == 0
    until(lambda: (site.folder / "direct").exists() and bool((site.folder / "direct").read_text()))
    assert (site.folder / "direct").read_text() == "out\n"
    (site.folder / "go").touch()
    site.becomes(1, "DONE")
    assert (site.folder / "direct").read_text().startswith("out\nSender: LSF System")
    assert (site.folder / "mask").read_text() == "0027\n"
    assert (site.folder / "later").stat().st_mode & 0o777 == 0o640


def test_output_is_joined_or_lost_depending_on_options(ibm: Site) -> None:
    script = "echo out; echo err >&2"
    (ibm.folder / "joined").write_text("before\n")
    ibm.becomes(ibm.submit("-N", "-o", "joined", script=script), "DONE")
    ibm.becomes(ibm.submit("-e", "only", script=script), "DONE")
    ibm.becomes(ibm.submit(script=script), "DONE")
    assert (ibm.folder / "joined").read_text() == "before\nout\nerr\n"
    assert (ibm.folder / "only").read_text() == "err\n"
    assert sorted(path.name for path in ibm.folder.iterdir()) == ["joined", "only"]


def test_a_job_waits_with_its_reason_while_the_host_is_full(make: Callable[..., Site]) -> None:
    site = make(node={"cpus": 2, "memory": 2**32, "gpus": 0})
    first = site.submit("-n", "2", "sleep", "60")
    second = site.submit("sleep", "60")
    reserving = site.submit("-R", "rusage[mem=5GB]", "sleep", "60")
    selecting = site.submit("-R", "select[mem>5GB]", "sleep", "60")
    site.becomes(first, "RUN")
    assert site.status(first) == "RUN"
    until(lambda: "slot limit" in site.run("bjobs", "-p", str(second)).stdout)
    assert site.status(second) == "PEND"
    assert site.run("bjobs", "-p", str(second)).stdout.endswith(
        " Job slot limit reached: 1 host;\n"
    )
    assert " Job slot limit reached: node1;\n" in site.run("bjobs", "-l", str(second)).stdout
    assert site.run("bhosts", "-w").stdout.splitlines()[1].split()[:4] == [
        "node1",
        "closed_Full",
        "-",
        "2",
    ]
    site.run("bkill", str(first))
    site.becomes(second, "RUN")
    assert fields(site, reserving, "pend_reason") == [
        "Job's requirements for reserving resource (mem) not satisfied: 1 host;"
    ]
    assert fields(site, selecting, "pend_reason") == [
        "Job's resource requirements not satisfied: 1 host;"
    ]


def test_gpus_are_assigned_and_jobs_with_too_many_wait_forever(make: Callable[..., Site]) -> None:
    site = make()
    script = "echo $CUDA_VISIBLE_DEVICES > $LSB_JOBID; sleep 60"
    numbers = [site.submit("-gpu", "num=1", script=script) for _ in range(3)]
    never = site.submit("-gpu", "num=3", script=script)
    until(lambda: all((site.folder / str(number)).exists() for number in numbers[:2]))
    until(lambda: all((site.folder / str(number)).read_text() for number in numbers[:2]))
    assert [(site.folder / str(number)).read_text() for number in numbers[:2]] == ["0\n", "1\n"]
    site.run("bkill", *map(str, numbers[:2]))
    site.becomes(numbers[2], "RUN")
    assert site.status(never) == "PEND"


def test_a_job_over_its_walltime_is_killed(make: Callable[..., Site]) -> None:
    site = make(minute=0.3)
    script = "trap '' USR2; sleep 60"
    number = site.submit("-W", "00:01", "-o", "out", "sleep", "60")
    deaf = site.submit("-q", "short", "-W", "1", script=script)
    site.becomes(number, "EXIT")
    assert fields(site, number, "exit_code exit_reason runtimelimit") == [
        "140",
        "TERM_RUNLIMIT: job killed after reaching LSF run time limit",
        "1.0",
    ]
    assert "TERM_RUNLIMIT: job killed" in (site.folder / "out").read_text()
    assert "Completed <exit>; TERM_RUNLIMIT" in site.run("bjobs", "-l", str(number)).stdout
    site.becomes(deaf, "EXIT")


def test_bkill_of_several_jobs_fails_if_one_fails(make: Callable[..., Site]) -> None:
    site = make()
    numbers = [str(site.submit("sleep", "60")) for _ in range(2)]
    held = str(site.submit("-H", "true"))
    for number in numbers:
        site.becomes(int(number), "RUN")
    done = site.run("bkill", *numbers, held)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "".join(f"Job <{n}> is being terminated\n" for n in (*numbers, held))
    for number in numbers:
        site.becomes(int(number), "EXIT")
    assert site.status(int(numbers[0])) == "EXIT"
    again = site.run("bkill", numbers[0], "99")
    assert again.returncode == 255
    assert again.stderr == (
        f"Job <{numbers[0]}>: Job has already finished\nJob <99>: No matching job found\n"
    )
    assert fields(site, int(numbers[0]), "exit_code exit_reason") == [
        "130",
        "TERM_OWNER: job killed by owner",
    ]
    assert site.run("bjobs").stderr == "No unfinished job found\n"


def test_jobs_are_suspended_and_resumed(openlava: Site) -> None:
    held, running = openlava.submit("-H", "true"), openlava.submit("sleep", "60")
    openlava.becomes(running, "RUN")
    assert openlava.status(held) == "PSUSP"
    assert "suspended by the user" in openlava.run("bjobs", "-p", str(held)).stdout
    openlava.run("bstop", str(running))
    assert openlava.status(running) == "USUSP"
    openlava.run("bresume", str(running), str(held))
    openlava.becomes(running, "RUN")
    openlava.becomes(held, "DONE")
    openlava.run("bkill", str(running))
    openlava.becomes(running, "EXIT")


def test_a_job_waits_for_the_job_it_depends_on(ibm: Site) -> None:
    first = ibm.submit("sleep", "60")
    second = ibm.submit("-w", f"ended({first}) && !done({first})", "true")
    assert ibm.status(second) == "PEND"
    assert "dependency condition" in ibm.run("bjobs", "-p", str(second)).stdout
    ibm.run("bkill", str(first))
    ibm.becomes(second, "DONE")


def test_bsub_can_wait_for_its_job(ibm: Site) -> None:
    done = ibm.run("bsub", "-K", "exit 3")
    assert done.returncode == 3
    assert done.stdout.endswith("> is submitted to default queue <normal>.\n")
    assert done.stderr.splitlines() == [
        "<<Waiting for dispatch ...>>",
        "<<Starting on node1>>",
        "<<Job is finished>>",
    ]


def test_jobs_start_at_the_dispatch_interval(make: Callable[..., Site]) -> None:
    site = make(dispatch_delay=0.5)
    started = []
    for _ in range(2):
        number = site.submit("true")
        site.becomes(number, "DONE")
        started.append((site.cluster.job(number) or {})["started"])
    assert started[1] - started[0] > 0.25


def test_finished_jobs_are_forgotten(make: Callable[..., Site]) -> None:
    site = make(clean_period=0.1)
    number = site.submit("true")
    until(lambda: site.run("bjobs", str(number)).returncode == 255)
    assert site.run("bjobs", str(number)).stderr == f"Job <{number}> is not found\n"


# Listings


def test_memory_is_in_the_unit_of_lsf_conf(make: Callable[..., Site]) -> None:
    site = make("openlava", units="MB")
    assert "LSF_UNIT_FOR_LIMITS=MB\n" in (site.folder / "lsf" / "conf" / "lsf.conf").read_text()
    number = site.submit("-H", "-M", "100", "true")
    assert "MEMLIMIT\n 102400 K\n" in site.run("bjobs", "-l", str(number)).stdout


def test_bjobs_in_json_includes_unknown_jobs(ibm: Site) -> None:
    number = ibm.submit("-H", "-J", "a", "true")
    done = ibm.run("bjobs", "-o", "id stat name exit_code", "-json", str(number), "777")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {
        "COMMAND": "bjobs",
        "JOBS": 2,
        "RECORDS": [
            {"JOBID": str(number), "STAT": "PSUSP", "JOB_NAME": "a", "EXIT_CODE": ""},
            {"JOBID": "777", "ERROR": "Job <777> is not found"},
        ],
    }


def test_bjobs_truncates_unless_wide(openlava: Site) -> None:
    number = openlava.submit("-H", "-J", "a-very-long-name", "true")
    table = openlava.run("bjobs", str(number))
    wide = openlava.run("bjobs", "-w", str(number))
    header = "JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME"
    assert table.stdout.splitlines()[0] == wide.stdout.splitlines()[0] == header
    assert table.stdout.splitlines()[1][57:68] == "*long-name "
    assert wide.stdout.splitlines()[1].split()[6] == "a-very-long-name"
    assert wide.stdout.startswith(header + f"\n{number:<7} ")


def test_the_long_format_breaks_lines_at_a_fixed_width(openlava: Site) -> None:
    number = openlava.submit("-H", "-J", "name-" * 20, "true")
    lines = openlava.run("bjobs", "-l", str(number)).stdout.splitlines()
    assert max(map(len, lines)) <= 79
    assert f"Job Name <{'name-' * 20}>" not in "\n".join(lines)
    assert f"Job Name <{'name-' * 20}>" in "".join(line.removeprefix(" " * 21) for line in lines)


@pytest.mark.parametrize(
    ("flavour", "name", "memory"),
    [pytest.param("ibm", "TASKLIMIT", "16 G"), pytest.param("openlava", "PROCLIMIT", "16777216 K")],
)
def test_bqueues_shows_the_limits(
    sites: dict[str, Site], flavour: str, name: str, memory: str
) -> None:
    text = sites[flavour].run("bqueues", "-l", "normal").stdout
    assert text.startswith("\nQUEUE: normal\n")
    assert "This is the default queue." in text
    assert " RUNLIMIT                \n 120.0 min\n" in text
    assert f" {name}\n 8\n" in text
    assert memory in text
    table = sites[flavour].run("bqueues", "closed").stdout.splitlines()
    assert table[0].split()[:3] == ["QUEUE_NAME", "PRIO", "STATUS"]
    assert table[1].split()[:3] == ["closed", "30", "Closed:Active"]


def test_lsid_shows_the_cluster_and_its_master(sites: dict[str, Site]) -> None:
    lines = sites["ibm"].run("lsid").stdout.splitlines()
    assert lines[-2:] == ["My cluster name is standin", "My master name is node1"]


# The daemons

DOWN = "batch system daemon not responding ... still trying\n"
GONE = "Failed in an LSF library call: LIM is down; try later"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(["bsub", "true"], f"{DOWN}{GONE}. Job not submitted.\n", id="bsub"),
        pytest.param(["bjobs"], f"{DOWN}{GONE}\n", id="bjobs"),
        pytest.param(["bkill", "1"], f"{DOWN}{GONE}\n", id="bkill"),
        pytest.param(["bqueues"], f"{DOWN}{GONE}\n", id="bqueues"),
        pytest.param(
            ["lsid"],
            "LSF daemon (LIM) not responding ... still trying\n"
            "ls_getmastername(): LIM is down; try later\n",
            id="lsid",
        ),
    ],
)
def test_a_command_blocks_while_the_daemons_are_down(
    make: Callable[..., Site], command: list[str], words: str
) -> None:
    site = make("openlava", down_seconds=0.2)
    site.cluster.down = True
    start = time.monotonic()
    done = site.run(*command)
    assert time.monotonic() - start >= 0.2
    assert (done.returncode, done.stderr) == (255, words)


def test_a_command_continues_when_the_daemons_restart(make: Callable[..., Site]) -> None:
    site = make(down_seconds=0.1, down_tries=None)
    site.cluster.down = True
    waiting = subprocess.Popen(
        ["bsub", "-H", "true"],
        env={**os.environ, **site.variables},
        cwd=site.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with waiting:
        assert waiting.stderr is not None
        assert waiting.stderr.readline() == DOWN
        site.cluster.down = False
        assert waiting.communicate(timeout=10)[0].startswith("Job <1> is submitted")
    assert waiting.returncode == 0


def test_bsub_rejects_invalid_options_without_daemons(make: Callable[..., Site]) -> None:
    site = make(down_seconds=60)
    site.cluster.down = True
    assert site.run("bsub", "-W", "6h", "true").returncode == 255
