"""The stand-in for OpenPBS refuses, runs, tells and ends as the real one was seen to do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.schedulers.standins import pbs
from tests.schedulers.standins.engine import ROOT, Cluster, shutdown
from tests.schedulers.standins.pbs_qsub import qsub
from tests.schedulers.standins.pbs_server import Context
from tests.schedulers.standins.processes import process_start

QUEUES: dict[str, dict[str, Any]] = {
    **pbs.QUEUES,
    "closed": {"enabled": False},
    "others": {"acl_users": ["somebody-else"]},
    "routed": {"from_route_only": True},
    "long": {"resources_min": {"walltime": "01:00:00"}, "resources_max": {"ngpus": "1"}},
}
USAGE = "usage: qsub [-a date_time]"
RESOURCE = "qsub: Illegal attribute or resource value"
LIMITS = "qsub: Job violates queue and/or server resource limits\n"


class Pbs:
    """A server and its commands."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder / "pbs"
        self.home = folder / "home"
        self.home.mkdir()
        environment = pbs.install(self.folder, home=str(self.home), **settings)
        self.environ = {"HOME": str(self.home), "SHELL": "/bin/sh", "FOO": "bar", **environment}
        self.cluster = Cluster(self.folder)

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command in the home folder."""
        return subprocess.run(
            words,
            cwd=self.home,
            env={**self.environ, **variables},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )

    def submit(self, script: str, *options: str, **variables: str) -> int:
        """The number of a job."""
        (self.home / "job.sh").write_text(script)
        done = self.run("qsub", *options, "job.sh", **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return int(done.stdout.partition(".")[0])

    def until(self, number: int, *states: str) -> dict[str, Any]:
        """A job, once it is in one of the engine's states."""
        return until(lambda: (job := self.cluster.job(number)) and job["state"] in states and job)

    def shown(self, number: int) -> dict[str, Any]:
        """A job as `qstat -x -f -F json` shows it."""
        told = json.loads(self.run("qstat", "-x", "-f", "-F", "json", str(number)).stdout)
        shown: dict[str, Any] = told["Jobs"][f"{number}.pbs1"]
        return shown


def until(condition: Callable[[], Any], limit: float = 10) -> Any:
    """What a condition gives, once it holds."""
    end = time.monotonic() + limit
    while not (value := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return value


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Pbs]:
    made = Pbs(tmp_path, queues=QUEUES)
    yield made
    shutdown(made.folder)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Pbs]]:
    made: list[Pbs] = []

    def build(**settings: Any) -> Pbs:
        made.append(Pbs(tmp_path, **settings))
        return made[-1]

    yield build
    for one in made:
        shutdown(one.folder)


