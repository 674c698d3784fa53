"""What a worker has: threads, GPUs and, on a job queue, memory and time."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, TypeAlias

from ..catalogue import backend_schema
from ..core import units
from ..core.errors import ConfigValueError

#: The section of what each worker has, and the tunables in it that are spoken of elsewhere.
RESOURCES = "resources-per-worker"
THREADS = f"{RESOURCES}.number-of-threads"
GPUS = f"{RESOURCES}.number-of-gpus"
MEMORY = f"{RESOURCES}.per-thread-memory-limit"
WALLTIME = f"{RESOURCES}.wallclock-time-limit"


class GPUToolkit(enum.Enum):
    """What tasks use on a GPU."""

    CUDA = "CUDA"
    OpenCL = "OpenCL"
    auto = "auto"


class GPUPrecision(enum.Enum):
    """The precision that tasks use on a GPU."""

    single = "single"
    mixed = "mixed"
    double = "double"


_Toolkit: TypeAlias = GPUToolkit
_Precision: TypeAlias = GPUPrecision


@dataclass(frozen=True)
class ComputeResources:
    """What each worker has.

    What is None is not said: then the profile or the configuration says it. In a task, nothing but
    `gpu_device_indices` is None.

    Parameters
    ----------
    number_of_threads : int, optional
        Tasks that a worker runs at the same time, at least 1.
    number_of_gpus : int, optional
        GPUs that a worker has for itself.
    preferred_gpu_toolkit : GPUToolkit or str, optional
        What tasks should use on a GPU.
    preferred_gpu_precision : GPUPrecision or str, optional
        The precision that they should use there.
    gpu_device_indices : str, optional
        Set for a task: the GPUs of its worker as they stand in ``CUDA_VISIBLE_DEVICES``, such as
        ``"2,3"``; None where it has none. CUDA itself counts them from 0.

    Raises
    ------
    ConfigValueError
        Where a value cannot be meant; it names the argument and what would be right.
    """

    number_of_threads: int | None = None
    number_of_gpus: int | None = None
    preferred_gpu_toolkit: GPUToolkit | None = None
    preferred_gpu_precision: GPUPrecision | None = None
    gpu_device_indices: str | None = field(default=None, kw_only=True)

    GPUToolkit: ClassVar[type[_Toolkit]] = _Toolkit
    GPUPrecision: ClassVar[type[_Precision]] = _Precision
    #: The section of the schema that judges the fields.
    _section: ClassVar[str] = "backends.local.resources-per-worker"

    def __post_init__(self) -> None:
        for argument in self.tunables():
            value = getattr(self, argument)
            if value is not None:
                object.__setattr__(self, argument, self._checked(argument, value))
        if self.gpu_device_indices is not None and not isinstance(self.gpu_device_indices, str):
            raise self._value_error("gpu_device_indices", self.gpu_device_indices, "must be a text")

    @classmethod
    def tunables(cls) -> tuple[str, ...]:
        """The names of the fields that configuration can say, too."""
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
    """What each worker, which is one job, asks of a scheduler.

    Parameters
    ----------
    number_of_threads, number_of_gpus, preferred_gpu_toolkit, preferred_gpu_precision
        As for `ComputeResources`.
    per_thread_memory_limit : str, int, or a quantity with ``to("byte")``, optional
        Memory for each thread, "4 GB" or a number of bytes. The attribute is a number of bytes.
    wallclock_time_limit : str, optional
        How long a job may run: "HH:MM", "HH:MM:SS", "D-HH:MM:SS" or "6h".

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
