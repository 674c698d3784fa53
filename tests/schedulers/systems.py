"""The batch schedulers on which the behaviours are tested, real and imitated ones."""

from __future__ import annotations

import abc
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

from tests.backends.conftest import is_running, wait_until

from .standins import condor, lsf, pbs
from .standins.engine import Cluster, shutdown

ONE_NODE = Path(__file__).parents[2] / "one-node"
#: Set where a missing scheduler is a failure, as in CI.
REQUIRED = "REQUIRE_SCHEDULERS"


class System(abc.ABC):
    """A batch scheduler on which tests run.

    Attributes
    ----------
    kind : str
        The backend's.
    queue : str or None
        Takes all jobs of the tests; the node has 8 CPUs, 16 GB and 2 GPUs.
    environ : dict
        What its commands need.
    """

    kind: ClassVar[str]
    queue: ClassVar[str | None]
    #: Whether jobs can ask for GPUs, and find which they have in CUDA_VISIBLE_DEVICES.
    has_gpus: ClassVar[bool] = True
    #: What this installation needs, as the ends of variables, lower case.
    tunables: ClassVar[dict[str, str]] = {}

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ: dict[str, str] = {}

    @abc.abstractmethod
    def start(self) -> None:
        """Start it and set `environ`."""

    @abc.abstractmethod
    def stop(self) -> None:
        """Stop it and all its jobs."""

    @abc.abstractmethod
    def job_numbers(self) -> list[str]:
        """Return the numbers of the active jobs."""

    @abc.abstractmethod
    def kill(self, number: str) -> None:
        """Cancel a job as an administrator would."""

    @abc.abstractmethod
    def without_controller(self) -> AbstractContextManager[dict[str, str]]:
        """Provide the environment of a scheduler whose controller has died."""

    def ask(self, *command: str) -> str:
        """Return the output of a command."""
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=30,
            env={**os.environ, **self.environ},
            check=False,
        )
        return done.stdout


class OneNode(System):
    """A real scheduler, started by a script in ``one-node``."""

    script: ClassVar[str]
    controller: ClassVar[str]

    def start(self) -> None:
        self.environ = dict(_exported(self._run("start", self.folder)))

    def stop(self) -> None:
        self._run("stop", self.folder)

    @contextmanager
    def without_controller(self) -> Iterator[dict[str, str]]:
        folder = self.folder.with_name(f"{self.folder.name}-dead")
        environ = dict(_exported(self._run("start", folder)))
        try:
            pid = int((folder / f"{self.controller}.pid").read_text().split()[0])
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: not is_running(pid))
            yield environ
        finally:
            self._run("stop", folder)

    def _run(self, action: str, folder: Path) -> str:
        command = [ONE_NODE / self.script, action, folder]
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


class Slurm(OneNode):
    kind = "slurm"
    script = "slurm"
    controller = "slurmctld"
    queue = "main"
    too_long_for_queue = "time limit"

    def job_numbers(self) -> list[str]:
        return self.ask("squeue", "-h", "-t", "PD,R,S,CG", "-o", "%i").split()

    def kill(self, number: str) -> None:
        self.ask("scancel", number)


class GridEngine(OneNode):
    kind = "sge"
    script = "gridengine"
    controller = "qmaster"
    queue = "main"
    has_gpus = False  # it counts them, but tells a job not which
    tunables: ClassVar[dict[str, str]] = {
        "sge.parallel_environment": "smp",
        "sge.memory_resource": "mem_free",
    }

    def job_numbers(self) -> list[str]:
        return re.findall(r"^ *(\d+) ", self.ask("qstat"), re.MULTILINE)

    def kill(self, number: str) -> None:
        self.ask("qdel", number)


class StandIn(System):
    """An imitated scheduler."""

    install: ClassVar[Callable[..., dict[str, str]]]
    settings: ClassVar[dict[str, Any]] = {}

    def start(self) -> None:
        self.environ = type(self).install(self.folder, **self.settings)

    def stop(self) -> None:
        shutdown(self.folder)

    @contextmanager
    def without_controller(self) -> Iterator[dict[str, str]]:
        cluster = Cluster(self.folder)
        cluster.down = True
        try:
            yield self.environ
        finally:
            cluster.down = False


class PBS(StandIn):
    kind = "pbs"
    queue = "workq"
    install = pbs.install

    def job_numbers(self) -> list[str]:
        return re.findall(r"^(\d+)\.", self.ask("qstat"), re.MULTILINE)

    def kill(self, number: str) -> None:
        self.ask("qdel", number)


class LSF(StandIn):
    kind = "lsf"
    queue = "normal"
    install = lsf.install

    def job_numbers(self) -> list[str]:
        return re.findall(r"^(\d+) ", self.ask("bjobs", "-w"), re.MULTILINE)

    def kill(self, number: str) -> None:
        self.ask("bkill", number)


class OpenLava(LSF):
    """OpenLava, which has no -gpu."""

    settings: ClassVar[dict[str, Any]] = {"flavour": "openlava", "units": "MB"}
    has_gpus = False


class HTCondor(StandIn):
    kind = "htcondor"
    queue = None
    settings: ClassVar[dict[str, Any]] = {"missing_units": "error"}
    install = condor.install

    def job_numbers(self) -> list[str]:
        jobs = Cluster(self.folder).jobs()
        return [f"{job['number']}.0" for job in jobs if condor.status(job) is not None]

    def kill(self, number: str) -> None:
        self.ask("condor_rm", number)

    def hold(self, number: str, reason: str, code: int) -> None:
        """Hold a job for a HoldReason with its code."""
        condor.hold(Cluster(self.folder), number, reason, code)


def _exported(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each line ``export NAME='VALUE'``."""
    for line in text.splitlines():
        match = re.fullmatch(r"export (\w+)='?(.*?)'?", line)
        assert match, line
        yield match.group(1), os.path.expandvars(match.group(2))