@pytest.fixture
def ask(
    server: Pbs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """qsub in this process, with a script in place of the last word: code, stdout, stderr."""

    def submit(script: str, *words: str) -> tuple[int, str, str]:
        (server.home / "job.sh").write_bytes(script.encode())
        monkeypatch.chdir(server.home)
        # The server looks at no job here: only its taking is asked for.
        monkeypatch.setattr("tests.schedulers.standins.engine.start_server", lambda cluster: None)
        context = Context(str(server.folder), server.environ)
        code = qsub([*words, "job.sh"], context, server.environ)
        return code, *capsys.readouterr()

    return submit


# What qsub refuses


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param("-q nosuch", 170, "qsub: Unknown queue\n", id="queue unknown"),
        pytest.param("-q closed", 173, "qsub: Queue is not enabled\n", id="queue closed"),
        pytest.param("-q others", 159, "qsub: Unauthorized Request \n", id="queue of others"),
        pytest.param("-q routed", 174, "qsub: Access to queue is denied\n", id="queue routed"),
        pytest.param("-q a#b", 2, "qsub: illegally formed destination: a#b\n", id="queue malformed"),
        pytest.param("-q workq@there", 160, "Unknown Host.\nqsub: cannot connect", id="queue elsewhere"),
        pytest.param("-q short -l walltime=00:10:01", 188, LIMITS, id="walltime over the queue's"),
        pytest.param("-q long -l walltime=59:59", 188, LIMITS, id="walltime under the queue's"),
        pytest.param("-q short -l select=1:mem=5gb", 188, LIMITS, id="memory over the queue's"),
        pytest.param("-q short -l select=2:mem=3gb", 188, LIMITS, id="memory of all chunks over"),
        pytest.param(
            "-q long -l select=1:ngpus=2,walltime=2:0:0", 188, LIMITS, id="gpus over the queue's"
        ),
        pytest.param("-l select=1:gpus=1", 187, "qsub: Unknown resource: gpus\n", id="select unknown"),
        pytest.param("-l foo=1", 187, "qsub: Unknown resource Resource_List.foo\n", id="unknown"),
        pytest.param("-l select=1:mem=1GiB", 166, f"{RESOURCE} select.mem\n", id="select GiB"),
        pytest.param("-l select=1:mem=1.5gb", 166, f"{RESOURCE} select.mem\n", id="select fraction"),
        pytest.param("-l select=1:ncpus=abc", 166, f"{RESOURCE} select.ncpus\n", id="select cpus"),
        pytest.param("-l select=1:ngpus=abc", 166, f"{RESOURCE}\n", id="select gpus"),
        pytest.param("-l select=0", 166, f"{RESOURCE}\n", id="select none"),
        pytest.param("-l select=abc", 166, f"{RESOURCE} Resource_List.select\n", id="select word"),
        pytest.param("-l select=1:ncpus", 166, f"{RESOURCE} Resource_List.select\n", id="select no value"),
        pytest.param("-l select=1:ncpus=", 166, f"{RESOURCE} Resource_List.select\n", id="select empty value"),
        pytest.param("-l select=-1:ncpus=1", 166, f"{RESOURCE} Resource_List.select\n", id="select negative"),
        pytest.param("-l select=1:ncpus=1+", 166, f"{RESOURCE} Resource_List.select\n", id="select open end"),
        pytest.param(
            "-l select=1:walltime=9", 4,
            'qsub: Resource invalid in "select" specification: walltime\n', id="select walltime",
        ),
        pytest.param(
            "-l select=1:ncpus=1:ncpus=2", 12,
            "qsub: duplicated resource within a section of a select specification, resource is: ncpus\n",
            id="select twice",
        ),
        pytest.param(
            "-l select=1:ncpus=1 -l ngpus=1", 5,
            'qsub: "-lresource=" cannot be used with "select" or "place", resource is: ngpus\n',
            id="gpus beside a select",
        ),
        pytest.param(
            "-l select=1:ncpus=1 -l mem=1gb", 5,
            'qsub: "-lresource=" cannot be used with "select" or "place", resource is: mem\n',
            id="memory beside a select",
        ),
        pytest.param(
            "-l select=1 -l nodes=1:ppn=1", 6,
            "qsub: Cannot be used with select or place: nodes\n", id="nodes beside a select",
        ),
        pytest.param("-l place=pack", 7, 'qsub: Cannot have "place" without "select"\n', id="place alone"),
        pytest.param("-l place=foo", 166, f"{RESOURCE} Resource_List.place\n", id="place unknown"),
        pytest.param(
            "-l nodes=1:ppn=1:gpus=1", 241, "qsub: node(s) specification error\n", id="nodes with gpus"
        ),
        pytest.param("-l mem=1GiB", 166, f"{RESOURCE} Resource_List.mem\n", id="memory GiB"),
        *(
            pytest.param(f"-l walltime={text}", 166, f"{RESOURCE} Resource_List.walltime\n", id=f"walltime {text}")
            for text in ("1-00:00:00", "00:00:10:00", "10m", "1h", "abc", "-1", "5:xx", ":10")
        ),
        pytest.param("-l ,", 2, f"qsub: illegal -l value\n{USAGE}", id="resources malformed"),
        pytest.param("-Z", 2, f"qsub: invalid option -- 'Z'\n{USAGE}", id="option unknown"),
        pytest.param("--foo", 2, f"qsub: invalid option -- '-'\n{USAGE}", id="long option"),
        pytest.param("second", 2, USAGE, id="two scripts"),
        pytest.param("-N a/b", 2, f"qsub: illegal -N value\n{USAGE}", id="name with a slash"),
        pytest.param(f"-N {'a' * 231}", 2, "qsub: Job name is too long \n", id="name too long"),
        pytest.param("-a xyz", 2, f"qsub: illegal -a value\n{USAGE}", id="date"),
        pytest.param("-j x", 2, f"qsub: illegal -j value\n{USAGE}", id="join"),
        pytest.param("-k x", 2, f"qsub: illegal -k value\n{USAGE}", id="keep"),
        pytest.param("-m x", 2, f"qsub: illegal -m value\n{USAGE}", id="mail"),
        pytest.param("-m aj", 1, "qsub: mail option 'j' can not be used without array job\n", id="mail j"),
        pytest.param("-p 5000", 2, f"qsub: illegal -p value\n{USAGE}", id="priority"),
        pytest.param("-r x", 2, f"qsub: illegal -r value\n{USAGE}", id="rerun"),
        pytest.param("-S bash", 2, f"qsub: illegal -S value\n{USAGE}", id="shell"),
        pytest.param("-W foo", 2, f"qsub: illegal -W value\n{USAGE}", id="attribute malformed"),
        pytest.param("-W foo=1", 154, "qsub: Error (15002) submitting job\n", id="attribute unknown"),
        pytest.param("-v A,B=1,=3", 1, "qsub: cannot send environment with the job\n", id="variables"),
        pytest.param("-v NO_SUCH", 1, "qsub: cannot send environment with the job\n", id="variable unset"),
        pytest.param("-J 1-3", 199, "qsub: this stand-in", id="array: not in the stand-in"),
        pytest.param("-W block=true", 199, "qsub: this stand-in", id="block: not in the stand-in"),
    ],
)  # fmt: skip
def test_rejected_options(
    ask: Callable[..., tuple[int, str, str]], words: str, code: int, said: str
) -> None:
    found = ask("sleep 1\n", *words.split())
    assert found[:2] == (code, "")
    assert found[2] == said if said.endswith("\n") else found[2].startswith(said)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        pytest.param("-q nosuch", 170, "qsub: Unknown queue\n", id="queue"),
        pytest.param("-l select=1:mem=1GiB", 166, f"{RESOURCE} select.mem\n", id="memory"),
        pytest.param("-N a b", 1, "qsub: directive error: -N a b \n", id="name with a blank"),
        pytest.param("-q workq # my queue", 1, "qsub: directive error: -q workq # my queue \n", id="remark"),
        pytest.param(
            "-Z 1", 1, "qsub: invalid option -- 'Z'\nqsub: directive error: -Z 1 \n", id="unknown"
        ),
        pytest.param(
            "--mem 4G", 1, "qsub: invalid option -- '-'\nqsub: directive error: --mem 4G \n", id="Slurm's"
        ),
        pytest.param(
            "-A ", 1, "qsub: option requires an argument -- 'A'\nqsub: directive error: -A \n", id="empty"
        ),
        pytest.param('-N "a b"', 2, f"qsub: illegal -N value\n{USAGE}", id="name in quotes"),
    ],
)  # fmt: skip
def test_rejected_directives(
    ask: Callable[..., tuple[int, str, str]], line: str, code: int, said: str
) -> None:
    found = ask(f"#!/bin/sh\n#PBS {line}\nsleep 1\n")
    assert found[:2] == (code, "")
    assert found[2] == said if said.endswith("\n") else found[2].startswith(said)


