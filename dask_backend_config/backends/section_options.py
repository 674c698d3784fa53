"""Refuse options in a profile or a worker group that its backend does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..catalogue import backend_schema
from ..core.errors import UnknownKeyError
from ..core.keys import hyphenated, join_path
from .config_tree import ConfigTree

#: The key of a profile that is not an option.
_BACKEND = "backend"


def check_options(config: ConfigTree, key: str, section: Mapping[Any, Any], own: str) -> None:
    """Raise if a profile or group sets an option that its backend does not have.

    Parameters
    ----------
    config : ConfigTree
    key : str
        The key of the profile or group.
    section : mapping
        Its options.
    own : str
        The section of the backend, or the group in it, whose options it may have.

    Raises
    ------
    UnknownKeyError
        If there is another option.
    """
    for name in option_names(section):
        place = f"{key}.{name}"
        if name == _BACKEND and backend_schema.split_group(key.split(".")) is None:
            continue
        if not backend_schema.node(f"{own}.{name}"):
            origin = config.origin_of(place)
            if backend_schema.for_all_groups(f"{own}.{name}"):
                hint = f"Set {backend_schema.for_all_groups(place)} instead"
                message = f"{place} {backend_schema.FOR_ALL_GROUPS}"
                raise UnknownKeyError(message, hint=hint, origin=origin, key=place)
            message = f"unknown key {place}: the backend {own.split('.')[1]} does not have it"
            raise UnknownKeyError(message, hint=hint_for(name, own), origin=origin, key=place)


def hint_for(name: str, own: str) -> str:
    """Return a question about the nearest option of a section, or the command that lists them."""
    from ..catalogue.did_you_mean import suggest  # only errors need it

    meant = suggest(tuple(f"{own}.{name}".split("."))) or ""
    if meant.startswith(f"{own}."):
        return f"Did you mean {meant.removeprefix(f'{own}.')}?"
    return f"To list its keys, run: dask-backend-config explain {join_path(own.split('.')[:2])}"


def option_names(section: Mapping[Any, Any], prefix: str = "") -> Iterator[str]:
    """Yield the dotted names of the options in a section, hyphenated."""
    for name, value in section.items():
        key = prefix + hyphenated(str(name))
        if isinstance(value, Mapping):
            yield from option_names(value, f"{key}.")
        else:
            yield key
