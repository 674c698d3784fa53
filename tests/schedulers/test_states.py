"""How jobs stand, and whether they are gone: what real schedulers said, and every state they know."""

from __future__ import annotations

import re

import pytest

from dask_backend_config.schedulers import SCHEDULERS, JobState, Output

from . import recordings

WAITING, RUNNING, ENDED = "waiting", "running", "ended"
NEVER = "Can Never Run: Insufficient amount of resource: ngpus (R: 3 A: 2 T: 2)"
RUN_AT = "Job run at Mon Nov 23 at 05:12 on (node1:ncpus=4:mem=1048576kb:ngpus=1)"
NO_ENV = "Error from slot1@node1: Failed to execute '/usr/bin/env': (errno=2: 'No such file or directory')"


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        pytest.param(
            "slurm", "squeue --noheader --states=all --format=%i|%T|%r --jobs=4,5", id="slurm"
        ),
        pytest.param("lsf", "bjobs -w -a -p -s 4 5", id="lsf"),
        pytest.param("pbs", "qstat -f 4 5", id="pbs"),
        pytest.param(
            "sge", 'sh -c qstat || exit; qstat -j "$1" 2>/dev/null; true qstat 4,5', id="sge"
        ),
        pytest.param(
            "htcondor", "condor_q 4 5 -af ClusterId ProcId JobStatus HoldReason", id="htcondor"
        ),
        pytest.param("oar", "oarstat --json --job=4 --job=5", id="oar"),
        pytest.param("moab", "showq", id="moab"),
    ],
)
def test_one_command_tells_of_all_jobs(kind: str, command: str) -> None:
    assert " ".join(SCHEDULERS[kind].states_command(["4", "5"])) == command