def test_an_invalid_script_is_rejected(server: Pbs) -> None:
    missing = server.run("qsub", "nosuch.sh")
    assert (missing.returncode, missing.stderr) == (
        1,
        "qsub: script file:: No such file or directory\n",
    )
    folder = server.run("qsub", ".")
    assert (folder.returncode, folder.stderr) == (1, "qsub: script not a file\n")


@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_root_can_be_rejected(server: Pbs, ask: Callable[..., tuple[int, str, str]]) -> None:
    server.cluster.set(root_allowed=False)
    assert ask("sleep 1\n") == (175, "", "qsub: Bad UID for job execution\n")


def test_too_many_jobs_are_rejected(make: Callable[..., Pbs]) -> None:
    one = make(server={"max_queued": 1})
    one.submit("sleep 60\n", "-h")
    second = one.run("qsub", "job.sh")
    assert (second.returncode, second.stderr) == (
        38,
        "qsub: would exceed complex's per-user limit\n",
    )


# What it takes


@pytest.mark.parametrize(
    ("script", "words", "listed"),
    [
        pytest.param("", "-l walltime=00:10", {"walltime": "00:00:10"}, id="two parts are minutes"),
        pytest.param("", "-l walltime=1.5", {"walltime": "00:00:02"}, id="seconds are rounded"),
        pytest.param("", "-l walltime=00:70:00", {"walltime": "01:10:00"}, id="seventy minutes"),
        pytest.param("", "-q short", {"walltime": "00:10:00", "mem": "4gb"}, id="the queue's most"),
        pytest.param("", "-l select=1:mem=2GB", {"mem": "2gb", "ncpus": "1"}, id="capital units"),
        pytest.param("", "-l select=2:ncpus=2:mem=3gb", {"mem": "6gb", "ncpus": "4"}, id="sums"),
        pytest.param("", "-l ngpus=1", {"select": "1:ncpus=1:ngpus=1", "place": "pack"}, id="job-wide"),
        pytest.param("", "-l nodes=1:ppn=3", {"ncpus": "3", "place": "scatter"}, id="nodes"),
        pytest.param("#PBS -l walltime=9\n", "-l walltime=8", {"walltime": "00:00:08"}, id="options win"),
        pytest.param("#!/bin/sh\n\n# remark\n#PBS -l walltime=9\n", "", {"walltime": "00:00:09"}, id="remarks"),
        pytest.param(
            "#PBS -l walltime=9\n#PBS -l walltime=8\n", "", {"walltime": "00:00:09"}, id="first one wins"
        ),
        pytest.param("#PBS\n#PBS -l walltime=9\r\n", "", {"walltime": "00:00:09"}, id="empty one, CRLF"),
    ],
)  # fmt: skip
def test_resources_of_a_job(
    server: Pbs,
    ask: Callable[..., tuple[int, str, str]],
    script: str,
    words: str,
    listed: dict[str, str],
) -> None:
    assert ask(f"{script}sleep 1\n", *words.split()) == (0, "1.pbs1\n", "")
    job = server.cluster.job(1)
    assert job
    assert listed.items() <= job["extra"]["resources"].items()


