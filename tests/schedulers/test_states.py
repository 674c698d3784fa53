"""Job states and cancelled jobs in recorded output, and every state that schedulers know."""

from __future__ import annotations

import json
import re

import pytest

from dask_backend_config.schedulers import SCHEDULERS, Output

from . import recordings

WAITING, RUNNING, ENDED = "waiting", "running", "ended"
NEVER = "Can Never Run: Insufficient amount of resource: ngpus (R: 3 A: 2 T: 2)"
RUN_AT = "Job run at Mon Nov 23 at 05:12 on (node1:ncpus=4:mem=1048576kb:ngpus=1)"
NO_PROGRAM = (
    "Error from slot1_5@node1: Failed to execute '/nosuch/program' with arguments 1: "
    "(errno=2: 'No such file or directory')"
)


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
            "htcondor",
            "condor_q 4 5 -json -attributes ClusterId,ProcId,JobStatus,HoldReason,Hol"
            "dReasonCode,LastRejMatchReason",
            id="htcondor",
        ),
        pytest.param("oar", "oarstat --json --full --job=4 --job=5", id="oar"),
        pytest.param("moab", "showq", id="moab"),
    ],
)
def test_one_command_shows_all_jobs(kind: str, command: str) -> None:
    assert " ".join(SCHEDULERS[kind].states_command(["4", "5"])) == command


@pytest.mark.parametrize(
    ("kind", "name", "states"),
    [
        pytest.param(
            "slurm",
            "states_mixed",
            {
                "1": (RUNNING, "RUNNING"),
                "2": (WAITING, "PENDING (Resources)"),
                "3": (WAITING, "PENDING (JobHeldUser)"),
                "4": (RUNNING, "RUNNING"),
                "5": (ENDED, "CANCELLED (Priority)"),
            },
            id="slurm: several and an unknown one",
        ),
        pytest.param("slurm", "states_unknown_two", {}, id="slurm: two unknown ones"),
        pytest.param(
            "lsf",
            "states_mixed",
            {
                "169": (RUNNING, "RUN"),
                "167": (WAITING, "PEND (Job slot limit reached: 1 host)"),
                "172": (WAITING, "PSUSP (The job was suspended by the user while pending: 1 host)"),
                "173": (WAITING, "PEND (Job dependency condition not satisfied: 1 host)"),
                "170": (ENDED, "EXIT"),
            },
            id="lsf: several and an unknown one",
        ),
        pytest.param(
            "sge",
            "states_mixed",
            {
                **dict.fromkeys(("21", "22", "24", "28"), (RUNNING, "r, running")),
                "26": (
                    WAITING,
                    'qw, queued (cannot run in PE "smp" because it only offers 0 slots)',
                ),
                "23": (
                    WAITING,
                    'qw, queued ((-l gpu=3) cannot run at host "node1" because it offers only '
                    "hc:gpu=0.000000)",
                ),
                "20": (
                    WAITING,
                    "Eqw, error (11/23/2026 05:31:04 [0:28896]: error: can't open output file "
                    '"/no/such/dir/": No such file or directory)',
                ),
                "27": (
                    WAITING,
                    'qw, queued ((-l h_rt=18000) cannot run in queue "main" because of cluster '
                    "queue)",
                ),
                "25": (WAITING, "hqw, held (Job is in hold state)"),
            },
            id="sge: several and an unknown one",
        ),
        pytest.param(
            "pbs",
            "states_known_and_unknown",
            {"73": (RUNNING, f"R, running ({RUN_AT})")},
            id="pbs: running and an unknown one",
        ),
        pytest.param("pbs", "states_held", {"77": (WAITING, "H, held")}, id="pbs: held"),
        pytest.param(
            "pbs",
            "states_never",
            {"70": (WAITING, f"Q, queued ({NEVER})")},
            id="pbs: reason over two lines",
        ),
        pytest.param("pbs", "states_finished", {"80": (ENDED, "F, finished")}, id="pbs: finished"),
        pytest.param(
            "htcondor",
            "states_mixed",
            {
                "16.0": (RUNNING, "Running"),
                "17.0": (WAITING, "Idle"),
                "18.0": (ENDED, f"Held ({NO_PROGRAM})"),
                "19.0": (ENDED, "Held (ran too long)"),
                "20.0": (WAITING, "Held (the admin wants it (by user me))"),
            },
            id="htcondor: several and an unknown one",
        ),
        pytest.param(
            "oar",
            "states_mixed",
            {
                "11": (RUNNING, "Running"),
                "12": (WAITING, "Waiting"),
                "13": (WAITING, "Hold"),
                "2": (ENDED, "Terminated (exit status 3)"),
                "3": (ENDED, "Error (FRAG_JOB_REQUEST: User tester requested to frag the job 3)"),
                "4": (
                    ENDED,
                    "Error (WALLTIME: [sarko] Job [4] from 1795998433 with 10; current time=1795998452 (Elapsed))",
                ),
                "5": (ENDED, "Terminated (signal 9)"),
                "6": (
                    ENDED,
                    "Error (OUTPUT_FILES: [bipbip 6] Cannot create .stdout and .stderr files in /home/tester on the node node1)",
                ),
            },
            id="oar: several and an unknown one",
        ),
        pytest.param(
            "moab",
            "states_mixed",
            {
                "12": (RUNNING, "Running"),
                "Moab.13": (RUNNING, "Starting"),
                "14": (WAITING, "Idle"),
                "15": (WAITING, "UserHold (blocked)"),
                "16": (WAITING, "Idle (blocked)"),
            },
            id="moab: all parts of the output",
        ),
    ],
)
def test_states_in_recorded_output(
    kind: str, name: str, states: dict[str, tuple[str, str]]
) -> None:
    found = SCHEDULERS[kind].read_states(recordings.recorded(kind, name))
    assert {number: (job.phase, job.description) for number, job in found.items()} == states


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_an_unknown_job_has_no_state(kind: str) -> None:
    assert SCHEDULERS[kind].read_states(recordings.recorded(kind, "states_unknown")) == {}


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_states_of_a_controller_that_is_down_are_an_error(kind: str) -> None:
    output = recordings.recorded(kind, "states_down")
    assert output.message
    with pytest.raises(ValueError, match=f"^{re.escape(output.message)}$"):
        SCHEDULERS[kind].read_states(output)


