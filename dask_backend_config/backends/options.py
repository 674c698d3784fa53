"""Resolve the options of a backend from arguments, a profile and the configuration."""

from __future__ import annotations

import copy
import enum
import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from ..catalogue import backend_schema, dask_keys, value_types
from ..core.errors import ConfigValueError
from ..core.keys import hyphenated
from .config_tree import MISSING, ConfigTree, live_config, shipped_default
from .resolved_option import ResolvedOption as ResolvedOption
from .resolved_option import counts_as_unset, problem
from .resources import RESOURCES, ComputeResources, QueueWorkerResources
from .worker_environment import expanded_path

_WORD = value_types.ValueType({"type": ["string", "number"]})
Resources = TypeVar("Resources", bound=ComputeResources)


class BackendOptions:
    """The options of one backend.

    Parameters
    ----------
    kind : str
        The section below ``backends``, such as ``local``.
    owner : str
        Name of the class that takes the arguments, for messages.
    arguments : mapping
        Arguments of the constructor by their names; None means not set.
    profile : str, optional
        A name below ``backends.profiles``.
    config : ConfigTree, optional
        The configuration of this process by default.

    Raises
    ------
    ConfigValueError
        If ``resources_per_worker`` has the wrong type, or sets what this backend does not have.
    """

    def __init__(
        self,
        kind: str,
        owner: str,
        arguments: Mapping[str, Any],
        profile: str | None = None,
        config: ConfigTree | None = None,
    ) -> None:
        self.config = config or live_config()
        self._kind = kind
        self.section = f"{backend_schema.ROOT}.{kind}"
        self.profile_section = profile and f"{backend_schema.ROOT}.profiles.{profile}"
        self.owner = owner
        self._group, self._group_arguments = "", dict[str, Any]()
        self._resolved: dict[str, ResolvedOption] = {}
        self._arguments = {hyphenated(name): value for name, value in arguments.items()}
        self._arguments.update(self.resource_arguments(self._arguments.pop(RESOURCES, None)))

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections with options of the backend, the highest layer first."""
        shared = backend_schema.extended(self._kind)
        found = (self.profile_section, self.section, shared and f"{backend_schema.ROOT}.{shared}")
        return tuple(filter(None, found))

    def argument(self, name: str) -> Any:
        """Return the value of an argument of the constructor, None if it is not given."""
        return self._arguments.get(name)

    def for_group(self, name: str, arguments: Mapping[str, Any]) -> BackendOptions:
        """Return the options of a worker group, which come before those of the backend.

        Parameters
        ----------
        name : str
            Hyphenated.
        arguments : mapping
            What the constructor's argument ``worker_groups`` sets for the group, by the names of
            the options.
        """
        made = copy.copy(self)
        made._group, made._group_arguments, made._resolved = name, dict(arguments), {}
        return made

    def value(self, name: str) -> Any:
        """Return the effective value of an option such as ``number-of-workers``; lists are copied.

        Raises
        ------
        ConfigValueError
            If the value is invalid; the error names the argument or key, the value and its origin.
        """
        return copy.deepcopy(self.resolve(name).value)

    def resolve(self, name: str) -> ResolvedOption:
        """Return the effective value of an option and what sets it; it must not be changed.

        Later changes of the configuration have no influence on an option that was read before.

        Raises
        ------
        ConfigValueError
            If the value is invalid.
        """
        if name not in self._resolved:
            self._resolved[name] = self._resolve(name)
        return self._resolved[name]

    def entries(self, name: str) -> dict[str, ResolvedOption]:
        """Return the entries of an option that is a mapping, each of the highest layer with it.

        Raises
        ------
        ConfigValueError
            If a layer does not have a mapping.
        """
        found: dict[str, ResolvedOption] = {}
        for option in self._candidates(name, key := f"{self.section}.{name}"):
            if wrong := problem(key, option):
                raise self.error_about(option, wrong)
            for entry, value in (option.value or {}).items():
                place = option.key and f"{option.key}.{entry}"
                argument = option.argument and f"{option.argument}[{entry!r}]"
                at_entry = ResolvedOption(value, place, argument)
                found.setdefault(str(entry).replace("-", "_"), at_entry)
        return found

    def resources(self, kind: type[Resources]) -> Resources:
        """Return the resources of each worker; each field is resolved independently."""
        names = {name: f"{RESOURCES}.{hyphenated(name)}" for name in kind.tunables()}
        return kind.complete(**{name: self.value(option) for name, option in names.items()})

    def folder(self, name: str) -> str | None:
        """Return the absolute path that an option sets, with ``~`` and ``$VARIABLES`` expanded.

        Raises
        ------
        ConfigValueError
            If a variable in the path is not set.
        """
        path = self.value(name)
        try:
            return path and expanded_path(path)
        except ValueError as error:
            raise self.error(name, str(error)) from None

    def error(self, name: str, wrong: str) -> ConfigValueError:
        """Return the error for a value that is invalid here or together with other options."""
        return self.error_about(self.resolve(name), wrong)

    def dask_jobqueue_key(self, name: str) -> str:
        """Return the dotted key ``jobqueue.<kind>.<name>``."""
        return f"jobqueue.{self._kind}.{name}"

    def dask_jobqueue_value(self, name: str) -> Any:
        """Return a copy of the value of ``jobqueue.<kind>.<name>``, None if it is not set.

        For keys without an equivalent below ``backends``.

        Raises
        ------
        ConfigValueError
            If it has the wrong type, or is a string with a line break.
        """
        key = self.dask_jobqueue_key(name)
        value = self.config.get(key)
        types = value_types.types_of(dask_keys.entry(("jobqueue", self._kind, name)))
        is_word = value is not None and {"string", "number", "integer"} & {*types}
        wrong = _WORD.problem(value) if is_word else None
        if wrong := wrong or value_types.line_break_problem(value):
            raise self.config.error(key, value, wrong)
        return copy.deepcopy(value)

    def _resolve(self, name: str) -> ResolvedOption:
        key = f"{self.section}.{name}"
        for option in self._candidates(name, key):
            if option.from_dask_jobqueue and counts_as_unset(option):
                continue
            wrong = problem(key, option)
            if wrong:
                raise self.error_about(option, wrong)
            if option.value is not None:
                return option
        return ResolvedOption(shipped_default(key), key, is_shipped=True)

    def _candidates(self, name: str, key: str) -> Iterator[ResolvedOption]:
        """Yield every value that is set for an option, the highest layer first."""
        yield from self._of_group(name)
        if self._arguments.get(name) is not None:
            argument = name.rpartition(".")[2].replace("-", "_")
            yield ResolvedOption(self._arguments[name], None, argument)
        profile = [f"{self.profile_section}.{name}"] if self.profile_section else []
        other = backend_schema.default_from(key)
        for place in [*profile, key, *backend_schema.fallbacks(key)]:
            value = self.config.value(place)
            if value is not MISSING:
                if other and not self.config.is_set_by_user(place):
                    yield from self._instead_of_default(other)
                yield ResolvedOption(value, place)

    def _of_group(self, name: str) -> Iterator[ResolvedOption]:
        """Yield every value of the worker group."""
        group, argument = self._group, name.replace("-", "_")
        if self._group_arguments.get(name) is not None:
            text = f"worker_groups[{group!r}] ({argument})"
            yield ResolvedOption(self._group_arguments[name], None, text)
        for section in self.sections if group else ():
            place = f"{section}.{backend_schema.GROUPS}.{group}.{name}"
            if (value := self.config.value(place)) is not MISSING:
                yield ResolvedOption(value, place)

    def _instead_of_default(self, other: str) -> Iterator[ResolvedOption]:
        """Yield the value of another package's key if the user set it; infinity counts as unset."""
        value = self.config.get(other)
        if value not in (None, math.inf) and self.config.is_set_by_user(other):
            yield ResolvedOption(value, other)

    def resource_arguments(self, resources: Any) -> Iterator[tuple[str, Any]]:
        """Yield the names and values of the options that a `ComputeResources` sets.

        Raises
        ------
        ConfigValueError
            If it is something else, or sets what the backend does not have.
        """
        if resources is None:
            return
        if isinstance(resources, Mapping):  # in a file of dask-labextension
            resources = QueueWorkerResources(**resources)
        if not isinstance(resources, ComputeResources):
            given = ResolvedOption(resources, None, "resources_per_worker")
            raise self.error_about(given, "must be a ComputeResources")
        for name, value in resources.given.items():
            option = f"{RESOURCES}.{hyphenated(name)}"
            if not backend_schema.node(f"{self.section}.{option}"):
                given = ResolvedOption(value, None, name)
                raise self.error_about(given, "is for job queues only; remove it")
            yield option, value.value if isinstance(value, enum.Enum) else value

    def error_about(self, option: ResolvedOption, wrong: str) -> ConfigValueError:
        """Return the error for an invalid value, which names the argument or key that sets it."""
        if option.key is not None:
            is_of_all = self._group and not backend_schema.split_group(option.key.split("."))
            where = f" (worker group {self._group})" if is_of_all else ""
            return self.config.error(option.key, option.value, f"{wrong}{where}")
        return ConfigValueError(
            f"argument {option.argument} of {self.owner} is {option.value!r}: {wrong}"
        )
