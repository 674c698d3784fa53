"""A key is unknown: it is misspelled or in the wrong section.

dask accepts any key and does not warn. A misspelled key, or a key in the wrong section, has no
effect. Known keys are those in the default files of dask, distributed, dask-jobqueue, this package
and other installed packages, and others that the code of the first three reads. The check ignores
the top-level sections of packages that are not installed, and mappings whose names you choose, such
as `distributed.nanny.environ`. It reports an unknown section once, not each key in it.

A name may be written with `-` or with `_`, but not with both: dask does not find
`use-file_locking`.

Broken:

```yaml
distributed:
  wroker:
    daemon: false
temporary_directroy: /scratch
```

```sh
export DASK_DISTRIBUTED__WORKER__ALLOWED_FAILURES=5
```

Fixed:

```yaml
distributed:
  worker:
    daemon: false
temporary_directory: /scratch
```

```sh
export DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES=5
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...catalogue import backend_schema, dask_keys, shipped
from ...catalogue.did_you_mean import misspelt_top, near_section, respelled, suggest, unjoined
from ...catalogue.known_keys import (
    PROFILES,
    Catalogue,
    Path,
    catalogue,
    holds_keys,
    is_own_section,
    names_below,
)
from ...catalogue.old_keys import is_old, old_sections
from ...core.fuzzy import is_same_or_typo
from ...core.keys import hyphenated, join_path, variable_of
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix, Severity
from ..setting import Setting
from ..value_problems import REFUSED

#: Begins the hint for a key that is known in another section.
_MOVE = "Move it to"


def check(facts: Facts) -> CheckFindings:
    """Yield unknown keys in sections whose keys are known."""
    known = facts.catalogue
    for occurrence in facts.occurrences(lambda path: _is_entered(known, path)):
        if unknown := _unknown_part(known, occurrence):
            yield _finding(known, occurrence, unknown)


def _finding(known: Catalogue, occurrence: Setting, unknown: Path) -> Finding:
    hint = _hint(known, occurrence, unknown)
    if is_own_section(unknown) and len(unknown) > 2:
        message = f"{_shown(unknown)} is not a key of dask-jobqueue"
        return occurrence.finding("info", message, hint)
    owner, why = known.owner(unknown), "dask ignores it"
    if unknown[:2] == PROFILES or backend_schema.split_group(tuple(map(hyphenated, unknown))):
        why = f"it {REFUSED}"
    severity: Severity = "error"
    if owner in {files.package for files in shipped.other_packages()}:
        severity, why = "warning", f"it is not among the defaults of {owner}"
    message = f"unknown key {_shown(unknown)}: {why}"
    if backend_schema.for_all_groups(join_path(unknown)):
        message = f"{_shown(unknown)} {backend_schema.FOR_ALL_GROUPS}"
    fix = _fix(known, occurrence, unknown) if hint.startswith(_MOVE) else None
    return Finding(severity, message, hint, occurrence.key, occurrence.origin, fix)


def _is_entered(known: Catalogue, path: Path) -> bool:
    """Return whether to check the keys of a section: not if the section itself is wrong."""
    if path[0] == "scheduler" or (path[0] == "jobqueue" and near_section(path[-1])):
        return False
    return holds_keys(path) or tuple(map(hyphenated, path)) in old_sections(known)


def _unknown_part(known: Catalogue, occurrence: Setting) -> Path | None:
    """Return the shortest part of a key that is unknown; in a file, its section is known."""
    path, variable = occurrence.path, occurrence.own_variable
    is_mapping = isinstance(occurrence.value, Mapping)
    if variable and unjoined(variable.name, is_mapping):
        return None
    for length in range(1 if variable else len(path), len(path) + 1):
        part = path[:length]
        is_section = is_mapping or length < len(path)
        if _is_unknown(known, part, is_section, occurrence):
            return None if is_old(part, known) else part
    return None


def _is_unknown(known: Catalogue, part: Path, is_section: bool, occurrence: Setting) -> bool:
    names, variable = tuple(map(hyphenated, part)), occurrence.own_variable
    if "." in part[-1]:
        return False
    if names[0] not in known.top_names:
        # It may be another package's, or a variable of the script's own.
        is_near = misspelt_top(part[0], is_section) or (
            variable and "__" in variable.name and respelled(variable.name)
        )
        return len(part) == 1 and bool(is_near)
    if len(part) > 1 and (names[0] == "scheduler" or known.is_free(part[:-1])):
        return False
    if is_own_section(names[:2]):
        return _is_unknown_in_own_section(known, part, is_section, occurrence)
    if known.knows(part):
        return _is_mixed(part[-1])
    return names not in old_sections(known) and not _is_in_value(known, part, occurrence)


def _is_unknown_in_own_section(
    known: Catalogue, part: Path, is_section: bool, occurrence: Setting
) -> bool:
    """Judge mildly: another package's cluster may read a section of jobqueue with any keys."""
    if len(part) > 2:
        meant = None if known.knows(part) else suggest(part, is_section)
        return meant is not None and is_same_or_typo(hyphenated(part[-1]), meant.rpartition(".")[2])
    if not is_section:
        return occurrence.value is not None
    scheduler = near_section(part[1])
    if scheduler is None:
        return False
    inner = occurrence.value if len(occurrence.path) == 2 else occurrence.path[2:3]
    return 2 * sum(known.knows(("jobqueue", scheduler, str(name))) for name in inner) > len(inner)