FAILURES = [(127, "x: command not found"), (124, "timed out after 5 s")]


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_command_that_is_missing_or_hangs_shows_no_states(kind: str) -> None:
    for exit_code, message in FAILURES:
        with pytest.raises(ValueError, match=message):
            SCHEDULERS[kind].read_states(Output(("x",), exit_code, stderr=message))


#: Output that shows one state, and the phase of each state.
ONE_STATE = {
    "slurm": "4|{}|None\n",
    "lsf": "4       tester  {:5} normal     login1      node1       dask-worker Nov 23 05:12\n",
    "pbs": "Job Id: 4.node1\n    Job_Name = dask-worker\n    job_state = {}\n    queue = workq\n\n",
    "sge": "      4 0.55500 dask-worke tester       {:5} 11/23/2026 05:12:47 main@node1     1        \n",
    "htcondor": '[{{"ClusterId": 4, "ProcId": 0, "JobStatus": {}}}]',
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


@pytest.mark.parametrize("kind", STATES)
def test_every_state_is_waiting_running_or_ended(kind: str) -> None:
    found = {}
    for state in " ".join(STATES[kind].values()).split():
        output = Output(("x",), 0, ONE_STATE[kind].format(state))
        (found[state],) = (job.phase for job in SCHEDULERS[kind].read_states(output).values())
    assert found == {
        state: phase for phase, states in STATES[kind].items() for state in states.split()
    }


@pytest.mark.parametrize(
    ("state", "description"),
    [
        ("hqw", "hqw, held"),
        ("Eqw", "Eqw, error"),
        ("dr", "dr, being deleted"),
        ("qw", "qw, queued"),
        ("r", "r, running"),
        ("X", "X, unknown"),
    ],
)
def test_the_most_important_letter_of_grid_engine_explains_the_state(
    state: str, description: str
) -> None:
    output = Output(("x",), 0, ONE_STATE["sge"].format(state))
    (job,) = SCHEDULERS["sge"].read_states(output).values()
    assert job.description == description


@pytest.mark.parametrize("kind", ONE_STATE)
def test_an_unknown_state_counts_as_running(kind: str) -> None:
    # Otherwise a running job would be replaced.
    unknown = {"htcondor": "9", "sge": "X", "pbs": "Y"}.get(kind, "NEWER")
    output = Output(("x",), 0, ONE_STATE[kind].format(unknown))
    assert [job.phase for job in SCHEDULERS[kind].read_states(output).values()] == [RUNNING]


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_one_command_cancels_all_jobs(kind: str) -> None:
    *words, _, _ = recordings.recorded(kind, "cancel_many").command
    assert SCHEDULERS[kind].cancel_command(["4", "5"]) == [*words, "4", "5"]


SGE_END = "=====\nqname  main\nfailed       {}\nexit_status  {}                  (Killed)\n"


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        pytest.param("Job run at Mon on (node1:ncpus=1)", (RUNNING, "R, running"), id="running"),
        pytest.param(
            "Job run at Mon on (node1:ncpus=1) and\n\t terminated by me@login1", (ENDED, "R, deleted"),
            id="deleted",
        ),
    ],
)  # fmt: skip
def test_a_deleted_job_that_pbs_shows_as_running_has_ended(
    comment: str, expected: tuple[str, str]
) -> None:
    printed = f"Job Id: 80.node1\n    job_state = R\n    comment = {comment}\n"
    state = SCHEDULERS["pbs"].read_states(Output(("qstat",), 0, printed))["80"]
    assert (state.phase, state.state) == expected


