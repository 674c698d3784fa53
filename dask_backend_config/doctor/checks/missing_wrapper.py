"""A section is in the wrong place: at the top level, or inside a section that dask does not have.

A section that was copied without its parent, or that is not indented, configures nothing: dask
accepts any key at the top level and never reads this one. The same holds for a section with one
parent too many: there is no section `dask`, so `temporary-directory`, `array` and `distributed`
are at the top level. Variables such as `DASK_WORKER__DAEMON` and `DASK_DASK__TEMPORARY_DIRECTORY`
are found, too.

Broken:

```yaml
worker:
  daemon: false
dask:
  temporary-directory: /scratch
```

Fixed:

```yaml
distributed:
  worker:
    daemon: false
temporary-directory: /scratch
```
"""

from __future__ import annotations

from collections.abc import Mapping

from ...catalogue.known_keys import Catalogue, Path
from ...config.sources import SourceFile
from ...core.keys import hyphenated, join_path, variable_of
from ...yaml_edit.patch import Move, Remove
from ..facts import Facts
from ..findings import CheckFindings, Finding, Fix
from ..setting import Setting

#: Names that stand for the same section wherever they are written.
_NAMESPACES = ("distributed", "jobqueue", "backends")


def check(facts: Facts) -> CheckFindings:
    """Yield sections whose keys are known only in another place."""
    for occurrence in facts.occurrences(lambda path: path == ("jobqueue",)):
        if misplaced := _misplaced(facts.catalogue, occurrence):
            yield _with_parent_too_many(facts, occurrence, misplaced)
        elif occurrence.own_variable or len(occurrence.path) == 1:
            yield from _without_parent(facts, occurrence)


def _misplaced(known: Catalogue, occurrence: Setting) -> list[tuple[Setting, Path]]:
    """Return the keys that are known without the first name of their path, and the meant paths.

    Only sections that nobody reads are searched, and unless they are named after dask, only for
    names that no other package has.
    """
    first, *rest = map(hyphenated, occurrence.path)
    if first == "jobqueue" and rest:
        if rest[0] not in _NAMESPACES:
            return []
    elif first in known.top_names:
        return []
    return [
        (leaf, path)
        for leaf in _leaves(occurrence)
        if (path := _meant_path(known, first, tuple(leaf.path[1:])))
        and (first != "jobqueue" or path[0] in _NAMESPACES)
    ]


def _meant_path(known: Catalogue, section: str, path: Path) -> Path | None:
    """Return the known key that was meant by `path` in a top-level section that nobody reads."""
    if not path:
        return None
    package = section.removeprefix("dask-")
    if package != section and _is_key(known, (package, *path)):
        return (package, *path)
    if (section == "dask" or path[0] in _NAMESPACES) and _is_key(known, path):
        return path
    names = tuple(map(hyphenated, path))
    deeper = [place for place in known.places(path[-1]) if place[-len(path) :] == names]
    return deeper[0] if section == "dask" and len(deeper) == 1 else None


def _is_key(known: Catalogue, path: Path) -> bool:
    return _knows(known, path) and not known.is_section(path)


def _leaves(occurrence: Setting) -> list[Setting]:
    return [each for each in occurrence.with_inner() if not isinstance(each.value, Mapping)]


def _with_parent_too_many(
    facts: Facts, occurrence: Setting, misplaced: list[tuple[Setting, Path]]
) -> Finding:
    (written, path), *_ = misplaced
    key, is_complete = hyphenated(join_path(path)), len(misplaced) == len(_leaves(occurrence))
    message = f"{written.key} has no effect: wrong section"
    if occurrence.variable:
        hint = f"Did you mean {variable_of(key)}?"
        return Finding("error", message, hint, occurrence.key, occurrence.origin)
    name, moved = occurrence.path[-1], hyphenated(written.path[1])
    if hyphenated(name) == f"dask-{path[0]}":
        hint = f"Rename {name} to {path[0]}"
    elif moved != hyphenated(path[0]):
        hint = f"Move it to {key}"
    elif is_complete and len(occurrence.path) == 1:
        hint = f"Remove the line {name}: and move the lines below it to the left"
    else:
        hint = f"Move {path[0]} to the top level"
    fix = _fix(facts, occurrence, misplaced) if is_complete else None
    return Finding("error", message, hint, occurrence.key, occurrence.origin, fix)


def _fix(facts: Facts, occurrence: Setting, misplaced: list[tuple[Setting, Path]]) -> Fix | None:
    """Return a fix that moves the keys, unless one of them is set already."""
    keys = {hyphenated(join_path(path)) for _, path in misplaced}
    if keys & {setting.key for setting in facts.settings} or occurrence.file is None:
        return None
    moves = (Move(leaf.path, path) for leaf, path in misplaced)
    # Comments between the keys might be lost.
    return Fix((*moves, Remove(occurrence.path)), safe="#" not in occurrence.file.text)


def _without_parent(facts: Facts, occurrence: Setting) -> CheckFindings:
    """Yield a finding about a top-level section whose keys are known in a deeper one."""
    top, *below = occurrence.path
    places = _places(facts, occurrence)
    parents = " or ".join(join_path(place[:-1]) for place in places)
    if places and occurrence.file:
        message = f"{top} has no effect at the top level: it belongs in {parents}"
        fix = occurrence.fix_by_moving(places[0]) if len(places) == 1 else None
        yield occurrence.finding("error", message, _hint(occurrence.file, places, parents), fix)
    elif places:
        message = f"has no effect: {top} belongs in {parents}"
        meant = " or ".join(variable_of(join_path((*place, *below))) for place in places)
        yield occurrence.finding("error", message, f"Did you mean {meant}?")


def _places(facts: Facts, occurrence: Setting) -> list[Path]:
    """Return the sections that may be meant, none for another package's section."""
    top, *below = occurrence.path
    known = facts.catalogue
    sections = [place for place in facts.deeper_places(top) if known.is_section(place)]
    if occurrence.variable:
        return [place for place in sections if below and _knows(known, (*place, *below))]
    children = list(occurrence.value) if isinstance(occurrence.value, Mapping) else []
    counts = {
        place: sum(_knows(known, (*place, child)) for child in children) for place in sections
    }
    most = max(counts.values(), default=0)
    best = [place for place, count in counts.items() if count == most]
    return best if most and 2 * most >= len(children) else []


def _knows(known: Catalogue, path: Path) -> bool:
    return known.knows(path) or hyphenated(join_path(path)) in known.renamed


def _hint(file: SourceFile, places: list[Path], parents: str) -> str:
    parent = file.document.entry(places[0][:1]) if file.document else None
    if parent and parent.value.items is not None:
        return f"Move it into {parents} (line {parent.mark.line}) and indent it"
    if parent:
        return f"Indent it below {parents} (line {parent.mark.line})"
    return f"Indent it, and write {parents}: above it"
