"""Detection of the scheduler of a machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from unittest.mock import patch

import pytest

from dask_backend_config.backends import scheduler_answers
from dask_backend_config.schedulers import SCHEDULERS, Output

from . import recordings

#: A program for each scheduler that answers as its own does.
ANSWERS = {kind: recordings.probe(kind) for kind in SCHEDULERS}
NO_CONTROLLER = Output(("qstat",), 1, stderr="cannot connect")


class Machine:
    """A machine with some programs on its PATH, and their output.

    Attributes
    ----------
    asked : list of list of str
        The kinds that were asked, for each time.
    silent : list of list of str
        The kinds that were asked in vain.
    """

    def __init__(self, said: Mapping[str, Output]) -> None:
        self.said = said
        self.programs = {SCHEDULERS[kind].probe[0] for kind in said}
        self.asked: list[list[str]] = []
        self.silent: list[list[str]] = []

    def ask(self, commands: Sequence[tuple[str, ...]], _limit: float) -> list[Output]:
        kinds = {entry.probe: kind for kind, entry in SCHEDULERS.items()}
        if commands:
            self.asked.append([kinds[command] for command in commands])
        return [self.said.get(kinds[command], NO_CONTROLLER) for command in commands]

    def kind(self, **environ: str) -> str:
        with (
            patch.object(scheduler_answers, "run_all", self.ask),
            patch.object(shutil, "which", {name: name for name in self.programs}.get),
        ):
            answers = scheduler_answers.SchedulerAnswers(1.0)
            kind = answers.detected_kind(environ)
        self.silent = [[entry.kind for entry in entries] for entries, _ in answers.silent()]
        return kind


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_controller_that_answers_is_detected(kind: str) -> None:
    assert Machine({kind: ANSWERS[kind]}).kind() == kind


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_an_installed_command_without_a_controller_is_not_enough(kind: str) -> None:
    for nothing in (NO_CONTROLLER, Output(("x",), 0), Output(("x",), 0, "usage: x [options]\n")):
        assert Machine({kind: nothing}).kind() == "local"


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_a_scheduler_whose_controller_is_down_is_named(kind: str) -> None:
    down = recordings.recorded(kind, "probe_down")
    other = {"pbs": "sge", "sge": "pbs"}.get(kind)
    said = {kind: down} | ({other: recordings.probe(other, by=kind)} if other else {})
    machine = Machine(said)
    assert (machine.kind(), machine.silent) == ("local", [[kind]])


def test_two_schedulers_with_a_program_of_the_same_name_are_named_together() -> None:
    hangs = Output(("qstat",), 124, stderr="timed out after 5 s")
    machine = Machine({"pbs": hangs, "sge": hangs})
    assert (machine.kind(), machine.silent) == ("local", [["pbs", "sge"]])


def test_another_program_of_the_same_name_is_not_a_silent_scheduler() -> None:
    for output in (Output(("x",), 0, "hello"), Output(("x",), 2, stderr="Usage: x [-a] FILE")):
        machine = Machine(dict.fromkeys(SCHEDULERS, output))
        assert (machine.kind(), machine.silent) == ("local", [])


@pytest.mark.parametrize("kind", SCHEDULERS)
def test_no_command_runs_inside_a_job(kind: str) -> None:
    machine = Machine(ANSWERS)
    assert machine.kind(**recordings.JOB_ENVIRONMENTS[kind]) == kind
    assert machine.asked == []


def test_programs_on_the_path_are_probed_at_once() -> None:
    machine = Machine({"lsf": NO_CONTROLLER, "pbs": NO_CONTROLLER})
    assert machine.kind() == "local"
    # PBS and Grid Engine have a qstat each: which it is, its answer tells.
    assert [sorted(kinds) for kinds in machine.asked] == [["lsf", "pbs", "sge"]]


def test_no_command_runs_without_a_scheduler() -> None:
    machine = Machine({})
    assert machine.kind() == "local"
    assert machine.asked == []


@pytest.mark.parametrize("kind", ["pbs", "sge"])
def test_qstat_is_recognized_by_its_output(kind: str) -> None:
    machine = Machine(
        {"pbs": recordings.probe("pbs", by=kind), "sge": recordings.probe("sge", by=kind)}
    )
    assert machine.kind() == kind


def test_torque_is_not_pbs() -> None:
    said = (
        "Server             Max   Tot   Que   Run   Hld   Wat   Trn   Ext   Com Status\n"
        "----------------   ---   ---   ---   ---   ---   ---   ---   ---   --- ----------\n"
        "node1                0     0     0     0     0     0     0     0     0 Idle\n"
    )
    torque = Output(("qstat", "-B"), 0, said)
    assert Machine({"pbs": torque}).kind() == "local"
    assert Machine({"pbs": torque, "moab": ANSWERS["moab"]}).kind() == "moab"


def test_the_first_of_two_that_answer_is_selected() -> None:
    assert Machine({"moab": ANSWERS["moab"], "lsf": ANSWERS["lsf"]}).kind() == "lsf"


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        pytest.param({"JOB_ID": "4"}, "local", id="JOB_ID alone"),
        pytest.param({"SGE_ROOT": "/opt/sge"}, "local", id="SGE_ROOT alone"),
        pytest.param({"JOB_ID": "4", "SGE_TASK_ID": "undefined"}, "sge", id="both"),
        pytest.param({"PBS_JOBID": "4.host"}, "pbs", id="PBS"),
        pytest.param({"PBS_JOBID": "4.host", "MOAB_JOBID": "4"}, "moab", id="Moab on TORQUE"),
        pytest.param({"SLURM_JOB_ID": ""}, "local", id="an empty variable"),
        pytest.param({"SLURM_CONF": "/etc/slurm.conf"}, "local", id="Slurm outside of a job"),
        pytest.param({"LSF_ENVDIR": "/etc/lsf"}, "local", id="LSF outside of a job"),
    ],
)
def test_variables_outside_of_a_job_do_not_count(environ: dict[str, str], kind: str) -> None:
    assert Machine({}).kind(**environ) == kind
