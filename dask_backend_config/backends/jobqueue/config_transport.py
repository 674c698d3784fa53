"""What a job carries of the client's configuration, so that its worker sees the same."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...catalogue.shipped import PACKAGES, known
from ...config.merge import Branch, Leaf, find, same
from ...config.resolve import Resolution, canonical_path
from ...config.values import Resolved
from ...core.errors import ConfigValueError
from ...core.keys import PREFIX, canonical_name, hyphenated, join_path, key_of
from ...core.secrets import masked

VARIABLE = "DASK_INTERNAL_INHERIT_CONFIG"
#: Bytes of shell that a job script carries of configuration; more goes into a file beside the
#: certificates.
LIMIT = 2048
#: Its name.
SNIPPET = "configuration.sh"
#: Linux takes 128 KiB for one variable.
_LARGEST = 120 * 1024
_PRIVATE_KEY = "PRIVATE KEY-----"
#: Maps of variables, in which null stands for one that is not set.
_ENVIRONMENTS = (
    ("distributed", "nanny", "environ"),
    ("distributed", "nanny", "pre-spawn-environ"),
)


def sections() -> tuple[str, ...]:
    """The top-level sections that processes other than the client read."""
    return ("distributed", *known(PACKAGES[0]))


def configuration_for_workers(resolution: Resolution) -> dict[str, Any]:
    """All that a worker could otherwise see differently, as a nested mapping.

    A value is left out where every layer below says the same, the default included: the node's
    files and defaults then say it, too. Secrets are left out. What code took out of another map
    than one of variables comes back, where a default or the node's files hold it.

    Parameters
    ----------
    resolution : Resolution
        The client's, as `resolve.live` finds it.

    Raises
    ------
    ConfigValueError
        Where a value cannot be written as JSON.
    """
    tree: dict[str, Any] = {}
    for section in sections():
        for path, found in resolution.by_path(section):
            if _differs(found) and not _is_secret(found):
                value = _checked(path, found)
                for place in (path, *_older_names(resolution, path)):
                    _put(tree, place, value)
    for path in _taken_out(resolution):
        _put(tree, path, None)
    return tree


def shell_lines(tree: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """Shell that makes a worker's process read `tree` above the node's files.

    Parameters
    ----------
    tree : mapping
        From `configuration_for_workers`.
    environ : mapping
        The client's. Some schedulers hand its variables to the job, where they would beat what was
        set in code; what they say stands in `tree`, so they are removed.

    Raises
    ------
    ConfigValueError
        Where it is larger than a variable may be.
    """
    lines = []
    if names := sorted(_handed_on(environ)):
        lines.append(f"unset {' '.join(names)}")
    if tree:
        text = json.dumps(tree, separators=(",", ":"))
        encoded = base64.urlsafe_b64encode(text.encode()).decode()
        if len(encoded) > _LARGEST:
            raise ConfigValueError(
                f"the configuration that differs from the defaults takes {len(encoded)} bytes, "
                f"and a job's environment has room for {_LARGEST}"
            )
        lines.append(f"export {VARIABLE}={encoded}")
    else:
        lines.append(f"unset {VARIABLE}")
    return lines


def size(lines: Iterable[str]) -> int:
    """Bytes of shell, line breaks included."""
    return sum(len(line.encode()) + 1 for line in lines)


def sourced(path: str) -> str:
    """The line that runs the shell of a file; nothing of it is kept from the lines behind."""
    return f". {path if path.startswith('<') else shlex.quote(path)}"


def _handed_on(environ: Mapping[str, str]) -> Iterator[str]:
    """The variables of `environ` whose keys `configuration_for_workers` looks at."""
    import dask.config

    tops = {*sections(), *(old.partition(".")[0] for old in dask.config.deprecations)}
    for name in environ:
        key = key_of(name)
        ours = name.startswith(PREFIX) and re.fullmatch(r"\w+", name, re.ASCII)
        if ours and canonical_name(key.partition(".")[0], tops) in tops and masked(key, "x") == "x":
            yield name


def _differs(found: Resolved) -> bool:
    below = [layer for layer in found.shadowed if not same(layer.value, found.value)]
    has_default = any(
        origin.kind == "default"
        for origin in (found.origin, *(layer.origin for layer in found.shadowed))
    )
    return bool(below) or not has_default


def _is_secret(found: Resolved) -> bool:
    hidden = masked(found.key, found.value)
    return not same(hidden, _as_json_has_it(found.value)) or _PRIVATE_KEY in str(found.value)


def _as_json_has_it(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_json_has_it(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json_has_it(inner) for inner in value]
    return value


def _older_names(resolution: Resolution, path: tuple[Any, ...]) -> Iterator[tuple[str, ...]]:
    """What a file may call the value by a renamed key: in the job that would count above ours.

    A file that says both names is taken to say the newer one, so each older name counts.
    """
    import dask.config

    said = [
        node.written
        for layer in resolution.layers
        if isinstance(node := find(layer, path), Leaf) and node.origin.kind == "file"
    ]
    if said:
        key = hyphenated(join_path(path))
        older = (
            old for old, new in dask.config.deprecations.items() if new and hyphenated(new) == key
        )
        names = dict.fromkeys((*filter(None, said), *older))
        yield from (tuple(name.split(".")) for name in names if hyphenated(name) != key)


def _taken_out(resolution: Resolution) -> Iterator[tuple[Any, ...]]:
    """The variables that a layer says and that code took out of their map."""
    for section in _ENVIRONMENTS:
        for layer in resolution.layers:
            said = find(layer, section)
            for name in said if isinstance(said, Branch) else ():
                if find(resolution.tree, (*section, name)) is None:
                    yield (*canonical_path(resolution.tree, section), name)


def _checked(path: tuple[Any, ...], found: Resolved) -> Any:
    if not all(isinstance(name, str) for name in path):
        raise ConfigValueError(
            f"{found.key} is {found.value!r}: its key must be a text to be sent to workers",
            origin=found.origin,
        )
    try:
        json.dumps(found.value)
    except (TypeError, ValueError):
        raise ConfigValueError(
            f"{found.key} is {found.value!r}: must be text, a number, a list or the like, "
            "which can be sent to workers",
            origin=found.origin,
        ) from None
    return found.value


def _put(tree: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = value
