"""A key has its old name.

dask and distributed move the value of a renamed key to its new place, which works until the old
name is dropped: `dask.config.set` and `refresh` warn. dask-jobqueue asks for the old names too: any
value but null makes each cluster warn, even an empty list, and where the new name has a value as
well, the old one is ignored.

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

Mended:

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

from collections.abc import Iterator, Mapping

from ...catalogue.known_keys import Catalogue
from ...catalogue.old_keys import is_old, may_hold_old_keys, new_name, removed
from ...core.keys import hyphenated, variable_of
from ...yaml_edit.patch import Remove, Rename, Set
from ..facts import Facts, Finding, Fix, KeyOccurrence, Severity

ID = "renamed-key"
SENTENCE = "A key has its old name."


def check(facts: Facts) -> Iterator[Finding]:
    """Report keys that were renamed and still have an effect."""
    known = facts.catalogue
    for written in facts.written(lambda path: may_hold_old_keys(path, known)):
        new = new_name(written.path, known)
        if new is None or removed(written.path, known) or _holds_old_keys(known, written):
            continue
        if written.path[0] != "jobqueue":
            yield _of_dask(facts, written, new)
        elif written.value is not None:
            yield _of_jobqueue(facts, written, new)


def _holds_old_keys(known: Catalogue, written: KeyOccurrence) -> bool:
    """Whether it is a section with keys that were renamed one by one, which are reported."""
    names = written.value if isinstance(written.value, Mapping) else ()
    return any(is_old((*written.path, name), known) for name in names if isinstance(name, str))


def _of_dask(facts: Facts, written: KeyOccurrence, new: str) -> Finding:
    message = f"{written.key} is an old name of {new}"
    lost = facts.resolution.value(new) is None and not isinstance(written.value, Mapping)
    if lost and not facts.resolution.conflicts:
        message += ", and its value gets lost on the way there"
    severity: Severity = "error" if lost else "warning"
    fix = _moved(facts, written, new)
    return Finding(severity, message, _write(written, new), written.key, written.origin, fix)


def _of_jobqueue(facts: Facts, written: KeyOccurrence, new: str) -> Finding:
    message = f"{written.key} is the old name of {new.rpartition('.')[2]}"
    other = facts.resolution.value(new)
    severity: Severity = "warning"
    hint = _write(written, new)
    if not written.value:
        severity, hint = "info", "remove it"
        message += ": even empty, it makes dask-jobqueue warn"
    elif other and other.value:
        severity, hint = "error", f"remove it, or move its value to {new}"
        message += ", which is set too: this one is ignored"
    if not written.value:
        fix = None if written.variable else Fix((Remove(written.path),))
    else:
        fix = _moved(facts, written, new)
    return Finding(severity, message, hint, written.key, written.origin, fix)


def _moved(facts: Facts, written: KeyOccurrence, new: str) -> Fix | None:
    """Its new name; in another section if need be, but not where that key is said, too."""
    taken = any(setting.key == new for setting in facts.settings)
    if written.variable or taken or isinstance(written.value, Mapping):
        return None
    path = tuple(new.split("."))
    if tuple(map(hyphenated, written.path[:-1])) == path[:-1]:
        return Fix((Rename(written.path, path[-1]),))
    # A comment behind the key would be lost on the way.
    safe = not facts.has_comment(written.origin)
    return Fix((Remove(written.path), Set(path, written.value)), safe)


def _write(written: KeyOccurrence, new: str) -> str:
    return f"write {variable_of(new) if written.is_variable else new}"
