"""The value of one option, what sets it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..catalogue import backend_schema, dask_keys
from ..catalogue.value_types import ValueType
from .certificates import is_security


@dataclass(frozen=True)
class ResolvedOption:
    """The effective value of an option, and the argument or key that sets it.

    Attributes
    ----------
    value : object
    key : str, optional
        Dotted key; None if an argument sets the value.
    argument : str
        Name of the argument, empty if a key sets the value.
    is_shipped : bool
        Whether nothing sets it, so that the default of this package counts.
    """

    value: Any
    key: str | None
    argument: str = ""
    is_shipped: bool = False

    @property
    def from_dask_jobqueue(self) -> bool:
        """True if a key of dask-jobqueue sets it, in the form that the scheduler itself uses."""
        return self.key is not None and self.key.startswith("jobqueue.")


def counts_as_unset(option: ResolvedOption) -> bool:
    """Return whether dask-jobqueue ignores an empty value and reads older names of the key."""
    if option.value != "":
        return bool(option.value == [])
    return dask_keys.entry(tuple(str(option.key).split("."))).get("minLength") == 0


def problem(key: str, option: ResolvedOption) -> str | None:
    """Return why the value of an option is invalid, None if it is valid."""
    if option.value is None and option.key and option.key.startswith(f"{backend_schema.ROOT}."):
        return backend_schema.problem(option.key, None)
    schema = backend_schema.node(key) or {}
    if schema.get("certificates") and is_security(option.value):
        return None if option.key is None else "pass it as an argument of the constructor"
    text = option.value if option.from_dask_jobqueue else None
    if schema.get("unit") == "HH:MM:SS" and type(text) in (str, int):
        return None  # in the scheduler's own form, which `BatchScheduler.read_walltime` reads
    if schema.get("format") == "executable" and isinstance(text, str):
        return ValueType({**schema, "format": None}).problem(text)  # it takes a command line
    return backend_schema.problem(key, option.value)
