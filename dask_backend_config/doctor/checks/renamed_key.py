"""A key is set by its old name.

dask and distributed still move the value of a renamed key to the new key, and `dask.config.set` and
`refresh` warn. A later release may drop the old name. dask-jobqueue also reads the old names: each
cluster warns about any value except null, even an empty list. If the new key also has a value, the
old key is ignored.

Of several old names of one key in dask or distributed, one wins, and an old name wins over the new
one, even if a variable sets that. The check names the value that dask uses.

Broken:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    project: abc123
    env-extra: ["module load cuda"]
```

```sh
export DASK_CONNECT_TIMEOUT=10s
```

Fixed:

```yaml
# ~/.config/dask/jobqueue.yaml
jobqueue:
  slurm:
    account: abc123
    job-script-prologue: ["module load cuda"]
```

```sh
export DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT=10s
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...catalogue.known_keys import Catalogue, Path
from ...catalogue.old_keys import is_old, may_hold_old_keys, new_name, removed
from ...core.equality import strictly_equal
from ...core.keys import hyphenated, variable_of
from ...yaml_edit.patch import Remove, Set
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix
from ..setting import Setting


def check(facts: Facts) -> CheckFindings:
    """Yield keys that were renamed and still have an effect."""
    known = facts.catalogue
    for occurrence in facts.occurrences(lambda path: may_hold_old_keys(path, known)):
        new = new_name(occurrence.path, known)
        if new is None or removed(occurrence.path, known) or _contains_old_keys(known, occurrence):
            continue
        if occurrence.path[0] != "jobqueue":
            yield _of_dask(facts, occurrence, new)
        elif occurrence.value is not None:
            yield _of_jobqueue(facts, occurrence, new)


def _contains_old_keys(known: Catalogue, occurrence: Setting) -> bool:
    """Return whether it is a section with renamed keys, which are reported one by one."""
    names = occurrence.value if isinstance(occurrence.value, Mapping) else ()
    return any(is_old((*occurrence.path, name), known) for name in names if isinstance(name, str))


def _of_dask(facts: Facts, occurrence: Setting, new: str) -> Finding:
    message, hint = f"{occurrence.key} was renamed to {new}", _hint(occurrence, new)
    fix, effective = _fix(facts, occurrence, new), facts.resolution.value(new)
    if effective is None:
        is_lost = not isinstance(occurrence.value, Mapping) and not facts.resolution.conflicts
        message += ", and dask loses its value when it moves it there" if is_lost else ""
        return occurrence.finding("error" if is_lost else "warning", message, hint, fix)
    own, rivals = _layer(facts, occurrence), _rivals(facts, occurrence, new)
    winner = next((rival for rival in rivals if rival.origin == effective.origin), None)
    if winner and _layer(facts, winner) <= own:
        message += f", and {winner.key} in {winner.origin} wins: this one is ignored"
        return occurrence.finding("error", message, "Remove it", occurrence.fix_by_removing())
    wins = winner is None and effective.origin.source == occurrence.origin.source
    beaten = [rival for rival in rivals if wins and _layer(facts, rival) >= own]
    if beaten:
        others = " and ".join(f"{rival.key} in {rival.origin}" for rival in beaten)
        message += f", and wins over {others}"
        hint = f"Remove {'the other' if len(beaten) == 1 else 'the others'}. {hint}"
        if all(rival.file is occurrence.file for rival in beaten):
            fix = _fix_by_replacing(occurrence, new, beaten)
    is_error = any(rival.key == new for rival in beaten)
    return occurrence.finding("error" if is_error else "warning", message, hint, fix)


def _fix_by_replacing(occurrence: Setting, new: str, beaten: list[Setting]) -> Fix | None:
    """Return a fix that moves the value to the new key and removes the others."""
    path = tuple(new.split("."))
    fix = occurrence.fix_by_moving(path)
    if any(rival.key == new for rival in beaten):
        fix = Fix((Remove(occurrence.path), Set(path, occurrence.value)))
    removals = (Remove(rival.path) for rival in beaten if rival.key != new)
    return replace(fix, edits=(*removals, *fix.edits)) if fix else None


def _rivals(facts: Facts, occurrence: Setting, new: str) -> list[Setting]:
    """Return the other values of the key under other names."""
    return [
        setting
        for setting in facts.settings
        if setting.key != occurrence.key
        and new in (setting.key, new_name(setting.path, facts.catalogue))
        and not strictly_equal(setting.value, occurrence.value)
    ]


def _layer(facts: Facts, setting: Setting) -> int:
    """Return the position of a setting's file or variable, lowest priority first."""
    return len(facts.files) if setting.file is None else facts.files.index(setting.file)


def _of_jobqueue(facts: Facts, occurrence: Setting, new: str) -> Finding:
    message = f"{occurrence.key} was renamed to {new.rpartition('.')[2]}"
    if not occurrence.value:
        message += "; even if empty, it makes dask-jobqueue warn"
        if _has_no_defaults(facts, occurrence.path):
            hint = "Set it to null: the section has no defaults"
            return occurrence.finding("info", message, hint, occurrence.fix_by_setting(None))
        return occurrence.finding("info", message, "Remove it", occurrence.fix_by_removing())
    fix = _fix(facts, occurrence, new)
    other = facts.resolution.value(new)
    if other and other.value:
        message += ", which is set as well: this one is ignored"
        return occurrence.finding("error", message, f"Remove it, or move its value to {new}", fix)
    return occurrence.finding("warning", message, _hint(occurrence, new), fix)


def _fix(facts: Facts, occurrence: Setting, new: str) -> Fix | None:
    """Return a fix that renames or moves the key, if nothing else sets the new one."""
    path, others = tuple(new.split(".")), []
    for setting in facts.settings:
        if setting.key != occurrence.key and new in (
            setting.key,
            new_name(setting.path, facts.catalogue),
        ):
            others.append(setting)
    if occurrence.file and path[0] == "jobqueue":
        # dask-jobqueue takes the old value if the new one is empty.
        is_empty = [
            other.key == new and not other.value and other.file is occurrence.file
            for other in others
        ]
        if all(is_empty) and (others or _has_no_defaults(facts, occurrence.path)):
            # There, dask-jobqueue fails if the old name is missing; it accepts null.
            return Fix((Set(path, occurrence.value), Set(occurrence.path, None)))
    return None if others else occurrence.fix_by_moving(path)


def _has_no_defaults(facts: Facts, path: Path) -> bool:
    """Return whether a key is in a section of jobqueue that has the user's own name."""
    own = facts.catalogue.default(("jobqueue",))
    return hyphenated(path[0]) == "jobqueue" and hyphenated(path[1]) not in own


def _hint(occurrence: Setting, new: str) -> str:
    return f"Rename it to {variable_of(new) if occurrence.own_variable else new}"
