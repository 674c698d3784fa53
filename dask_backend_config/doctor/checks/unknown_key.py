"""A key does not exist: it is misspelt, or stands in the wrong section.

dask takes any key and never asks for one that it does not know: a misspelt key, or one in the wrong
section, has no effect, and nothing says so. Known are the keys in the default files of dask,
distributed, dask-jobqueue and this package, and what their code asks for besides. Namespaces of
other packages are left alone, and so are maps whose names are yours, such as
`distributed.nanny.environ`. A wrong section is reported once, not for each key in it.

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

Mended:

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

from collections.abc import Iterator, Mapping

from ...catalogue.known_keys import Catalogue, Path
from ...catalogue.did_you_mean import misspelt_top, near_section, respelled, suggest, unjoined
from ...catalogue.known_keys import holds_keys, names_below
from ...catalogue.old_keys import is_old, old_sections
from ...core.keys import hyphenated, join_path, variable_of
from ..facts import Facts, Finding, KeyOccurrence

ID = "unknown-key"
SENTENCE = "A key does not exist: it is misspelt, or stands in the wrong section."


def check(facts: Facts) -> Iterator[Finding]:
    """Report keys of known namespaces that nobody reads."""
    known = facts.catalogue
    for written in facts.written(lambda path: _is_entered(known, path)):
        wrong = _wrong_part(known, written)
        if wrong:
            message = f"{_shown(wrong)} does not exist: it has no effect"
            hint = _hint(known, written, wrong)
            yield Finding("error", message, hint, written.key, written.origin)


def _is_entered(known: Catalogue, path: Path) -> bool:
    """Whether to judge what a section holds: not below what is wrong itself, or another check's."""
    if path[0] == "scheduler" or (path[0] == "jobqueue" and near_section(path[-1])):
        return False
    return holds_keys(path) or tuple(map(hyphenated, path)) in old_sections(known)


def _wrong_part(known: Catalogue, written: KeyOccurrence) -> Path | None:
    """The shortest part of a path that does not exist; in a file all but the last does."""
    path = written.path
    if written.variable and written.is_variable and unjoined(written.variable.name):
        return None
    for length in range(1 if written.is_variable else len(path), len(path) + 1):
        part = path[:length]
        filled = isinstance(written.value, Mapping) or length < len(path)
        if _is_wrong(known, part, filled, written):
            return None if is_old(part, known) else part
    return None


def _is_wrong(known: Catalogue, part: Path, filled: bool, written: KeyOccurrence) -> bool:
    names = tuple(map(hyphenated, part))
    if "." in part[-1]:
        return False
    if names[0] not in known.top_names:
        return len(part) == 1 and _is_nearly_known(part[0], filled, written)
    if len(part) > 1 and (names[0] == "scheduler" or known.is_free(part[:-1])):
        return False
    if names[0] == "jobqueue" and len(part) > 1 and names[1] not in names_below(("jobqueue",)):
        return _is_wrong_in_own_section(known, part, filled or written.value is None)
    if known.knows(part):
        return _is_mixed(part[-1])
    return names not in old_sections(known) and not _is_in_value(known, part, written)


def _is_nearly_known(name: str, filled: bool, written: KeyOccurrence) -> bool:
    """Whether a top-level name that may be another package's is more likely a misspelt one."""
    if misspelt_top(name, filled):
        return True
    variable = written.variable if written.is_variable else None
    return variable is not None and respelled(variable.name) is not None


def _is_wrong_in_own_section(known: Catalogue, part: Path, filled: bool) -> bool:
    """A section of ``jobqueue`` may have any name, and a class of its own that reads it."""
    if len(part) == 2:
        return near_section(part[1]) is not None or not filled
    return not known.knows(part) and suggest(part) is not None


def _is_in_value(known: Catalogue, part: Path, written: KeyOccurrence) -> bool:
    """Whether it stands in a mapping that a variable has in place of a value: another check's."""
    inside = written.variable is not None and not written.is_variable
    return inside and known.knows(part[:-1]) and not holds_keys(part[:-1])


def _is_mixed(name: str) -> bool:
    return "-" in name and "_" in name


def _shown(part: Path) -> str:
    return join_path(part) if _is_mixed(part[-1]) else hyphenated(join_path(part))


def _hint(known: Catalogue, written: KeyOccurrence, wrong: Path) -> str:
    parent, last = wrong[:-1], hyphenated(wrong[-1])
    found = suggest(written.path if written.is_variable else wrong)
    if written.variable and written.is_variable:
        found = found or respelled(written.variable.name)
    if _is_mixed(wrong[-1]):
        return f"dask takes - for _, but not both in one name: write {last}"
    if parent == ("jobqueue",) and known.knows((*parent, "slurm", last)):
        return f"write it inside of a scheduler's section: jobqueue.slurm.{last}"
    if found:
        shown = variable_of(found) if written.is_variable else found
        if found.rpartition(".")[2] != last:
            return f"the nearest is {shown}"
        return f"it belongs {'elsewhere' if '.' in found else 'at the top level'}: {shown}"
    if sections := _sections_with(known, parent, last):
        return f"only these have it: {', '.join(sections)}"
    if parent and not holds_keys(parent):
        return f"{_shown(parent)} takes a value, it is no section"
    shown = f" {_shown(parent)}" if parent else ""
    return f"remove it; to see what there is: dask-backend-config show{shown}"


def _sections_with(known: Catalogue, parent: Path, name: str) -> list[str]:
    """The sections of ``jobqueue`` that have a key which this one has not."""
    if len(parent) != 2 or parent[0] != "jobqueue":
        return []
    sections = [("jobqueue", section) for section in names_below(("jobqueue",))]
    return [join_path(section) for section in sections if known.knows((*section, name))]
