"""Find the GPUs of this machine and divide them among local workers."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from ..core.errors import BackendError

VARIABLE = "CUDA_VISIBLE_DEVICES"

#: Index of a GPU and the lines below it, of which each MIG instance has one.
_GPU = re.compile(r"^GPU (\d+): .*((?:\n(?!GPU \d).*)*)", re.M)
_MIG = re.compile(r"^\s+MIG .*\(UUID: (MIG-[^)\s]+)\)", re.M)
#: Seconds that nvidia-smi may take; it never ends if the driver hangs.
_TIME_LIMIT = 30


def visible_devices(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the GPUs that processes may use, by their names in ``CUDA_VISIBLE_DEVICES``.

    Parameters
    ----------
    environ : mapping
        Environment variables. If ``CUDA_VISIBLE_DEVICES`` is set, it decides; otherwise
        ``nvidia-smi`` is run.

    Returns
    -------
    tuple of str
        Indices or UUIDs.

    Raises
    ------
    BackendError
        If ``nvidia-smi`` exists but fails.
    """
    if VARIABLE in environ:
        return parse_variable(environ[VARIABLE])
    command = shutil.which("nvidia-smi", path=environ.get("PATH"))
    return parse_nvidia_smi(_output([command, "-L"])) if command else ()


def parse_variable(value: str) -> tuple[str, ...]:
    """Return the GPUs that a value of ``CUDA_VISIBLE_DEVICES`` makes visible.

    CUDA ignores the first invalid or repeated device and all devices after it.

    Examples
    --------
    >>> parse_variable("2,3,-1,4"), parse_variable("NoDevFiles")
    (('2', '3'), ())
    """
    devices: list[str] = []
    for device in (part.strip() for part in value.split(",")):
        if not re.fullmatch(r"\d+|(GPU|MIG)-\S+", device) or device in devices:
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
