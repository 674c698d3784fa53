"""Find the GPUs that processes may use, and divide those of this machine among local workers."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..core.errors import BackendError

VARIABLE = "CUDA_VISIBLE_DEVICES"
#: Variables that select GPUs of NVIDIA, AMD and Intel; the first one that names a GPU counts. HIP
#: counts within ROCR's devices, so it comes first.
VARIABLES = (VARIABLE, "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ZE_AFFINITY_MASK")

_NAME = re.compile(r"\d+(\.\d+)?|(GPU|MIG)-\S+")
#: Index of a GPU and the lines below it, of which each MIG instance has one.
_GPU = re.compile(r"^GPU (\d+): .*((?:\n(?!GPU \d).*)*)", re.M)
_MIG = re.compile(r"^\s+MIG .*\(UUID: (MIG-[^)\s]+)\)", re.M)
#: Seconds that nvidia-smi may take; it never ends if the driver hangs.
_TIME_LIMIT = 30


@dataclass(frozen=True)
class VisibleGPUs:
    """The GPUs that processes may use.

    Attributes
    ----------
    names : tuple of str
        Their names in `variable`: numbers on the host, or UUIDs.
    variable : str
        The environment variable that selects them.
    """

    names: tuple[str, ...]
    variable: str = VARIABLE

    @property
    def indices(self) -> tuple[str, ...]:
        """The numbers by which toolkits such as CUDA know them: they count the visible GPUs.

        A process can use one MIG instance only. Level Zero counts the tiles of a GPU (``0.1``) as
        one device.

        Examples
        --------
        >>> VisibleGPUs(("2", "3")).indices, VisibleGPUs(("MIG-a", "MIG-b")).indices
        (('0', '1'), ('0',))
        """
        has_mig = any(name.startswith("MIG-") for name in self.names)
        devices = dict.fromkeys(name.partition(".")[0] for name in self.names)
        return tuple(map(str, range(1 if has_mig else len(devices))))


def selected_gpus(environ: Mapping[str, str]) -> VisibleGPUs | None:
    """Return the GPUs that environment variables select; None if no variable is set.

    Examples
    --------
    >>> selected_gpus({"CUDA_VISIBLE_DEVICES": "2"})
    VisibleGPUs(names=('2',), variable='CUDA_VISIBLE_DEVICES')
    """
    found = [VisibleGPUs(parse_variable(environ[v]), v) for v in VARIABLES if v in environ]
    return next((gpus for gpus in found if gpus.names), found[0] if found else None)


def visible_gpus(environ: Mapping[str, str]) -> VisibleGPUs:
    """Return the GPUs that processes may use.

    Parameters
    ----------
    environ : mapping
        Environment variables. If one of `VARIABLES` is set, they decide; otherwise ``nvidia-smi``
        is run.

    Returns
    -------
    VisibleGPUs

    Raises
    ------
    BackendError
        If ``nvidia-smi`` exists but fails.
    """
    found = selected_gpus(environ)
    if found is not None:
        return found
    command = shutil.which("nvidia-smi", path=environ.get("PATH"))
    return VisibleGPUs(parse_nvidia_smi(_output([command, "-L"])) if command else ())


def parse_variable(value: str) -> tuple[str, ...]:
    """Return the GPUs that a value of one of `VARIABLES` makes visible.

    CUDA ignores the first invalid or repeated device and all devices after it.

    Examples
    --------
    >>> parse_variable("2,3,-1,4"), parse_variable("NoDevFiles")
    (('2', '3'), ())
    """
    devices: list[str] = []
    for device in (part.strip() for part in value.split(",")):
        if not _NAME.fullmatch(device) or device in devices:
            break
        devices.append(device)
    return tuple(devices)


def parse_nvidia_smi(text: str) -> tuple[str, ...]:
    """Return the GPUs in the output of ``nvidia-smi -L``; for a GPU in MIG mode, its instances."""
    groups = (_MIG.findall(below) or [gpu] for gpu, below in _GPU.findall(text))
    return tuple(itertools.chain.from_iterable(groups))


def divide(devices: Sequence[str], workers: int, each: int) -> list[str]:
    """Return a value of ``CUDA_VISIBLE_DEVICES`` for each worker, with `each` devices of its own.

    Examples
    --------
    >>> divide(("0", "1", "2", "3"), workers=2, each=2)
    ['0,1', '2,3']
    """
    return [",".join(devices[n * each : (n + 1) * each]) for n in range(workers)]


def _output(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the path comes from PATH, the argument is ours
            command, capture_output=True, text=True, timeout=_TIME_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendError(f"{' '.join(command)} failed: {error}") from None
    if done.returncode:
        words = " ".join((done.stdout + done.stderr).split())
        raise BackendError(f"{' '.join(command)} failed with exit code {done.returncode}: {words}")
    return done.stdout