def test_directives_end_at_the_first_command(
    server: Pbs, ask: Callable[..., tuple[int, str, str]]
) -> None:
    assert ask("#PBS -N early\n# remark\necho\n#PBS -q nosuch\n") == (0, "1.pbs1\n", "")
    assert (server.cluster.job(1) or {})["name"] == "early"


# A job's life


def test_the_environment_of_a_job(server: Pbs) -> None:
    script = (
        "#!/bin/sh\n#PBS -N probe\n#PBS -l select=1:ncpus=3:ngpus=1\npwd\nenv\ncat $PBS_NODEFILE\n"
    )
    number = server.submit(script, "-v", "BAR=baz", DASK_X="1", PBS_O_X="1")
    server.until(number, "finished")
    log = server.home / f"probe.o{number}"
    first, *lines = log.read_text().splitlines()
    environ = dict(line.split("=", 1) for line in lines if "=" in line)
    assert first == str(server.home)
    assert lines[-1] == "pbs1"
    assert log.stat().st_mode & 0o777 == 0o600
    expected = {
        "PBS_JOBID": f"{number}.pbs1", "PBS_JOBNAME": "probe", "PBS_QUEUE": "workq", "NCPUS": "3",
        "OMP_NUM_THREADS": "3", "PBS_ENVIRONMENT": "PBS_BATCH", "PBS_O_WORKDIR": str(server.home),
        "PBS_O_QUEUE": "workq", "HOME": str(server.home), "BAR": "baz", "CUDA_VISIBLE_DEVICES": "0",
    }  # fmt: skip
    assert expected.items() <= environ.items()
    assert {"FOO", "DASK_X", "PBS_O_X", "PBS_CONF_FILE"} & environ.keys() == set()


def test_a_job_is_not_told_its_gpus_without_the_hook_of_a_site(make: Callable[..., Pbs]) -> None:
    one = make(gpu_hook=False)
    number = one.submit("env\n", "-l", "select=1:ngpus=1")
    one.until(number, "finished")
    assert "CUDA_" not in (one.home / f"job.sh.o{number}").read_text()