PBS_END = "Job Id: 80.node1\n    Job_Name = w\n    job_state = F\n    Exit_status = {}\n    comment = {}\n"
LSF_END = """
Job <17>, Job Name <w>, User <me>, Project <default>, Status <EXIT>, Queue <normal
                     >, Command <#!/usr/bin/env bash>
Mon Nov 23 05:12:00: {} The CPU time used is 1.0 seconds.
"""


@pytest.mark.parametrize(
    ("kind", "printed", "words"),
    [
        pytest.param(
            "sge", SGE_END.format("37  : qmaster enforced h_rt, h_cpu, or h_vmem limit", 137),
            "qmaster enforced h_rt, h_cpu, or h_vmem limit, exit status 137", id="sge: time",
        ),
        pytest.param("sge", SGE_END.format("0    ", 3), "exit status 3", id="sge: exit"),
        pytest.param(
            "sge", SGE_END.format("25  : rescheduling", 0) + SGE_END.format("100 : assumedly after job", 9),
            "assumedly after job, exit status 9", id="sge: restarted",
        ),
        pytest.param("sge", "", "", id="sge: not yet known"),
        pytest.param(
            "pbs", PBS_END.format(-29, "Job run at Mon and exceeded\n\t resource walltime"),
            "walltime exceeded, Job run at Mon and exceeded resource walltime", id="pbs: time",
        ),
        pytest.param("pbs", PBS_END.format(271, ""), "exit status 271", id="pbs: signal"),
        pytest.param("pbs", "", "", id="pbs: no history"),
        pytest.param(
            "lsf", LSF_END.format("Exited; TERM_MEMLIMIT: job killed after reaching LSF mem\n" + 21 * " " + "ory usage limit."),
            "TERM_MEMLIMIT: job killed after reaching LSF memory usage limit", id="lsf: memory",
        ),
        pytest.param("lsf", LSF_END.format("Exited with exit code 137."), "Exited with exit code 137", id="lsf: exit"),
        pytest.param("lsf", LSF_END.format("Started on <node1>."), "", id="lsf: unknown"),
        pytest.param("slurm", "", "", id="slurm: its states tell it"),
        pytest.param(
            "htcondor", '[{"ExitBySignal": false, "ExitCode": 1}]', "exit code 1", id="htcondor: exit",
        ),
        pytest.param(
            "htcondor", '[{"ExitBySignal": true, "ExitSignal": 9}]', "signal 9", id="htcondor: signal",
        ),
        pytest.param(
            "htcondor", '[{"ExitBySignal": false, "RemoveReason": "via\\ncondor_rm"}]', "via condor_rm",
            id="htcondor: removed",
        ),
        pytest.param("htcondor", "[\n]\n", "", id="htcondor: no history"),
    ],
)  # fmt: skip
def test_the_end_of_a_job_is_read(kind: str, printed: str, words: str) -> None:
    scheduler = SCHEDULERS[kind]
    assert scheduler.read_end(Output(tuple(scheduler.end_command("17")), 0, printed)) == words


@pytest.mark.parametrize(
    "state", ["OUT_OF_MEMORY", "TIMEOUT", "PREEMPTED", "NODE_FAIL", "DEADLINE"]
)
def test_slurm_s_states_tell_how_a_job_ended(state: str) -> None:
    output = Output(("squeue",), 0, f"4|{state}|None\n")
    assert SCHEDULERS["slurm"].read_states(output)["4"].description == state


OAR_REQUEST = "R=8,W=0:5:0,J=B,N=dask-worker"
TO_END = ("SWITCH_INTO_TERMINATE_STATE", "[bipbip 4] Ask to change the job state")
KILL = ("FRAG_JOB_REQUEST", "User root requested to frag the job 4")


