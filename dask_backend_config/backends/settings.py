"""Reads one tunable: argument, profile, ``backends.<type>``, and what that falls back on."""

from __future__ import annotations

import copy
import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import dask.config

from .. import defaults, schema
from ..errors import ConfigValueError
from ..keys import canonical_name, hyphenated, lookup
from ..resources import ComputeResources

RESOURCES = "resources-per-worker"
MISSING: Any = object()
Resources = TypeVar("Resources", bound=ComputeResources)


@dataclass(frozen=True)
class _Said:
    """A value, and the key or argument that says it."""

    value: Any
    key: str | None
    argument: str = ""


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

    Raises
    ------
    ConfigValueError
        Where ``resources-per-worker`` among the arguments is of another type, or says what this
        backend does not know.
    """

    def __init__(
        self, kind: str, owner: str, arguments: Mapping[str, Any], profile: str | None = None
    ) -> None:
        self._section = f"{schema.ROOT}.{kind}"
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
        return copy.deepcopy(self._found(name).value)

    def resources(self, kind: type[Resources]) -> Resources:
        """What each worker has, each field resolved by itself."""
        names = kind.tunables()
        return kind(**{name: self.value(f"{RESOURCES}.{hyphenated(name)}") for name in names})

    def refusal(self, name: str, wrong: str) -> ConfigValueError:
        """The error for a value that would be right by itself, but not with others or here."""
        return self._refusal(self._found(name), wrong)

    def _found(self, name: str) -> _Said:
        key = f"{self._section}.{name}"
        for said in self._all_said(name, key):
            ours = said.key is not None and said.key.startswith(schema.ROOT + ".")
            judge = said.key if said.value is None and ours else key
            wrong = schema.problem(judge or key, said.value)
            if wrong:
                raise self._refusal(said, wrong)
            if said.value is not None:
                return said
        return _Said(_default(key), key)

    def _all_said(self, name: str, key: str) -> Iterator[_Said]:
        """Every place that says something of `name`, the highest first."""
        if self._arguments.get(name) is not None:
            yield _Said(self._arguments[name], None, name.rpartition(".")[2].replace("-", "_"))
        profile = [f"{schema.ROOT}.profiles.{self._profile}.{name}"] if self._profile else []
        for place in (*profile, key, *schema.fallbacks(key)):
            value = configured(place)
            if value is not MISSING:
                yield _Said(value, place)

    def _of_resources(self, resources: Any) -> Iterator[tuple[str, Any]]:
        if resources is None:
            return
        said = _Said(resources, None, "resources_per_worker")
        if not isinstance(resources, ComputeResources):
            raise self._refusal(said, "must be a ComputeResources")
        for name in resources.tunables():
            value = getattr(resources, name)
            place = f"{RESOURCES}.{hyphenated(name)}"
            if value is not None and schema.node(f"{self._section}.{place}") is None:
                raise self._refusal(
                    _Said(value, None, name), "is for job queues only, leave it out"
                )
            yield place, value.value if isinstance(value, enum.Enum) else value

    def _refusal(self, said: _Said, wrong: str) -> ConfigValueError:
        if said.key is not None:
            return refusal(said.key, said.value, wrong)
        return ConfigValueError(
            f"argument {said.argument} of {self._owner} is {said.value!r}: {wrong}"
        )


def configured(key: str) -> Any:
    """What ``dask.config`` holds at `key`, `MISSING` where it holds nothing.

    Raises
    ------
    ConfigValueError
        Where a value stands in the place of a section.
    """
    tree: Any = dask.config.config
    names = key.split(".")
    for depth, name in enumerate(names):
        if tree is None:
            return MISSING
        if not isinstance(tree, Mapping):
            above = ".".join(names[:depth])
            raise refusal(above, tree, "must be a section with keys of its own")
        tree = tree.get(canonical_name(name, tree), MISSING)
        if tree is MISSING:
            return MISSING
    return tree


def refusal(key: str, value: Any, wrong: str) -> ConfigValueError:
    """The error for what configuration holds at `key`, with its origin."""
    from ..resolve import origin_in_process

    return ConfigValueError(f"{key} is {value!r}: {wrong}", origin=origin_in_process(key))


def _default(key: str) -> Any:
    """What ships for `key`, for a process whose ``backends`` section was replaced as a whole."""
    try:
        return lookup(defaults.shipped(defaults.BACKENDS), key)
    except KeyError:
        return None