def test_the_submitters_environment_can_be_passed(server: Pbs) -> None:
    number = server.submit("env\n", "-V", DASK_X="1")
    server.until(number, "finished")
    assert "\nDASK_X=1\n" in (server.home / f"job.sh.o{number}").read_text()


@pytest.mark.parametrize(
    ("options", "files"),
    [
        pytest.param("", {"job.sh.o1": "out\n", "job.sh.e1": "err\n"}, id="default"),
        pytest.param(
            "-o logs/ -e logs", {"logs/1.pbs1.OU": "out\n", "logs/1.pbs1.ER": "err\n"}, id="folder"
        ),
        pytest.param("-o a -e b", {"a": "out\n", "b": "err\n"}, id="files"),
        pytest.param("-j oe -o logs/", {"logs/1.pbs1.OU": "out\nerr\n"}, id="joined"),
        pytest.param("-o /no/such/ -e b", {"b": "err\n"}, id="no such folder"),
    ],
)
def test_output_files(server: Pbs, options: str, files: dict[str, str]) -> None:
    (server.home / "logs").mkdir()
    number = server.submit("echo out; echo err >&2\n", *options.split())
    server.until(number, "finished")
    paths = [path for path in server.home.rglob("*") if path.is_file() and path.name != "job.sh"]
    assert {str(path.relative_to(server.home)): path.read_text() for path in paths} == files


def test_a_job_is_killed_some_time_after_its_walltime(server: Pbs) -> None:
    server.cluster.set(walltime_lag=0.5)
    number = server.submit("sleep 60\n", "-l", "walltime=0.5")
    job = server.until(number, "finished")
    assert job["ended"] - job["started"] >= 1
    shown = server.shown(number)
    assert (shown["job_state"], shown["Exit_status"], shown["substate"]) == ("F", -29, 93)
    assert shown["comment"].endswith("on (pbs1:ncpus=1) and exceeded resource walltime")
    assert (server.home / f"job.sh.e{number}").read_text() == (
        "=>> PBS: job killed: walltime 1 exceeded limit 1\n"
    )


@pytest.mark.parametrize(
    ("script", "status", "ending"),
    [
        pytest.param("exit 0", 0, "finished", id="well"),
        pytest.param("exit 3", 3, "failed", id="badly"),
        pytest.param("nosuch", 127, "failed", id="command missing"),
        pytest.param("kill -9 $$", 137, "failed", id="killed"),
        pytest.param(
            "head -c 50000000 /dev/zero | tail -c 40000000 > all", 0, "finished", id="memory exceeded"
        ),
    ],
)  # fmt: skip
def test_the_end_of_a_job_is_shown(server: Pbs, script: str, status: int, ending: str) -> None:
    number = server.submit(f"{script}\n", "-l", "select=1:mem=1mb")
    server.until(number, "finished")
    shown = server.shown(number)
    assert (shown["Exit_status"], shown["comment"].split()[-1]) == (status, ending)


def test_jobs_wait_while_the_node_is_full(make: Callable[..., Pbs]) -> None:
    one = make(node={"cpus": 2, "memory": 2**30, "gpus": 2})
    script = "echo $CUDA_VISIBLE_DEVICES; until [ -e stop ]; do sleep 0.02; done\n"
    first, second = (one.submit(script, "-l", "select=1:ncpus=1:ngpus=1") for _ in "12")
    one.until(first, "running")
    one.until(second, "running")
    waiting = one.submit(script, "-l", "select=1:ncpus=1")
    never = one.submit(script, "-l", "select=1:ncpus=1:ngpus=3")
    until(lambda: (one.cluster.job(never) or {})["waits_for"])
    assert one.shown(waiting)["comment"] == "Not Running: Not enough free nodes available"
    assert one.shown(never)["comment"] == (
        "Can Never Run: Insufficient amount of resource: ngpus (R: 3 A: 2 T: 2)"
    )
    (one.home / "stop").touch()
    one.until(waiting, "finished")
    assert one.shown(never)["job_state"] == "Q"
    devices = [(one.home / f"job.sh.o{number}").read_text() for number in (first, second, waiting)]
    assert devices == ["0\n", "1\n", "\n"]


