"""Resources of a worker: threads and GPUs, and memory and time on a job queue."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeAlias, TypeVar, overload

from ..catalogue import backend_schema
from ..core import units
from ..core.errors import ConfigValueError
from ..core.keys import hyphenated
from .config_tree import MISSING, live_config, shipped_default

if TYPE_CHECKING:
    from typing_extensions import Self

#: The section of a worker's resources, and the options in it that other modules name.
RESOURCES = "resources-per-worker"
THREADS = f"{RESOURCES}.number-of-threads"
GPUS = f"{RESOURCES}.number-of-gpus"
MEMORY = f"{RESOURCES}.per-thread-memory-limit"
WALLTIME = f"{RESOURCES}.wallclock-time-limit"

#: Attributes that only a task's resources have.
_GRANTED = ("gpu_device_indices", "visible_gpu_devices")


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
_Value = TypeVar("_Value")


class _Resource(Generic[_Value]):
    """Attribute that is an argument of the constructor, or else read from the configuration."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, resources: None, owner: type) -> Self: ...

    @overload
    def __get__(self, resources: ComputeResources, owner: type) -> _Value: ...

    def __get__(self, resources: ComputeResources | None, owner: type) -> Any:
        return self if resources is None else resources._value(self._name)


class ComputeResources:
    """Resources of each worker; immutable.

    An attribute whose argument is None reads the key below
    ``backends.local.resources-per-worker``, at each access. For a backend, it counts as not set.
    In a task, all values are those of the task's worker.

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
        Set in a task: the GPUs of its worker as toolkits such as CUDA, OpenMM and PyTorch count
        them, such as ``"0,1"``. They count the visible GPUs from 0. None if the worker has none, or
        if `number_of_gpus` were granted, but no variable says which.
    visible_gpu_devices : str, optional
        Set in a task: the same GPUs as the batch scheduler or the user names them, such as
        ``"2,3"`` or a UUID. It is the value of ``CUDA_VISIBLE_DEVICES``, or of a similar variable
        for other GPUs. None if `gpu_device_indices` is None.

    Raises
    ------
    ConfigValueError
        If a value is invalid; the error names the argument and a valid form.
    """

    number_of_threads = _Resource[int]()
    number_of_gpus = _Resource[int]()
    preferred_gpu_toolkit = _Resource[_Toolkit]()
    preferred_gpu_precision = _Resource[_Precision]()
    gpu_device_indices: str | None
    visible_gpu_devices: str | None

    GPUToolkit: ClassVar[type[_Toolkit]] = _Toolkit
    GPUPrecision: ClassVar[type[_Precision]] = _Precision
    #: The section below ``backends`` that has the values of arguments that are not given.
    _kind: ClassVar[str] = "local"

    #: The arguments that are not None, and values that are known beside them.
    _given: dict[str, Any]
    _known: dict[str, Any]

    def __init__(
        self,
        number_of_threads: int | None = None,
        number_of_gpus: int | None = None,
        preferred_gpu_toolkit: _Toolkit | str | None = None,
        preferred_gpu_precision: _Precision | str | None = None,
        *,
        gpu_device_indices: str | None = None,
        visible_gpu_devices: str | None = None,
    ) -> None:
        self._set({n: v for n, v in locals().items() if n != "self"})

    @classmethod
    def complete(cls, **values: Any) -> Self:
        """Return resources that read nothing from the configuration: what is not given is None."""
        made = cls(**values)
        made._known.update(dict.fromkeys(cls.tunables()))
        return made

    @classmethod
    def tunables(cls) -> tuple[str, ...]:
        """Return the names of the attributes that can be configured."""
        attributes = (item for base in reversed(cls.__mro__) for item in vars(base).items())
        return tuple(name for name, value in attributes if isinstance(value, _Resource))

    @property
    def given(self) -> Mapping[str, Any]:
        """The values that can be configured and were given to the constructor, by their names."""
        return {name: self._given[name] for name in self.tunables() if name in self._given}

    def replace(self, **changes: Any) -> Self:
        """Return a copy with other values.

        Parameters
        ----------
        **changes
            Arguments of the constructor. None: the value counts as not given.

        Returns
        -------
        ComputeResources
        """
        made = type(self)(**{**self._given, **changes})
        made._known.update(self._known)
        return made

    def _set(self, arguments: Mapping[str, Any]) -> None:
        given = {
            name: self._checked(name, value)
            for name, value in arguments.items()
            if value is not None
        }
        granted = {name: given.get(name) for name in _GRANTED}
        vars(self).update(granted, _given=given, _known={})

    def _value(self, name: str) -> Any:
        for values in (self._given, self._known):
            if name in values:
                return values[name]
        return self._configured(name)

    def _configured(self, name: str) -> Any:
        key, config = self._key(name), live_config()
        value = config.value(key)
        if value is MISSING:
            value = shipped_default(key)
        elif wrong := backend_schema.problem(key, value):
            raise config.error(key, value, wrong)
        if value is None:
            return 1 if name == "number_of_threads" else None
        return _converted(name, value)

    def _key(self, name: str) -> str:
        return f"{backend_schema.ROOT}.{self._kind}.{RESOURCES}.{hyphenated(name)}"

    def _checked(self, argument: str, value: Any) -> Any:
        plain = value.value if isinstance(value, enum.Enum) else value
        if argument in _GRANTED:
            wrong = None if isinstance(value, str) else "must be a string"
        else:
            wrong = backend_schema.problem(self._key(argument), plain)
        if wrong:
            owner = f"argument {argument} of {type(self).__name__}"
            raise ConfigValueError(f"{owner} is {value!r}: {wrong}")
        return _converted(argument, plain)

    def __setattr__(self, name: str, value: Any) -> None:
        raise FrozenInstanceError(f"cannot assign to attribute {name!r}")

    def __delattr__(self, name: str) -> None:
        raise FrozenInstanceError(f"cannot delete attribute {name!r}")

    def __getstate__(self) -> dict[str, Any]:
        """Return the state of a copy, which keeps the configured values of this process."""
        known = {name: self._value(name) for name in self.tunables() if name not in self._given}
        return {**vars(self), "_known": known}

    __replace__ = replace  # for `copy.replace` of Python 3.13

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ComputeResources) or type(self) is not type(other):
            return NotImplemented
        return self._given == other._given

    def __hash__(self) -> int:
        return hash((type(self), frozenset(self._given.items())))

    def __repr__(self) -> str:
        plain = {
            name: value.value if isinstance(value, enum.Enum) else value
            for name, value in self._given.items()
        }
        arguments = ", ".join(f"{name}={value!r}" for name, value in plain.items())
        return f"{type(self).__name__}({arguments})"


