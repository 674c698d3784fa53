"""Read the worker groups of a backend."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..catalogue import backend_schema
from ..catalogue.backend_schema import GROUPS
from ..core.errors import ConfigValueError, UnknownKeyError
from ..core.keys import hyphenated
from .config_tree import NOT_A_SECTION
from .options import BackendOptions, ResolvedOption
from .resources import RESOURCES
from .section_options import check_options, hint_for, option_names

_NAME = re.compile("[A-Za-z0-9]+(?:(?:-[A-Za-z0-9]+)*|(?:_[A-Za-z0-9]+)*)")
_NAME_FORM = "the name of a worker group has letters and digits, with either - or _ between them"


def group_options(options: BackendOptions) -> dict[str, BackendOptions]:
    """Return the options of each worker group by its name, in the order of definition.

    Groups may be defined in all sections that a backend reads, and by the argument
    ``worker_groups``: first those of the lowest layer. Names are hyphenated.

    Returns
    -------
    dict of str to BackendOptions
        Empty for a backend without groups.

    Raises
    ------
    ConfigValueError
        If something else is in the place of the groups or of one, or a name is invalid.
    UnknownKeyError
        If a group sets an option that it cannot have.
    """
    keys: dict[str, str] = {}
    for section in reversed(options.sections):
        keys |= {hyphenated(key.rpartition(".")[2]): key for key in _configured(options, section)}
    arguments = dict(_of_argument(options))
    names = list(dict.fromkeys([*keys, *arguments]))
    for first, second in itertools.combinations(names, 2):
        if first.lower() == second.lower():
            message = f"worker groups {first} and {second} differ only in case"
            hint = "Use lower case, as in variables"
            raise _name_error(options, message, hint, keys.get(second))
    return {name: options.for_group(name, arguments.get(name, {})) for name in names}


def _configured(options: BackendOptions, section: str) -> Iterator[str]:
    """Yield the keys of the groups in a section."""
    config, place = options.config, f"{section}.{GROUPS}"
    groups = config.get(place)
    if groups is not None and not isinstance(groups, Mapping):
        raise config.error(place, groups, NOT_A_SECTION)
    for name, group in (groups or {}).items():
        key = f"{place}.{name}"
        if group is not None and not isinstance(group, Mapping):
            raise config.error(key, group, NOT_A_SECTION)
        if not _is_name(name):
            message = f"invalid name {name!r} in {place}: {_NAME_FORM}"
            raise _name_error(options, message, None, key)
        is_of_profile = section == options.profile_section
        own = f"{options.section if is_of_profile else section}.{GROUPS}.{name}"
        check_options(config, key, group or {}, own)
        yield key


def _name_error(
    options: BackendOptions, message: str, hint: str | None, key: str | None
) -> ConfigValueError:
    """Return an error about the name of a group; its origin is that of its first option."""
    group = options.config.get(key) if key else None
    names = option_names(group) if isinstance(group, Mapping) else ()
    origin = options.config.origin_of(".".join([key, *names][:2])) if key else None
    return ConfigValueError(message, hint=hint, origin=origin, key=key)


def _of_argument(options: BackendOptions) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the options of each group of the argument."""
    groups = options.argument(GROUPS)
    argument = ResolvedOption(groups, None, GROUPS.replace("-", "_"))
    if groups is not None and not isinstance(groups, Mapping):
        raise options.error_about(argument, "must be a mapping of groups to their options")
    for name, group in (groups or {}).items():
        if not _is_name(name):
            raise options.error_about(argument, f"invalid name {name!r}: {_NAME_FORM}")
        if group is not None and not isinstance(group, Mapping):
            raise options.error_about(argument, f"the options of {name} must be a mapping")
        found = dict(_flat(options, group or {}))
        for option in found:
            _check_option(options, name, option)
        yield hyphenated(name), found


def _flat(options: BackendOptions, group: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in group.items():
        option = hyphenated(str(name))
        if option != RESOURCES:
            yield option, value
        elif isinstance(value, Mapping):
            yield from ((f"{option}.{hyphenated(str(inner))}", value[inner]) for inner in value)
        else:
            yield from options.resource_arguments(value)


def _check_option(options: BackendOptions, group: str, option: str) -> None:
    """Raise if an option of the argument cannot be in a group."""
    own = f"{options.section}.{GROUPS}.{group}"
    if backend_schema.node(f"{own}.{option}"):
        return
    written = option.replace("-", "_")
    message = f"argument worker_groups: {written} of group {group}"
    if backend_schema.for_all_groups(f"{own}.{option}"):
        message = f"{message} {backend_schema.FOR_ALL_GROUPS}"
        raise UnknownKeyError(message, hint=f"Use the argument {written} instead")
    hint = hint_for(option, own)
    hint = hint.replace("-", "_") if hint.endswith("?") else hint
    raise UnknownKeyError(f"{message} is unknown", hint=hint)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None