def test_a_job_that_does_not_fit_does_not_delay_others(make: Callable[..., Pbs]) -> None:
    one = make(node={"cpus": 3, "memory": 2**30, "gpus": 0})
    one.until(one.submit("sleep 60\n", "-l", "select=1:ncpus=1:mem=900mb"), "running")
    waiting = one.submit("sleep 60\n", "-l", "select=1:mem=200mb")
    one.until(one.submit("sleep 60\n"), "running")
    assert one.shown(waiting)["comment"] == (
        "Not Running: Insufficient amount of resource: mem (R: 200mb A: 124mb T: 1gb)"
    )


def test_held_and_future_jobs_do_not_start(server: Pbs) -> None:
    held = server.submit("sleep 60\n", "-h")
    future = server.submit("sleep 60\n", "-a", "205001010000")
    server.until(server.submit("true\n"), "finished")
    assert [server.shown(number)["job_state"] for number in (held, future)] == ["H", "W"]


# qdel


def test_a_deleted_job_is_shown_as_running_after_its_processes_ended(
    make: Callable[..., Pbs],
) -> None:
    one = make(kill_delay=30)
    number = one.submit("touch started; sleep 60\n")
    until((one.home / "started").exists)
    pid = (one.cluster.job(number) or {})["pid"]
    deleted = one.run("qdel", str(number))
    assert (deleted.returncode, deleted.stdout, deleted.stderr) == (0, "", "")
    until(lambda: process_start(pid) is None)
    shown = one.shown(number)
    assert shown["job_state"] == "R"
    assert " and terminated by " in shown["comment"]
    assert not (one.home / f"job.sh.o{number}").exists(), "output is delivered at the end"
    one.cluster.set(linger=0)
    one.until(number, "finished")
    assert (one.home / f"job.sh.o{number}").exists()
    shown = one.shown(number)
    assert (shown["Exit_status"], shown["substate"]) == (271, 91)


def test_a_job_that_ignores_sigterm_is_killed(server: Pbs) -> None:
    number = server.submit("trap '' TERM; touch started; while :; do sleep 0.05; done\n")
    until((server.home / "started").exists)
    server.run("qdel", str(number))
    assert server.until(number, "finished")["killed"] == "cancel"


def test_qdel_of_many_ids(server: Pbs) -> None:
    waiting = [str(server.submit("sleep 60\n", "-h")) for _ in range(3)]
    finished, another = waiting[:2]
    assert server.run("qdel", finished).returncode == 0
    last = waiting[2]
    table = [
        (["99"], 153, "qdel: Unknown Job Id 99\n"),
        ([finished], 35, f"qdel: Job has finished {finished}.pbs1\n"),
        # Of unknown ids behind the last known one nothing is said.
        ([finished, "99"], 35, f"qdel: Job has finished {finished}.pbs1\n"),
        (
            [another, "99", finished, last],
            35,
            f"qdel: Unknown Job Id 99\nqdel: Job has finished {finished}.pbs1\n",
        ),
        (["abc"], 1, "qdel: illegally formed job identifier: abc\n"),
        ([f"{last}.elsewhere"], 1, f"qdel: illegally formed job identifier: {last}.elsewhere\n"),
    ]
    for ids, code, said in table:
        done = server.run("qdel", *ids)
        assert (done.returncode, done.stdout, done.stderr) == (code, "", said)
    assert {job["state"] for job in server.cluster.jobs()} == {"finished"}
    nothing = server.run("qdel")
    assert (nothing.returncode, nothing.stderr[:7]) == (2, "usage:\n")


# qstat and pbsnodes