class QueueWorkerResources(ComputeResources):
    """Resources of each worker, which is one job of a scheduler; immutable.

    An attribute whose argument is None reads the key below
    ``backends.jobqueue.resources-per-worker``, at each access. `number_of_threads` is 1 if that is
    null. The attribute ``resources_per_worker`` of a backend also follows the section of its
    scheduler.

    Parameters
    ----------
    number_of_threads, number_of_gpus, preferred_gpu_toolkit, preferred_gpu_precision
        As for `ComputeResources`.
    per_thread_memory_limit : str, int, or a quantity with ``to("byte")``, optional
        Memory for each thread: "4 GB" or a number of bytes. The attribute is a number of bytes.
    wallclock_time_limit : str, optional
        Maximum run time of a job: "HH:MM", "HH:MM:SS", "D-HH:MM:SS" or "6h".
    gpu_device_indices, visible_gpu_devices : str, optional
        As for `ComputeResources`.

    Raises
    ------
    ConfigValueError
        As for `ComputeResources`.
    """

    per_thread_memory_limit = _Resource[int | None]()
    wallclock_time_limit = _Resource[str | None]()

    _kind: ClassVar[str] = "jobqueue"

    def __init__(
        self,
        number_of_threads: int | None = None,
        number_of_gpus: int | None = None,
        preferred_gpu_toolkit: _Toolkit | str | None = None,
        preferred_gpu_precision: _Precision | str | None = None,
        per_thread_memory_limit: int | float | str | units.Quantity | None = None,
        wallclock_time_limit: str | None = None,
        *,
        gpu_device_indices: str | None = None,
        visible_gpu_devices: str | None = None,
    ) -> None:
        self._set({n: v for n, v in locals().items() if n != "self"})


_CONVERSIONS: dict[str, Any] = {
    "number_of_threads": int,
    "number_of_gpus": int,
    "preferred_gpu_toolkit": GPUToolkit,
    "preferred_gpu_precision": GPUPrecision,
    "per_thread_memory_limit": units.memory,
}


def _converted(name: str, value: Any) -> Any:
    convert = _CONVERSIONS.get(name)
    return convert(value) if convert else value
