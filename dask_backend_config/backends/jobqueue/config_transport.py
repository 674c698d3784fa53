"""Pass the client's configuration to workers in their job scripts."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ...catalogue.shipped import PACKAGES, known
from ...config.merge import Branch, canonical_path, find
from ...config.resolve import Resolution
from ...config.values import Resolved
from ...core.equality import strictly_equal
from ...core.errors import ConfigValueError
from ...core.keys import PREFIX, canonical_name, hyphenated, key_of
from ...core.secrets import masked

VARIABLE = "DASK_INTERNAL_INHERIT_CONFIG"
#: Bytes of configuration in a job script; more is written to a file in the private folder.
LIMIT = 2048
#: Name of that file.
SNIPPET = "configuration.sh"
#: Linux allows 128 KiB for one variable.
_LARGEST = 120 * 1024
_PRIVATE_KEY = "PRIVATE KEY-----"
#: Maps of environment variables below ``distributed.nanny``, in which null means not set.
_ENVIRONMENTS = ("environ", "pre-spawn-environ")


def sections() -> tuple[str, ...]:
    """Return the top-level sections that other processes than the client read."""
    return ("distributed", *known(PACKAGES[0]))


def configuration_for_workers(resolution: Resolution) -> dict[str, Any]:
    """Return the values that a worker could otherwise see differently, as a nested mapping.

    A value is left out if all lower layers, including a default, have the same one: the node has it
    too. Secrets are left out. Entries that code removed are null in maps of environment variables;
    in other maps they reappear if a default or a file of the node sets them.

    Parameters
    ----------
    resolution : Resolution
        The client's, from `resolve.live`.

    Raises
    ------
    ConfigValueError
        If a value cannot be written as JSON.
    """
    tree: dict[str, Any] = {}
    for path, found in _sent(resolution):
        value = _checked(path, found)
        for name in (path, *_old_names(resolution, path)):
            _put(tree, name, value)
    for path in _removed_variables(resolution):
        _put(tree, path, None)
    return tree


def unsendable(resolution: Resolution) -> Iterator[ConfigValueError]:
    """Yield the error for each value of a user's that `configuration_for_workers` refuses."""
    for path, found in _sent(resolution, ("file", "inherited", "variable", "code")):
        try:
            _checked(path, found)
        except ConfigValueError as error:
            yield error


def shell_lines(tree: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Return shell code that makes a worker read `tree` above the node's files.

    Parameters
    ----------
    tree : mapping
        From `configuration_for_workers`.
    environ : mapping
        The client's. Some schedulers pass its variables on to the job, where they would override
        values set in code. Their values are in `tree`, so they are unset.

    Raises
    ------
    ConfigValueError
        If it does not fit into one variable.
    """
    lines = []
    if names := sorted(_config_variables(environ)):
        lines.append(f"unset {' '.join(names)}")
    if tree:
        text = json.dumps(tree, separators=(",", ":"))
        encoded = base64.urlsafe_b64encode(text.encode()).decode()
        if len(encoded) > _LARGEST:
            raise ConfigValueError(
                f"configuration for workers takes {len(encoded)} bytes; a job's environment has "
                f"room for {_LARGEST}"
            )
        lines.append(f"export {VARIABLE}={encoded}")
    else:
        lines.append(f"unset {VARIABLE}")
    return lines


def size(lines: Iterable[str]) -> int:
    """Return the number of bytes of shell code, with its line breaks."""
    return sum(len(line.encode()) + 1 for line in lines)


def sourced(path: str) -> str:
    """Return the line that runs the shell code of a file in the same shell."""
    return f". {path if path.startswith('<') else shlex.quote(path)}"


def _sent(
    resolution: Resolution, kinds: Collection[str] = ()
) -> Iterator[tuple[tuple[Any, ...], Resolved]]:
    """Yield path and value of what is sent, of the given kinds of origin (all by default)."""
    for section in sections():
        for path, found in resolution.by_path(section, kinds):
            if _differs(found) and not _is_secret(found):
                yield path, found


def _config_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the variables of `environ` whose keys `configuration_for_workers` reads."""
    import dask.config

    tops = {*sections(), *(old.partition(".")[0] for old in dask.config.deprecations)}
    for name in environ:
        key = key_of(name)
        ours = name.startswith(PREFIX) and re.fullmatch(r"\w+", name, re.ASCII)
        if ours and canonical_name(key.partition(".")[0], tops) in tops and masked(key, "x") == "x":
            yield name


def _differs(found: Resolved) -> bool:
    origins = (found.origin, *(layer.origin for layer in found.shadowed))
    has_default = any(origin.kind == "default" for origin in origins)
    same = all(strictly_equal(layer.value, found.value) for layer in found.shadowed)
    return not (has_default and same)


def _is_secret(found: Resolved) -> bool:
    hidden, shown = masked(found.key, found.value), _as_json_has_it(found.value)
    return not strictly_equal(hidden, shown) or _PRIVATE_KEY in str(found.value)


def _as_json_has_it(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_json_has_it(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json_has_it(inner) for inner in value]
    return value


def _old_names(resolution: Resolution, path: tuple[Any, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the old names of a renamed key under which a file sets it.

    In the job, a file of the node with an old name would override the new name. A name that no file
    has would only make dask warn of it in each log.
    """
    import dask.config

    names = tuple(map(hyphenated, path))
    in_files = (old for old, node in resolution.renamed if node.origin.kind == "file")
    for old in dict.fromkeys(in_files):
        new = tuple(hyphenated(dask.config.deprecations[old] or "").split("."))
        if names[: len(new)] == new:  # "ucx" was a section
            yield (*old.split("."), *path[len(new) :])


def _removed_variables(resolution: Resolution) -> Iterator[tuple[Any, ...]]:
    """Yield the environment variables that a layer sets and that code removed from their map."""
    for section in (("distributed", "nanny", name) for name in _ENVIRONMENTS):
        for layer in resolution.layers:
            variables = find(layer, section)
            for name in variables if isinstance(variables, Branch) else ():
                if find(resolution.tree, (*section, name)) is None:
                    yield (*canonical_path(resolution.tree, section), name)


def _checked(path: tuple[Any, ...], found: Resolved) -> Any:
    wrong = "must be a string, a number, a list or the like"
    if not all(isinstance(name, str) for name in path):
        wrong = "the key must be a string"
    else:
        with contextlib.suppress(TypeError, ValueError):
            json.dumps(found.value)
            return found.value
    message = f"{found.key} is {found.value!r}: {wrong} to be sent to workers"
    raise ConfigValueError(message, origin=found.origin, key=found.key)


def _put(tree: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value
