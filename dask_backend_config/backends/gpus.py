"""The GPUs of this machine, and how local workers share them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from ..core.errors import BackendError

VARIABLE = "CUDA_VISIBLE_DEVICES"

_GPU = re.compile(r"GPU (\d+): .*")
_MIG = re.compile(r"\s+MIG .*\(UUID: (MIG-[^)\s]+)\)")
#: Seconds that nvidia-smi may take; with a hung driver it never ends.
_LIMIT = 30


def visible(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The GPUs that processes may use, as ``CUDA_VISIBLE_DEVICES`` names them.

    Parameters
    ----------
    environ : mapping
        ``CUDA_VISIBLE_DEVICES`` counts where it is set, else what ``nvidia-smi`` lists.

    Returns
    -------
    tuple of str
        Indices or UUIDs; empty where there is none.

    Raises
    ------
    BackendError
        Where ``nvidia-smi`` is there but fails.
    """
    if VARIABLE in environ:
        return named(environ[VARIABLE])
    command = shutil.which("nvidia-smi", path=environ.get("PATH"))
    return listed(_output([command, "-L"])) if command else ()


def named(text: str) -> tuple[str, ...]:
    """The GPUs that a value of ``CUDA_VISIBLE_DEVICES`` makes visible.

    As CUDA reads it, the first that is no device hides all that follow.

    Examples
    --------
    >>> named("2,3,-1,4"), named("NoDevFiles")
    (('2', '3'), ())
    """
    devices: list[str] = []
    for device in (part.strip() for part in text.split(",")):
        if not re.fullmatch(r"\d+|(GPU|MIG)-\S+", device) or device in devices:
            break
        devices.append(device)
    return tuple(devices)


def listed(text: str) -> tuple[str, ...]:
    """The GPUs in the output of ``nvidia-smi -L``; of a GPU in MIG mode, its parts."""
    devices: list[str] = []
    whole: str | None = None
    for line in text.splitlines():
        if match := _GPU.fullmatch(line):
            whole = match.group(1)
            devices.append(whole)
        elif match := _MIG.match(line):
            if whole in devices:
                devices.remove(whole)
            devices.append(match.group(1))
    return tuple(devices)


def shares(devices: Sequence[str], workers: int, each: int) -> list[str]:
    """A value of ``CUDA_VISIBLE_DEVICES`` for each worker; no device is in two of them.

    Examples
    --------
    >>> shares(("0", "1", "2", "3"), workers=2, each=2)
    ['0,1', '2,3']
    """
    return [",".join(devices[n * each : (n + 1) * each]) for n in range(workers)]


def _output(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the path comes from PATH, the argument is ours
            command, capture_output=True, text=True, timeout=_LIMIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendError(f"{' '.join(command)} failed: {error}") from None
    if done.returncode:
        words = " ".join((done.stdout + done.stderr).split())
        raise BackendError(f"{' '.join(command)} failed with exit code {done.returncode}: {words}")
    return done.stdout
