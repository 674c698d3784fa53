"""Job scripts, their submission, the job's number, and log files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from dask_backend_config.schedulers import SCHEDULERS, JobRequest, Output
from dask_backend_config.schedulers.htcondor import quoted_arguments

SHEBANG = "#!/usr/bin/env bash"
REQUEST = JobRequest("dask-worker", threads=2, scheduler_specific={"parallel-environment": "smp"})
BODY = [
    "echo it\\'s",
    'export NAME="two  words"  # and a comment',
    "",
    'if [ -n "$NAME" ]; then',
    '\techo "$NAME" \'"quoted"\' 100% `echo x`',
    "fi",
    "cat <<'END'",
    "a 'b' \"c\" \\n $(no) $$(no) ${NO} \\\\",
    "END",
    'echo $(echo $((1 + 2))) "$$(true)" | tr 0-9 n',
    "echo '$F(x)' é",
    "if true; then\n    echo 'of several\\tlines'\nfi",
]


@pytest.mark.parametrize("kind", [kind for kind in SCHEDULERS if kind != "htcondor"])
def test_a_script_has_shebang_options_and_commands(kind: str) -> None:
    scheduler = SCHEDULERS[kind]
    head = scheduler.options(REQUEST)
    text = scheduler.script(SHEBANG, head, BODY)
    assert text == "\n".join(
        [SHEBANG, "", *(f"{scheduler.prefix} {option}" for option in head), "", *BODY, ""]
    )


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        pytest.param("slurm", ["sbatch"], id="slurm"),
        pytest.param("lsf", ["bsub"], id="lsf"),
        pytest.param("pbs", ["qsub"], id="pbs"),
        pytest.param("sge", ["qsub"], id="sge"),
        pytest.param("htcondor", ["condor_submit"], id="htcondor"),
        pytest.param("moab", ["msub"], id="moab"),
    ],
)
def test_a_script_is_read_from_standard_input(kind: str, command: list[str]) -> None:
    assert SCHEDULERS[kind].submission("#!/bin/sh\n", REQUEST) == (command, "#!/bin/sh\n")


def test_bsub_gets_the_options_of_a_file_as_arguments() -> None:
    lsf = SCHEDULERS["lsf"]
    request = JobRequest(
        "name", queue="long", threads=2, gpus=1, scheduler_specific={"submit-by-stdin": False}
    )
    command, stdin = lsf.submission(lsf.script(SHEBANG, lsf.options(request), BODY), request)
    assert stdin is None
    assert command == [
        *("bsub", "-J", "name", "-q", "long", "-n", "2", "-R", "span[hosts=1]"),
        *("-gpu", "num=1:j_exclusive=yes", "/usr/bin/env", "bash"),
    ]


@pytest.mark.parametrize("said", [None, True])
def test_bsub_reads_standard_input_by_default(said: bool | None) -> None:
    request = JobRequest("name", scheduler_specific={"submit-by-stdin": said})
    assert SCHEDULERS["lsf"].submission("text", request) == (["bsub"], "text")


def test_oarsub_gets_options_and_script_as_arguments() -> None:
    oar = SCHEDULERS["oar"]
    request = JobRequest(
        "name", scheduler_specific={"memory-per-core-property-name": "mem"}, memory=2**30
    )
    script = oar.script(
        SHEBANG, [*oar.options(request), "-t 'besteffort'"], ["# setup", "echo one", "echo 'two'"]
    )
    assert oar.submission(script, request) == (
        [
            *(
                "oarsub",
                "-n",
                "name",
                "-l",
                "/nodes=1/core=1",
                "-p",
                "mem>=1024",
                "-t",
                "besteffort",
            ),
            "# setup\necho one\necho 'two'",
        ],
        "",
    )


@pytest.mark.parametrize(
    ("kind", "said", "number"),
    [
        pytest.param("slurm", "Submitted batch job 65\n", "65", id="slurm"),
        pytest.param("slurm", "Submitted batch job 65 on cluster c1\n", "65", id="slurm: federation"),
        pytest.param("slurm", "note 7 of the site\nSubmitted batch job 65\n", "65", id="slurm: note before"),
        pytest.param("lsf", "Job <123> is submitted to queue <normal>.\n", "123", id="lsf"),
        pytest.param("lsf", "Project <p1>\nJob <123> is submitted to default queue <q2>.\n", "123", id="lsf: note before"),
        pytest.param("pbs", "4.node1\n", "4", id="pbs"),
        pytest.param("pbs", "4\n", "4", id="pbs: no host"),
        pytest.param("pbs", "qsub: 9 jobs of 10\n4.node1.site.org\n", "4", id="pbs: note before"),
        pytest.param("sge", 'Your job 17 ("dask-worker-2") has been submitted\n', "17", id="sge"),
        pytest.param(
            "htcondor", "Submitting job(s).\n1 job(s) submitted to cluster 12.\n", "12.0", id="htcondor"
        ),
        pytest.param(
            "oar", "[ADMISSION RULE] Set walltime to 7200\nOAR_JOB_ID=42\n", "42", id="oar"
        ),
        pytest.param("moab", "\n4\n", "4", id="moab"),
        pytest.param("moab", "\nMoab.4\n", "Moab.4", id="moab: with Moab's prefix"),
        pytest.param("moab", "\n4.node1.site.org\n", "4", id="moab: TORQUE's"),
    ],
)  # fmt: skip
def test_the_jobs_number_is_found_in_the_output(kind: str, said: str, number: str) -> None:
    assert SCHEDULERS[kind].job_number(Output(("x",), 0, said)) == number


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_output_without_a_number_is_an_error(kind: str) -> None:
    with pytest.raises(ValueError, match="no job number in 'nothing'"):
        SCHEDULERS[kind].job_number(Output(("x",), 0, "nothing"))


def submitted(text: str) -> dict[str, str]:
    """Return the commands of a submit description as HTCondor reads them."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines.pop() == "queue"
    return {key: value for key, _, value in (line.partition(" = ") for line in lines)}


