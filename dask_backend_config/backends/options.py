"""Reads one tunable: argument, profile, ``backends.<type>``, and what that falls back on."""

from __future__ import annotations

import contextlib
import copy
import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ..catalogue import backend_schema, shipped, value_types
from ..core.errors import ConfigValueError
from ..core.keys import canonical_name, hyphenated, lookup
from ..core.observers import note_read
from ..core.origins import Origin
from .jobqueue.job_script import expanded
from .resources import RESOURCES, ComputeResources

MISSING: Any = object()
Resources = TypeVar("Resources", bound=ComputeResources)


@dataclass(frozen=True)
class ResolvedOption:
    """A value, and the key or argument that says it.

    Attributes
    ----------
    value : object
    key : str, optional
        None where an argument says it.
    argument : str
    """

    value: Any
    key: str | None
    argument: str = ""

    @property
    def by_jobqueue(self) -> bool:
        """Whether a key of dask-jobqueue says it, whose words are the scheduler's own."""
        return self.key is not None and self.key.startswith("jobqueue.")


@dataclass(frozen=True)
class Configuration:
    """What tunables are read from: this process's ``dask.config``, or what a new one would see.

    Attributes
    ----------
    tree : mapping
        Everything, as dask keeps it.
    origin_of : callable
        Key -> where its value comes from, None where there is none.
    """

    tree: Mapping[Any, Any]
    origin_of: Callable[[str], Origin | None]

    def value(self, key: str) -> Any:
        """What stands at `key`, `MISSING` where nothing does.

        Raises
        ------
        ConfigValueError
            Where a value stands in the place of a section.
        """
        tree: Any = self.tree
        names = key.split(".")
        for depth, name in enumerate(names):
            if tree is None:
                return MISSING
            if not isinstance(tree, Mapping):
                above = ".".join(names[:depth])
                raise self.value_error(above, tree, "must be a section with keys of its own")
            tree = tree.get(canonical_name(name, tree), MISSING)
            if tree is MISSING:
                return MISSING
        return tree

    def value_or_shipped(self, key: str) -> Any:
        """The same, but what dask-jobqueue ships also where it has not been imported."""
        value = self.value(key)
        if value is MISSING and key.startswith("jobqueue."):
            with contextlib.suppress(KeyError):
                return lookup(shipped.known(shipped.PACKAGES[2]), key)
        return value

    def value_error(self, key: str, value: Any, wrong: str) -> ConfigValueError:
        """The error for what stands at `key`, with its origin."""
        return ConfigValueError(f"{key} is {value!r}: {wrong}", origin=self.origin_of(key))