def test_qstat_shows_known_jobs_and_exits_with_the_code_of_the_last_unknown_one(
    server: Pbs,
) -> None:
    held = server.submit("sleep 60\n", "-h")
    finished = server.submit("sleep 60\n", "-h")
    server.run("qdel", str(finished))
    unknown = "qstat: Unknown Job Id 99.pbs1\n"
    history = (
        f"qstat: {finished}.pbs1 Job has finished, "
        "use -x or -H to obtain historical job information\n"
    )
    table = [
        (["-f", "-F", "json", str(held)], 0, [held], ""),
        (["-f", "-F", "json", str(held), "99"], 153, [held], unknown),
        (["-f", "-F", "json", "99", str(held), str(finished)], 35, [held], unknown + history),
        (["-x", "-f", "-F", "json", str(finished), str(held)], 0, [finished, held], ""),
        (["-f", "-F", "json"], 0, [held], ""),
        (["-x", "-f", "-F", "json"], 0, [held, finished], ""),
    ]
    for words, code, shown, said in table:
        done = server.run("qstat", *words)
        assert (done.returncode, done.stderr) == (code, said)
        assert list(json.loads(done.stdout)["Jobs"]) == [f"{number}.pbs1" for number in shown]
    none = server.run("qstat", "-f", "-F", "json", "99")
    assert (none.returncode, none.stdout[-2:], "Jobs" in none.stdout) == (153, "\n}", False)
    plain = server.run("qstat", str(held))
    assert re.fullmatch(
        r"Job id +Name .*\n-+ .*\n1\.pbs1 +job\.sh +\S+ +0 H workq +\n", plain.stdout
    )
    assert server.run("qstat", "nosuch").returncode == 170


def test_a_finished_job_is_unknown_without_history(make: Callable[..., Pbs]) -> None:
    one = make(server={"history": False})
    number = one.submit("sleep 60\n", "-h")
    assert one.run("qdel", str(number)).returncode == 0
    assert [one.run(command, str(number)).returncode for command in ("qstat", "qdel")] == [153, 153]


def test_long_lines_are_folded(server: Pbs) -> None:
    number = server.submit("sleep 60\n", "-h", "-N", "job")
    lines = server.run("qstat", "-f", str(number)).stdout.splitlines()
    assert lines[:2] == [f"Job Id: {number}.pbs1", "    Job_Name = job"]
    assert max(map(len, lines)) <= 79
    assert any(line.startswith("\tPBS_O_") for line in lines)
    wide = server.run("qstat", "-f", "-w", str(number)).stdout.splitlines()
    assert not any(line.startswith("\t") for line in wide)


def test_queues_and_server_are_shown(server: Pbs) -> None:
    queues = json.loads(server.run("qstat", "-Q", "-f", "-F", "json").stdout)["Queue"]
    assert list(queues) == list(QUEUES)
    assert queues["short"]["resources_max"] == {"mem": "4gb", "walltime": "00:10:00"}
    assert (queues["closed"]["enabled"], queues["short"]["enabled"]) == ("False", "True")
    unknown = server.run("qstat", "-Qf", "nosuch")
    assert (unknown.returncode, unknown.stderr) == (170, "qstat: Unknown queue nosuch\n")
    assert "    default_queue = workq\n" in server.run("qstat", "-Bf").stdout
    assert re.search(r"\npbs1 +0 +0 .* Active", server.run("qstat", "-B").stdout)


def test_the_node_is_shown(server: Pbs) -> None:
    number = server.submit("sleep 60\n", "-l", "select=1:ncpus=2:mem=1gb:ngpus=1")
    server.until(number, "running")
    node = json.loads(server.run("pbsnodes", "-a", "-F", "json").stdout)["nodes"]["pbs1"]
    assert (node["state"], node["jobs"]) == ("free", [f"{number}.pbs1"])
    assert node["resources_available"]["ngpus"] == 2
    assert node["resources_assigned"] == {"mem": "1048576kb", "ncpus": 2, "ngpus": 1}
    assert server.run("pbsnodes", "-a").stdout.startswith("pbs1\n     Mom = pbs1\n")
    assert server.run("pbsnodes").returncode == 1