@pytest.mark.parametrize(
    ("kind", "name", "states"),
    [
        pytest.param(
            "slurm",
            "states_mixed",
            {
                "1": JobState(RUNNING, "RUNNING"),
                "2": JobState(WAITING, "PENDING (Resources)"),
                "3": JobState(WAITING, "PENDING (JobHeldUser)"),
                "4": JobState(RUNNING, "RUNNING"),
                "5": JobState(ENDED, "CANCELLED (Priority)"),
            },
            id="slurm: several beside an unknown one",
        ),
        pytest.param("slurm", "states_unknown_two", {}, id="slurm: two unknown ones, exit code 0"),
        pytest.param(
            "lsf",
            "states_mixed",
            {
                "169": JobState(RUNNING, "RUN"),
                "167": JobState(WAITING, "PEND (Job slot limit reached: 1 host)"),
                "172": JobState(
                    WAITING, "PSUSP (The job was suspended by the user while pending: 1 host)"
                ),
                "173": JobState(WAITING, "PEND (Job dependency condition not satisfied: 1 host)"),
                "170": JobState(ENDED, "EXIT"),
            },
            id="lsf: several beside an unknown one",
        ),
        pytest.param(
            "sge",
            "states_mixed",
            {
                **{number: JobState(RUNNING, "r, running") for number in ("21", "22", "24", "28")},
                "26": JobState(
                    WAITING,
                    'qw, queued (cannot run in PE "smp" because it only offers 0 slots)',
                ),
                "23": JobState(
                    WAITING,
                    'qw, queued ((-l gpu=3) cannot run at host "node1" because it offers only '
                    "hc:gpu=0.000000)",
                ),
                "20": JobState(
                    WAITING,
                    "Eqw, error (11/23/2026 05:31:04 [0:28896]: error: can't open output file "
                    '"/no/such/dir/": No such file or directory)',
                ),
                "27": JobState(
                    WAITING,
                    'qw, queued ((-l h_rt=18000) cannot run in queue "main" because of cluster '
                    "queue)",
                ),
                "25": JobState(WAITING, "hqw, held (Job is in hold state)"),
            },
            id="sge: several beside an unknown one",
        ),
        pytest.param(
            "pbs",
            "states_known_and_unknown",
            {"73": JobState(RUNNING, f"R, running ({RUN_AT})")},
            id="pbs: running beside an unknown one",
        ),
        pytest.param("pbs", "states_held", {"77": JobState(WAITING, "H, held")}, id="pbs: held"),
        pytest.param(
            "pbs",
            "states_never",
            {"70": JobState(WAITING, f"Q, queued ({NEVER})")},
            id="pbs: waits for ever, a reason over two lines",
        ),
        pytest.param(
            "pbs", "states_finished", {"80": JobState(ENDED, "F, finished")}, id="pbs: finished"
        ),
        pytest.param(
            "htcondor",
            "states_mixed",
            {
                "12.0": JobState(RUNNING, "Running"),
                "13.0": JobState(WAITING, "Idle"),
                "14.0": JobState(WAITING, f"Held ({NO_ENV})"),
            },
            id="htcondor: several beside an unknown one",
        ),
        pytest.param(
            "oar",
            "states_mixed",
            {
                "12": JobState(RUNNING, "Running (R=1,W=0:30:0,J=B,N=dask-worker (Karma=0.000))"),
                "13": JobState(
                    WAITING,
                    "Waiting (R=32,W=0:30:0,J=B,N=dask-worker (Cannot find enough resources))",
                ),
                "14": JobState(ENDED, "Terminated"),
            },
            id="oar: several beside an unknown one",
        ),
        pytest.param(
            "moab",
            "states_mixed",
            {
                "12": JobState(RUNNING, "Running"),
                "Moab.13": JobState(RUNNING, "Starting"),
                "14": JobState(WAITING, "Idle"),
                "15": JobState(WAITING, "UserHold (blocked)"),
                "16": JobState(WAITING, "Idle (blocked)"),
            },
            id="moab: all parts of the list",
        ),
    ],
)
def test_recorded_answers_are_read(kind: str, name: str, states: dict[str, JobState]) -> None:
    assert SCHEDULERS[kind].read_states(recordings.recorded(kind, name)) == states


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_an_unknown_job_is_no_error_and_has_no_state(kind: str) -> None:
    assert SCHEDULERS[kind].read_states(recordings.recorded(kind, "states_unknown")) == {}


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_controller_that_is_down_tells_nothing_of_jobs(kind: str) -> None:
    output = recordings.recorded(kind, "states_down")
    assert output.message
    with pytest.raises(ValueError, match=f"^{re.escape(output.message)}$"):
        SCHEDULERS[kind].read_states(output)


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_command_that_is_missing_or_hangs_tells_nothing_of_jobs(kind: str) -> None:
    for exit_code, words in ((127, "command not found"), (124, "timed out after 5 s")):
        with pytest.raises(ValueError, match=words):
            SCHEDULERS[kind].read_states(Output(("x",), exit_code, stderr=words))


#: Each state that a scheduler knows: how it writes it, and where the job then stands.
ONE_STATE = {
    "slurm": "4|{}|None\n",
    "lsf": "4       tester  {:5} normal     login1      node1       dask-worker Nov 23 05:12\n",
    "pbs": "Job Id: 4.node1\n    Job_Name = dask-worker\n    job_state = {}\n    queue = workq\n\n",
    "sge": "      4 0.55500 dask-worke tester       {:5} 11/23/2026 05:12:47 main@node1     1        \n",
    "htcondor": "4 0 {} undefined\n",
    "oar": '{{"4": {{"state": "{}", "message": ""}}}}',
}
STATES = {
    "slurm": {
        WAITING: "PENDING CONFIGURING REQUEUED REQUEUE_HOLD REQUEUE_FED SPECIAL_EXIT RESV_DEL_HOLD",
        RUNNING: "RUNNING COMPLETING SUSPENDED STOPPED SIGNALING STAGE_OUT RESIZING",
        ENDED: "BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED LAUNCH_FAILED NODE_FAIL OUT_OF_MEMORY "
        "PREEMPTED RECONFIG_FAIL REVOKED TIMEOUT",
    },
    "lsf": {
        WAITING: "PEND PSUSP WAIT PROV",
        RUNNING: "RUN USUSP SSUSP UNKWN",
        ENDED: "DONE EXIT ZOMBI",
    },
    "pbs": {WAITING: "Q H W T M", RUNNING: "R B E S U", ENDED: "F X C"},
    "sge": {
        WAITING: "qw hqw hRwq Rq Eqw Ehqw dEqw",
        RUNNING: "r t Rr Rt hr s ts S tS T tT Rs dr dt dRr dS P",
        ENDED: "",
    },
    "htcondor": {WAITING: "1 5", RUNNING: "2 6 7", ENDED: "3 4"},
    "oar": {
        WAITING: "Waiting Hold toAckReservation toLaunch",
        RUNNING: "Launching Running Suspended Resuming Finishing",
        ENDED: "Terminated Error toError",
    },
}


