"""Resources of a worker: threads and GPUs, and memory and time on a job queue."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeAlias

from ..catalogue import backend_schema
from ..core import units
from ..core.errors import ConfigValueError

#: The section of a worker's resources, and the options in it that other modules name.
RESOURCES = "resources-per-worker"
THREADS = f"{RESOURCES}.number-of-threads"
GPUS = f"{RESOURCES}.number-of-gpus"
MEMORY = f"{RESOURCES}.per-thread-memory-limit"
WALLTIME = f"{RESOURCES}.wallclock-time-limit"


class GPUToolkit(enum.Enum):
    """Toolkit that tasks use on a GPU."""

    CUDA = "CUDA"
    OpenCL = "OpenCL"
    auto = "auto"


class GPUPrecision(enum.Enum):
    """Precision that tasks use on a GPU."""

    single = "single"
    mixed = "mixed"
    double = "double"


_Toolkit: TypeAlias = GPUToolkit
_Precision: TypeAlias = GPUPrecision


@dataclass(frozen=True)
class ComputeResources:
    """Resources of each worker.

    A field that is None is read from the profile or the configuration. In a task, only
    `gpu_device_indices` can be None.

    Parameters
    ----------
    number_of_threads : int, optional
        Tasks that a worker runs at once, at least 1.
    number_of_gpus : int, optional
        GPUs of each worker, not shared with others.
    preferred_gpu_toolkit : GPUToolkit or str, optional
        Toolkit that tasks should use on a GPU.
    preferred_gpu_precision : GPUPrecision or str, optional
        Precision that tasks should use on a GPU.
    gpu_device_indices : str, optional
        Set in a task: the GPUs of its worker as in ``CUDA_VISIBLE_DEVICES``, such as ``"2,3"``.
        None if it has none, or if `number_of_gpus` were granted, but the batch scheduler did not
        say which: then that variable is not set. CUDA itself counts them from 0.

    Raises
    ------
    ConfigValueError
        If a value is invalid; the error names the argument and a valid form.
    """

    number_of_threads: int | None = None
    number_of_gpus: int | None = None
    preferred_gpu_toolkit: GPUToolkit | None = None
    preferred_gpu_precision: GPUPrecision | None = None
    gpu_device_indices: str | None = field(default=None, kw_only=True)

    GPUToolkit: ClassVar[type[_Toolkit]] = _Toolkit
    GPUPrecision: ClassVar[type[_Precision]] = _Precision
    #: The section of the schema that the fields are checked against.
    _section: ClassVar[str] = "backends.local.resources-per-worker"

    def __post_init__(self) -> None:
        for argument in self.tunables():
            value = getattr(self, argument)
            if value is not None:
                object.__setattr__(self, argument, self._checked(argument, value))
        devices: Any = self.gpu_device_indices
        if devices is not None and not isinstance(devices, str):
            raise self._value_error("gpu_device_indices", devices, "must be a string")

    @classmethod
    def tunables(cls) -> tuple[str, ...]:
        """Return the names of the fields that can be configured."""
        return tuple(entry.name for entry in fields(cls) if entry.name != "gpu_device_indices")

    def _checked(self, argument: str, value: Any) -> Any:
        plain = value.value if isinstance(value, enum.Enum) else value
        wrong = backend_schema.problem(f"{self._section}.{argument}", plain)
        if wrong:
            raise self._value_error(argument, value, wrong)
        convert = _CONVERSIONS.get(argument)
        return convert(plain) if convert else plain

    def _value_error(self, argument: str, value: Any, wrong: str) -> ConfigValueError:
        owner = f"argument {argument} of {type(self).__name__}"
        return ConfigValueError(f"{owner} is {value!r}: {wrong}")


@dataclass(frozen=True)
class QueueWorkerResources(ComputeResources):
    """Resources of each worker, which is one job of a scheduler.

    Parameters
    ----------
    number_of_threads, number_of_gpus, preferred_gpu_toolkit, preferred_gpu_precision
        As for `ComputeResources`.
    per_thread_memory_limit : str, int, or a quantity with ``to("byte")``, optional
        Memory for each thread: "4 GB" or a number of bytes. The attribute is a number of bytes.
    wallclock_time_limit : str, optional
        Maximum run time of a job: "HH:MM", "HH:MM:SS", "D-HH:MM:SS" or "6h".

    Raises
    ------
    ConfigValueError
        As for `ComputeResources`.
    """

    per_thread_memory_limit: int | str | units.Quantity | None = None
    wallclock_time_limit: str | None = None

    _section: ClassVar[str] = "backends.jobqueue.resources-per-worker"


_CONVERSIONS: dict[str, Any] = {
    "number_of_threads": int,
    "number_of_gpus": int,
    "preferred_gpu_toolkit": GPUToolkit,
    "preferred_gpu_precision": GPUPrecision,
    "per_thread_memory_limit": units.memory,
}
