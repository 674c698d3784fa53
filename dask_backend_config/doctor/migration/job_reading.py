"""Read what the jobs of an old section ask for, before and after it is moved."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...backends.config_tree import ConfigTree
from ...backends.jobqueue.options import scheduler_values
from ...backends.jobqueue.reading import job_queue_options
from ...backends.options import BackendOptions
from ...backends.registry import BACKENDS
from ...catalogue import backend_schema
from ...catalogue.backend_schema import ROOT
from ...catalogue.known_keys import Path
from ...config.merge import plain
from ...config.resolve import Resolution
from ...core.keys import canonical_name, hyphenated, join_path
from ...core.origins import Origin
from ...schedulers import SCHEDULERS
from ...yaml_edit.edits import value_at
from .sections import JOBQUEUE, OldSection


def options_before(resolution: Resolution, section: OldSection) -> BackendOptions:
    """Return the options that the section has for dask-jobqueue.

    A section that becomes a profile or the arguments of a constructor takes the place of the
    scheduler's own keys.
    """
    tree = plain(resolution.tree)
    if not section.profile and not section.has_arguments:
        return _options(resolution, tree, section.kind)
    values = value_at(tree, section.path) or {}
    shared = value_at(tree, (JOBQUEUE, section.kind), {}) if section.has_arguments else {}
    merged = {hyphenated(name): value for each in (shared, values) for name, value in each.items()}
    tree[ROOT] = _without_replacements(tree.get(ROOT) or {}, section.kind)
    tree[JOBQUEUE] = {section.kind: merged}
    return _options(resolution, tree, section.kind, written=join_path(section.path))


def options_after(resolution: Resolution, section: OldSection) -> BackendOptions:
    """Return the options of the backend that replaces the section."""
    tree = plain(resolution.tree)
    arguments = value_at(tree, section.target) if section.has_arguments else {}
    return _options(resolution, tree, section.kind, section.profile, arguments or {})


def requested(options: BackendOptions, kind: str) -> tuple[Any, ...]:
    """Return all that the jobs and the cluster ask for; two results can be compared.

    Raises
    ------
    ConfigValueError
        If an option is invalid.
    """
    own = scheduler_values(options, SCHEDULERS[kind])
    cluster, isolation, job = job_queue_options(options, SCHEDULERS[kind], own)
    return job.script(), replace(cluster, sources=None), isolation, own  # type: ignore[arg-type]


def _options(
    resolution: Resolution,
    tree: Mapping[Any, Any],
    kind: str,
    profile: str = "",
    arguments: Mapping[str, Any] | None = None,
    written: str = "",
) -> BackendOptions:
    def origin_of(key: str) -> Origin | None:
        section = f"{JOBQUEUE}.{kind}"
        found = resolution.value(key.replace(section, written or section, 1))
        return found.origin if found else None

    name = BACKENDS[kind][1]
    return BackendOptions(kind, name, arguments or {}, profile or None, ConfigTree(tree, origin_of))


def _without_replacements(backends: Mapping[Any, Any], kind: str) -> dict[Any, Any]:
    """Return the user's ``backends`` without the keys that replace those of dask-jobqueue."""
    found = copy.deepcopy(dict(backends))
    for name in ("jobqueue", kind):
        for key in backend_schema.keys(f"{ROOT}.{name}"):
            own = key.replace(f"{ROOT}.{name}.", f"{ROOT}.{kind}.", 1)
            if any(each.startswith(f"{JOBQUEUE}.") for each in backend_schema.fallbacks(own)):
                for section in ("jobqueue", kind):
                    _remove(found, (section, *own.split(".")[2:]))
    return found


def _remove(tree: Any, path: Path) -> None:
    *parents, last = path
    section = value_at(tree, parents)
    if isinstance(section, dict):
        section.pop(canonical_name(last, section), None)