@pytest.mark.parametrize("command", ["qsub", "qstat", "qdel", "pbsnodes"])
def test_versions(server: Pbs, command: str) -> None:
    done = server.run(command, "--version")
    assert (done.returncode, done.stdout) == (0, "pbs_version = 23.06.06\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param(
            "qsub job.sh", 162, "qsub: cannot connect to server pbs1 (errno=15010)", id="qsub"
        ),
        pytest.param("qsub -q nosuch job.sh", 162, "qsub: cannot connect", id="qsub of no queue"),
        pytest.param("qsub -Z job.sh", 2, "usage: ", id="qsub with an unknown option"),
        pytest.param(
            "qstat", 255, "qstat: cannot connect to server pbs1 (errno=15010)", id="qstat"
        ),
        pytest.param("qstat -Qf", 255, "qstat: cannot connect", id="queues"),
        pytest.param("qdel 1", 162, "Couldn't connect to cluster: pbs1", id="qdel"),
        pytest.param(
            "pbsnodes -a", 1, "pbsnodes: cannot connect to server pbs1, error=15010", id="pbsnodes"
        ),
    ],
)
def test_a_server_that_is_down(server: Pbs, words: str, code: int, said: str) -> None:
    (server.home / "job.sh").write_text("true\n")
    server.cluster.down = True
    done = server.run(*words.split())
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.startswith("Connection refused\n") == (code != 2)


def test_a_server_that_hangs_up(server: Pbs, ask: Callable[..., tuple[int, str, str]]) -> None:
    pbs.take_down(server.cluster, "hangup")
    words = "Communication failure.\nqsub: cannot connect to server pbs1 (errno=15031)\n"
    assert ask("true\n") == (183, "", words)
    server.cluster.down = False
    assert ask("true\n")[0] == 0


def test_a_server_that_hangs_blocks_commands_until_it_wakes(server: Pbs) -> None:
    (server.home / "job.sh").write_text("true\n")
    pbs.take_down(server.cluster, "hung")
    waiting = subprocess.Popen(
        ["qsub", "job.sh"], cwd=server.home, env=server.environ, stdout=subprocess.PIPE, text=True
    )
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.communicate(timeout=0.3)
    server.cluster.down = False
    assert waiting.communicate(timeout=20)[0] == "1.pbs1\n"


# Who outlives whom


def test_jobs_continue_without_their_submitter_and_while_the_server_is_down(server: Pbs) -> None:
    number = server.submit("until [ -e stop ]; do sleep 0.02; done; echo done\n")
    server.until(number, "running")
    server.cluster.down = True
    (server.home / "stop").touch()
    until((server.home / f"job.sh.o{number}").exists)
    assert server.until(number, "finished")["exit_status"] == 0


ESCAPED = "sleep 61 & echo $! > pids\nsetsid sleep 62 & echo $! >> pids; sleep 63\n"


def _pids(folder: Path) -> list[int]:
    pids = folder / "pids"
    return until(
        lambda: pids.exists() and len(found := pids.read_text().split()) == 2 and [*map(int, found)]
    )  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda one: shutdown(one.folder), id="shutdown"),
        pytest.param(
            lambda one: shutil.rmtree(one.folder, ignore_errors=True), id="folder removed"
        ),
        pytest.param(lambda one: one.run("qdel", "1"), id="qdel"),
    ],
)
def test_no_process_of_a_job_remains(server: Pbs, end: Callable[[Pbs], object]) -> None:
    server.submit(ESCAPED)
    pids = _pids(server.home)
    assert all(process_start(pid) for pid in pids)
    end(server)
    until(lambda: not any(process_start(pid) for pid in pids))


def test_everything_ends_with_the_process_that_installed_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from tests.schedulers.test_pbs_standin import ESCAPED, Pbs, _pids\n"
        "one = Pbs(Path(sys.argv[2])); one.submit(ESCAPED); _pids(one.home)\n"
        "import os; os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", code, ROOT, str(tmp_path)], check=True, timeout=20)
    pids = _pids(tmp_path / "home")
    until(lambda: not any(process_start(pid) for pid in pids))
    until(lambda: not Cluster(tmp_path / "pbs").serves())


def test_simultaneous_submissions_get_different_numbers(server: Pbs) -> None:
    (server.home / "job.sh").write_text("true\n")
    words = {"cwd": server.home, "env": server.environ, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(["qsub", "job.sh"], **words) for _ in range(8)]  # type: ignore[call-overload]
    names = {process.communicate(timeout=20)[0].strip() for process in started}
    assert names == {f"{number}.pbs1" for number in range(1, 9)}
    for number in range(1, 9):
        server.until(number, "finished")