@pytest.mark.parametrize(
    ("state", "message", "exit_code", "events", "job"),
    [
        pytest.param(
            "Waiting", f"{OAR_REQUEST} (Karma=0.000,quota_ok)", None, [], (WAITING, "Waiting"), id="will start",
        ),
        pytest.param(
            "Waiting", "No enough matching resources (no_matching_slot)", None, [],
            (WAITING, "Waiting (No enough matching resources (no_matching_slot))"), id="no resources",
        ),
        pytest.param("Hold", OAR_REQUEST, None, [], (WAITING, "Hold"), id="held"),
        pytest.param(
            "Running", f"{OAR_REQUEST} (Karma=0.000,quota_ok)", None, [], (RUNNING, "Running"), id="running",
        ),
        pytest.param(
            "Running", OAR_REQUEST, None, [("WALLTIME", "[sarko] Job [4] (Elapsed)")],
            (ENDED, "Running, being killed (WALLTIME: [sarko] Job [4] (Elapsed))"), id="its time is over",
        ),
        pytest.param(
            "Error", OAR_REQUEST, None,
            [("WALLTIME", "[sarko] Job [4] (Elapsed)"), ("SEND_KILL_JOB", "[Leon]"), ("SWITCH_INTO_ERROR_STATE", "x")],
            (ENDED, "Error (WALLTIME: [sarko] Job [4] (Elapsed))"), id="its time was over",
        ),
        pytest.param(
            "Error", "Job killed by Leon directly", None, [KILL],
            (ENDED, "Error (FRAG_JOB_REQUEST: User root requested to frag the job 4)"), id="deleted",
        ),
        pytest.param(
            "Terminated", f"{OAR_REQUEST} (Karma=0.000,quota_ok)", 768, [TO_END],
            (ENDED, "Terminated (exit status 3)"), id="failed",
        ),
        pytest.param("Terminated", OAR_REQUEST, 9, [TO_END], (ENDED, "Terminated (signal 9)"), id="signal"),
        pytest.param("Terminated", OAR_REQUEST, 0, [TO_END], (ENDED, "Terminated"), id="succeeded"),
        pytest.param(
            "Error", OAR_REQUEST, None, [("WORKING_DIRECTORY", "no such directory")],
            (ENDED, "Error (WORKING_DIRECTORY: no such directory)"), id="did not start",
        ),
    ],
)  # fmt: skip
def test_oar_tells_why_a_job_waits_and_how_it_ended(
    state: str,
    message: str,
    exit_code: int | None,
    events: list[tuple[str, str]],
    job: tuple[str, str],
) -> None:
    listed = [
        {"event_id": number, "type": kind, "description": words}
        for number, (kind, words) in enumerate(events)
    ]
    answer = {"state": state, "message": message, "exit_code": exit_code, "events": listed[::-1]}
    output = Output(("oarstat",), 0, json.dumps({"4": answer}))
    (found,) = SCHEDULERS["oar"].read_states(output).values()
    assert (found.phase, found.description) == job


OAR_DOWN = "Could not connect to the socket 127.0.0.1:6666\n"
REGISTERED = (
    "Deleting the job = 4 ...REGISTERED.\nThe job(s) [ 4 ] will be deleted in the near future.\n"
)
NOT_REGISTERED = "Deleting the job = 4 ...ERROR.\n"


@pytest.mark.parametrize(
    ("stdout", "stderr", "is_cancelled"),
    [
        pytest.param(REGISTERED, OAR_DOWN, True, id="registered"),
        pytest.param(NOT_REGISTERED, OAR_DOWN, False, id="only the controller is down"),
        pytest.param(
            NOT_REGISTERED, f"Cannot frag 4 ; This job was already killed.\n{OAR_DOWN}", True, id="again",
        ),
        pytest.param(
            REGISTERED + NOT_REGISTERED, f"Cannot frag 5 ; You are not the right user.\n{OAR_DOWN}", False,
            id="one of another user",
        ),
    ],
)  # fmt: skip
def test_oar_registers_the_end_of_a_job_without_its_controller(
    stdout: str, stderr: str, is_cancelled: bool
) -> None:
    output = Output(("oardel", "4"), 2, stdout, stderr)
    assert SCHEDULERS["oar"].cancel_succeeded(output) == is_cancelled


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
def test_a_job_that_ended_before_counts_as_cancelled(kind: str, name: str) -> None:
    assert SCHEDULERS[kind].cancel_succeeded(recordings.recorded(kind, name))


@pytest.mark.parametrize(("kind", "name"), NOT_GONE)
def test_an_active_job_is_not_cancelled(kind: str, name: str) -> None:
    assert not SCHEDULERS[kind].cancel_succeeded(recordings.recorded(kind, name))


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_jobs_are_not_cancelled_if_the_command_is_missing_or_hangs(kind: str) -> None:
    for exit_code, message in FAILURES:
        output = Output(("x",), exit_code, stderr=message)
        assert not SCHEDULERS[kind].cancel_succeeded(output)