def _is_in_value(known: Catalogue, part: Path, occurrence: Setting) -> bool:
    """Return whether it is in a mapping that a variable sets in place of a value."""
    is_inside = occurrence.variable is not None and not occurrence.own_variable
    return is_inside and known.knows(part[:-1]) and not holds_keys(part[:-1])


def _is_mixed(name: str) -> bool:
    return "-" in name and "_" in name


def _shown(part: Path) -> str:
    return join_path(part) if _is_mixed(part[-1]) else hyphenated(join_path(part))


def _hint(known: Catalogue, occurrence: Setting, unknown: Path) -> str:
    parent, name, variable = unknown[:-1], hyphenated(unknown[-1]), occurrence.own_variable
    is_section = isinstance(occurrence.value, Mapping)
    if _is_mixed(unknown[-1]):
        return f"Write {name}: a name may contain - or _, but not both"
    if parent == ("jobqueue",) and known.knows((*parent, "slurm", name)):
        return f"Move it into the section of a scheduler: jobqueue.slurm.{name}"
    if no_key := dask_keys.entry(tuple(map(hyphenated, unknown))).get("not-a-key"):
        return str(no_key)
    path = occurrence.path if variable else unknown
    found = suggest(path, None if occurrence.value is None else is_section)
    if found is None and isinstance(occurrence.value, Mapping):
        found = _section_of(path, occurrence.value)
    if found is None and variable:
        found = respelled(variable.name) or _corrected(known, unknown, path)
    if found:
        meant = variable_of(found) if variable else found
        if variable or found.rpartition(".")[2] != name:
            return f"Did you mean {meant}?"
        return f"{_MOVE} {'' if '.' in found else 'the top level: '}{meant}"
    if sections := _sections_with(known, parent, name):
        return f"Only these sections have it: {', '.join(sections)}"
    if parent and not holds_keys(parent):
        return f"Remove it: {_shown(parent)} is a key, not a section"
    return (
        f"Remove it. To list the known keys, run: dask-backend-config show {_shown(parent)}".strip()
    )


def _fix(known: Catalogue, occurrence: Setting, unknown: Path) -> Fix | None:
    """Return a fix that moves a key to its right section; safe if only one has such a key."""
    found = suggest(unknown) if occurrence.file else None
    name = hyphenated(unknown[-1])
    if not found or found.rpartition(".")[2] != name:
        return None
    top = found.partition(".")[0]
    is_only_one = sum(place[0] == top for place in known.places(name)) <= 1
    return occurrence.fix_by_moving(tuple(found.split(".")), safe=is_only_one)


def _section_of(path: Path, value: Mapping[Any, Any]) -> str | None:
    """Return the section that all keys in an unknown section belong to, or the worker group."""
    group = (*map(hyphenated, path[:-1]), backend_schema.GROUPS, hyphenated(path[-1]))
    if value and all(catalogue().knows((*group, str(name))) for name in value):
        return join_path(group)
    keys = [
        suggest((*path, str(name)), isinstance(inner, Mapping)) for name, inner in value.items()
    ]
    sections = {key.rpartition(".")[0] if key else None for key in keys}
    return sections.pop() if len(sections) == 1 else None


def _corrected(known: Catalogue, unknown: Path, path: Path) -> str | None:
    """Return a key with its section corrected, such as the map that a name of the user's is in."""
    section = suggest(unknown, True) if len(unknown) < len(path) else None
    corrected = (*section.split("."), *path[len(unknown) :]) if section else ()
    return join_path(corrected) if corrected and known.knows(corrected) else None


def _sections_with(known: Catalogue, parent: Path, name: str) -> list[str]:
    """Return the other sections that have a key with a distinctive name."""
    if parent[:1] == ("jobqueue",):
        sections = [("jobqueue", each) for each in names_below(("jobqueue",))]
        return [join_path(path) for path in sections if known.knows((*path, name))]
    places = [path[:-1] for path in known.places(name)] if "-" in name else []
    shown = (f"{path[0]}.<type>" if path[0] == "jobqueue" else join_path(path) for path in places)
    return list(dict.fromkeys(shown))