class Settings:
    """The tunables of one backend.

    Parameters
    ----------
    kind : str
        The section below ``backends``, such as ``local``.
    owner : str
        The class whose arguments these are, for messages.
    arguments : mapping
        The constructor's arguments by the names of their keys; None is not said.
    profile : str, optional
        A name below ``backends.profiles``.
    configuration : Configuration, optional
        This process's where not given.

    Raises
    ------
    ConfigValueError
        Where ``resources-per-worker`` among the arguments is of another type, or says what this
        backend does not know.
    """

    def __init__(
        self,
        kind: str,
        owner: str,
        arguments: Mapping[str, Any],
        profile: str | None = None,
        configuration: Configuration | None = None,
    ) -> None:
        self.configuration = configuration or of_process()
        self._section = f"{backend_schema.ROOT}.{kind}"
        self._owner = owner
        self._profile = profile
        self._arguments = dict(arguments)
        self._arguments.update(self._of_resources(self._arguments.pop(RESOURCES, None)))

    def value(self, name: str) -> Any:
        """What counts for `name`, such as ``number-of-workers``; a copy where it is a list.

        Raises
        ------
        ConfigValueError
            Where it cannot be meant: the error names argument or key, value and origin.
        """
        return copy.deepcopy(self.said(name).value)

    def resources(self, kind: type[Resources]) -> Resources:
        """What each worker has, each field resolved by itself."""
        names = kind.tunables()
        return kind(**{name: self.value(f"{RESOURCES}.{hyphenated(name)}") for name in names})

    def folder(self, name: str) -> str | None:
        """The path that `name` says, with ``~`` and ``$VARIABLES`` filled in, absolute.

        Raises
        ------
        ConfigValueError
            Where it holds a variable that is not set.
        """
        said = self.value(name)
        try:
            return said and expanded(said)
        except ValueError as error:
            raise self.option_error(name, str(error)) from None

    def option_error(self, name: str, wrong: str) -> ConfigValueError:
        """The error for a value that would be right by itself, but not with others or here."""
        return self._option_error(self.said(name), wrong)

    def key_of_jobqueue(self, name: str) -> str:
        """The key of dask-jobqueue for this kind of backend."""
        return f"jobqueue.{self._section.rpartition('.')[2]}.{name}"

    def of_jobqueue(self, name: str) -> Any:
        """What ``jobqueue.<kind>`` says of a key that only dask-jobqueue has; a copy.

        Raises
        ------
        ConfigValueError
            Where it is a text with a line break.
        """
        key = self.key_of_jobqueue(name)
        value = self.configuration.value_or_shipped(key)
        if wrong := value_types.line_break_problem(value):
            raise self.configuration.value_error(key, value, wrong)
        return None if value is MISSING else copy.deepcopy(value)

    def elsewhere(self, key: str) -> Any:
        """What stands at a key that is no tunable, None where nothing does; to be read only."""
        value = self.configuration.value(key)
        return None if value is MISSING else value

    def said(self, name: str) -> ResolvedOption:
        """The same as `value`, with the key or argument that says it; to be read only.

        Raises
        ------
        ConfigValueError
            As `value`.
        """
        key = f"{self._section}.{name}"
        for said in self._all_said(name, key):
            wrong = _problem(key, said)
            if wrong:
                raise self._option_error(said, wrong)
            # dask-jobqueue has empty lists as defaults, and reads older names behind them.
            if said.value is not None and not (said.by_jobqueue and said.value == []):
                return said
        return ResolvedOption(_default(key), key)

    def _all_said(self, name: str, key: str) -> Iterator[ResolvedOption]:
        """Every place that says something of `name`, the highest first."""
        if self._arguments.get(name) is not None:
            yield ResolvedOption(
                self._arguments[name], None, name.rpartition(".")[2].replace("-", "_")
            )
        profile = (
            [f"{backend_schema.ROOT}.profiles.{self._profile}.{name}"] if self._profile else []
        )
        for place in (*profile, key, *backend_schema.fallbacks(key)):
            value = self.configuration.value_or_shipped(place)
            if value is not MISSING:
                yield ResolvedOption(value, place)

    def _of_resources(self, resources: Any) -> Iterator[tuple[str, Any]]:
        if resources is None:
            return
        said = ResolvedOption(resources, None, "resources_per_worker")
        if not isinstance(resources, ComputeResources):
            raise self._option_error(said, "must be a ComputeResources")
        for name in resources.tunables():
            value = getattr(resources, name)
            place = f"{RESOURCES}.{hyphenated(name)}"
            if value is not None and backend_schema.node(f"{self._section}.{place}") is None:
                raise self._option_error(
                    ResolvedOption(value, None, name), "is for job queues only, leave it out"
                )
            yield place, value.value if isinstance(value, enum.Enum) else value

    def _option_error(self, said: ResolvedOption, wrong: str) -> ConfigValueError:
        if said.key is not None:
            return self.configuration.value_error(said.key, said.value, wrong)
        return ConfigValueError(
            f"argument {said.argument} of {self._owner} is {said.value!r}: {wrong}"
        )


def _problem(key: str, said: ResolvedOption) -> str | None:
    if said.value is None and said.key and said.key.startswith(backend_schema.ROOT + "."):
        return backend_schema.problem(said.key, None)
    found = backend_schema.node(key) or {}
    if said.by_jobqueue and found.get("unit") == "HH:MM:SS" and isinstance(said.value, str):
        return None  # the scheduler's own form, which only its backend can read
    return backend_schema.problem(key, said.value)


class _Traced(Configuration):
    """This process's, whose reads a trace sees."""

    def value(self, key: str) -> Any:
        value = super().value(key)
        note_read(key, None if value is MISSING else value)
        return value


def of_process() -> Configuration:
    """This process's configuration as it stands."""
    import dask.config

    from ..config.resolve import origin_in_process

    return _Traced(dask.config.config, origin_in_process)


def configured(key: str) -> Any:
    """What ``dask.config`` holds at `key`, `MISSING` where it holds nothing.

    Raises
    ------
    ConfigValueError
        Where a value stands in the place of a section.
    """
    return of_process().value(key)


def value_error(key: str, value: Any, wrong: str) -> ConfigValueError:
    """The error for what ``dask.config`` holds at `key`, with its origin."""
    return of_process().value_error(key, value, wrong)


def _default(key: str) -> Any:
    """What ships for `key`, for a process whose ``backends`` section was replaced as a whole."""
    for place in (key, *backend_schema.fallbacks(key)):
        with contextlib.suppress(KeyError):
            return copy.deepcopy(lookup(shipped.known_ours(), place))
    return None