def arguments(value: str) -> list[str]:
    """Split the value of ``arguments`` by the rules of condor_submit's manual."""
    assert (value[0], value[-1]) == ('"', '"')
    text = expanded(value)[1:-1]
    assert not re.search(r'(?<!")"(?:"")*(?!")', text)
    words, word, quoted, inside = [], "", False, False
    signs = iter(text.replace('""', '"') + " ")
    for sign in signs:
        if sign == "'" and not inside:
            quoted = inside = True
        elif sign == "'":
            inside = False
            following = next(signs)
            if following == "'":
                word, inside = word + "'", True
            elif following == " ":
                words.append(word)
                word, quoted = "", False
            else:
                word += following
        elif sign == " " and not inside:
            words += [word] if word or quoted else []
            word, quoted = "", False
        else:
            word += sign
    return words


def expanded(value: str) -> str:
    """Expand ``$(DOLLAR)``; fail if there is another macro."""
    rest = value.replace("$(DOLLAR)", "\0")
    assert not re.search(r"\$\$?\w*\(", rest), value
    return rest.replace("\0", "$")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["-c", "echo"], id="plain"),
        pytest.param(["-c", "two words", "x"], id="a blank"),
        pytest.param(["it's", "'", "''", "a 'b' c"], id="single quotes"),
        pytest.param(['say "yes"', '"', '""'], id="double quotes"),
        pytest.param(["", "a", ""], id="empty words"),
        pytest.param(["$(date)", "$HOME", "a$F(b)"], id="what HTCondor would fill in"),
        pytest.param(["a\tb", "\\n\\", "#c", "x = y"], id="other signs"),
    ],
)
def test_htcondor_reads_the_quoted_arguments(words: list[str]) -> None:
    assert arguments(quoted_arguments(words)) == words


def test_a_submit_description_runs_the_commands(tmp_path: Path) -> None:
    """The job prints the same as a script of these lines."""
    htcondor = SCHEDULERS["htcondor"]
    text = htcondor.script("#!/usr/bin/env condor_submit", htcondor.options(REQUEST), BODY)
    job = submitted(text)
    assert job["executable"] == "/usr/bin/env"
    assert job["transfer_executable"] == "False"
    assert job["request_cpus"] == "2"
    # Processes whose numbers differ are all that may differ: `tr` in BODY takes them away.
    said = subprocess.run(
        [job["executable"], *arguments(job["arguments"])], capture_output=True, check=True
    )
    script = tmp_path / "script"
    script.write_text("\n".join([*BODY, ""]))
    expected = subprocess.run(["bash", script], capture_output=True, check=True)
    assert re.sub(rb"n+", b"n", said.stdout) == re.sub(rb"n+", b"n", expected.stdout)
    assert said.stdout.startswith(b'it\'s\ntwo  words "quoted" 100% x\na \'b\' "c" \\n $(no)')


@pytest.mark.parametrize(
    ("kind", "with_folder", "without"),
    [
        pytest.param("slurm", ["/logs/dask-worker-4.err", "/logs/dask-worker-4.out"], ["/here/slurm-4.out"], id="slurm"),
        pytest.param("lsf", ["/logs/dask-worker-4.err", "/logs/dask-worker-4.out"], [], id="lsf: mail"),
        pytest.param("pbs", ["/logs/4.*ER", "/logs/4.*OU"], ["/here/dask-worker.e4", "/here/dask-worker.o4"], id="pbs"),
        pytest.param("sge", ["/logs/dask-worker.o4"], ["/here/dask-worker.o4"], id="sge: one for both"),
        pytest.param(
            "htcondor",
            ["/logs/dask-worker-4.err", "/logs/dask-worker-4.out", "/logs/dask-worker-4.log"],
            [],
            id="htcondor: none",
        ),
        pytest.param(
            "oar",
            ["/logs/dask-worker-4.err", "/logs/dask-worker-4.out"],
            ["/here/OAR.dask-worker.4.stderr", "/here/OAR.dask-worker.4.stdout"],
            id="oar",
        ),
        pytest.param(
            "moab",
            ["/logs/dask-worker.e4", "/logs/dask-worker.o4"],
            ["/here/dask-worker.e4", "/here/dask-worker.o4"],
            id="moab",
        ),
    ],
)  # fmt: skip
def test_paths_of_log_files(kind: str, with_folder: list[str], without: list[str]) -> None:
    scheduler = SCHEDULERS[kind]
    assert scheduler.log_paths(JobRequest("dask-worker"), "4", "/here") == without
    request = JobRequest("dask-worker", log_directory="/logs/")
    assert scheduler.log_paths(request, "4", "/here") == with_folder


def test_moabs_prefix_is_not_in_the_names_of_log_files() -> None:
    paths = SCHEDULERS["moab"].log_paths(JobRequest("name"), "Moab.4", "/here")
    assert paths == ["/here/name.e4", "/here/name.o4"]