@pytest.mark.parametrize(
    ("kind", "phase", "state"),
    [
        pytest.param(kind, phase, state, id=f"{kind}: {state} is {phase}")
        for kind, phases in STATES.items()
        for phase, states in phases.items()
        for state in states.split()
    ],
)
def test_every_state_is_waiting_running_or_ended(kind: str, phase: str, state: str) -> None:
    output = Output(("x",), 0, ONE_STATE[kind].format(state))
    found = SCHEDULERS[kind].read_states(output)
    assert [entry.phase for entry in found.values()] == [phase]


@pytest.mark.parametrize(
    ("kind", "state", "words"),
    [
        pytest.param("pbs", "H", "H, held", id="pbs"),
        pytest.param("sge", "hqw", "hqw, held", id="sge"),
        pytest.param("sge", "Eqw", "Eqw, error", id="sge: an error"),
        pytest.param("sge", "dr", "dr, being deleted", id="sge: deleted"),
        pytest.param("sge", "qw", "qw, queued", id="sge: queued"),
        pytest.param("sge", "r", "r, running", id="sge: running"),
        pytest.param("lsf", "PSUSP", "PSUSP", id="lsf"),
        pytest.param("htcondor", "5", "Held", id="htcondor"),
        pytest.param("oar", "Hold", "Hold", id="oar"),
        pytest.param("slurm", "REQUEUE_HOLD", "REQUEUE_HOLD", id="slurm"),
    ],
)
def test_a_job_that_is_held_or_in_error_says_so(kind: str, state: str, words: str) -> None:
    output = Output(("x",), 0, ONE_STATE[kind].format(state))
    assert [entry.description for entry in SCHEDULERS[kind].read_states(output).values()] == [words]


@pytest.mark.parametrize("kind", ONE_STATE)
def test_a_state_that_nobody_knows_is_taken_for_running(kind: str) -> None:
    # Else a live job would be replaced.
    unknown = {"htcondor": "9", "sge": "X", "pbs": "Y"}.get(kind, "NEWER")
    output = Output(("x",), 0, ONE_STATE[kind].format(unknown))
    assert [entry.phase for entry in SCHEDULERS[kind].read_states(output).values()] == [RUNNING]


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_one_command_ends_all_jobs(kind: str) -> None:
    *words, _, _ = recordings.recorded(kind, "cancel_many").command
    assert SCHEDULERS[kind].cancel_command(["4", "5"]) == [*words, "4", "5"]


GONE = [
    pytest.param(kind, name, id=f"{kind}: {name.removeprefix('cancel_')}")
    for kind in SCHEDULERS
    for name in recordings.names(kind, "cancel_")
    if name not in ("cancel_not_ours", "cancel_down")
]
NOT_GONE = [
    pytest.param(kind, name, id=f"{kind}: {name.removeprefix('cancel_')}")
    for kind in SCHEDULERS
    for name in ("cancel_not_ours", "cancel_down")
    if name in recordings.names(kind, "cancel_")
]


@pytest.mark.parametrize(("kind", "name"), GONE)
def test_a_job_that_was_gone_before_counts_as_cancelled(kind: str, name: str) -> None:
    assert SCHEDULERS[kind].cancel_succeeded(recordings.recorded(kind, name))


@pytest.mark.parametrize(("kind", "name"), NOT_GONE)
def test_a_job_that_goes_on_is_not_cancelled(kind: str, name: str) -> None:
    assert not SCHEDULERS[kind].cancel_succeeded(recordings.recorded(kind, name))


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_jobs_are_not_cancelled_where_the_command_fails_in_silence(kind: str) -> None:
    assert not SCHEDULERS[kind].cancel_succeeded(Output(("x",), 1))
    assert not SCHEDULERS[kind].cancel_succeeded(Output(("x",), 124, stderr="timed out after 5 s"))
