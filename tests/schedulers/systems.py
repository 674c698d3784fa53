"""The batch schedulers on which the behaviours are tested, real and imitated ones."""

from __future__ import annotations

import abc
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
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
            pid = _daemon(folder, self.controller)
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


class OAR(OneNode):
    kind = "oar"
    script = "oar"
    controller = "almighty"
    queue = "default"
    has_gpus = False  # it counts them, but tells a job not which
    tunables: ClassVar[dict[str, str]] = {"oar.memory_per_core_property_name": "memcore"}

    def job_numbers(self) -> list[str]:
        return re.findall(r'^ +"(\d+)" :', self.ask("oarstat", "--json"), re.MULTILINE)

    def kill(self, number: str) -> None:
        self.ask("oardel", number)

    @contextmanager
    def without_controller(self) -> Iterator[dict[str, str]]:
        """Stop it and start it again, because it then finds what was submitted meanwhile."""
        pid = _daemon(self.folder, self.controller)
        words, variables = (
            Path(f"/proc/{pid}/{name}").read_text().split("\0")[:-1]
            for name in ("cmdline", "environ")
        )
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not is_running(pid))
        try:
            yield self.environ
        finally:
            file = str(self.folder / f"{self.controller}.pid")
            subprocess.run(
                [
                    "setsid",
                    "-f",
                    "sh",
                    "-c",
                    'echo $$ >"$0" && exec "$@" >/dev/null 2>&1',
                    file,
                    *words,
                ],
                env=dict(variable.split("=", 1) for variable in variables),
                cwd=self.folder / "run",
                check=True,
            )
            wait_until(lambda: _daemon(self.folder, self.controller) != pid)

    @contextmanager
    def with_hanging_database(self) -> Iterator[None]:
        pid = _daemon(self.folder, "postgres")
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def is_submitting(self) -> bool:
        """Tell whether an oarsub of this copy still runs."""
        program = f"{self.folder}/lib/oarsub".encode()
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                if program in path.read_bytes():
                    return True
        return False


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


def _daemon(folder: Path, name: str) -> int:
    """Return the process ID of a one-node scheduler's daemon."""
    return int((folder / f"{name}.pid").read_text().split()[0])


def _exported(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each line ``export NAME='VALUE'`` or ``export NAME="VALUE"``."""
    for line in text.splitlines():
        match = re.fullmatch(r"export (\w+)=(['\"]?)(.*)\2", line)
        assert match, line
        yield match.group(1), os.path.expandvars(match.group(3))
