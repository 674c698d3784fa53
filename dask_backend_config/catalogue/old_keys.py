"""Keys that older releases of dask, distributed and dask-jobqueue read, and their successors.

dask and distributed list their renamed keys (`Catalogue.renamed`). dask-keys.yaml has those that
dask-jobqueue renames in its code, and the removed keys. These were found by comparing the default
files of all releases since 2018, and the keys that their code reads, with today's.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..core.keys import hyphenated, join_path
from . import dask_keys
from .known_keys import MISSING, Catalogue, Path


@dataclass(frozen=True, slots=True)
class Removed:
    """A key that no current release reads.

    Attributes
    ----------
    last_release : str, optional
        The last release that read it.
    hint : str
        What to do instead.
    """

    last_release: str | None = None
    hint: str = "Remove it"


@functools.lru_cache(maxsize=4096)
def new_name(path: Path, catalogue: Catalogue) -> str | None:
    """Return the key that `path` was renamed to, after all renames; None if it was not renamed.

    Examples
    --------
    >>> from dask_backend_config.catalogue.known_keys import catalogue
    >>> new_name(("shuffle",), catalogue()), new_name(("jobqueue", "slurm", "extra"), catalogue())
    ('dataframe.shuffle.method', 'jobqueue.slurm.worker-extra-args')
    """
    names = tuple(map(hyphenated, path))
    if last := dask_keys.entry(names).get("renamed-to"):
        return join_path((*names[:-1], last))
    new = catalogue.renamed.get(join_path(names))
    for _ in catalogue.renamed:  # not endless if renames form a circle
        further = catalogue.renamed.get(hyphenated(new)) if new else None
        new = further or new
    return hyphenated(new) if new else None


def removed(path: Path, catalogue: Catalogue) -> Removed | None:
    """Return when `path` was removed; None if it was not, or the installed release still has it."""
    if catalogue.default(path) is not MISSING:
        return None
    names = tuple(map(hyphenated, path))
    if join_path(names) in catalogue.still_read:
        return None
    if join_path(names) in catalogue.renamed:
        new = new_name(path, catalogue)
        gone = new is None or not catalogue.knows(tuple(new.split(".")))
        hint = dask_keys.inherited(new, "hint") if new else None
        return Removed(hint=hint or Removed().hint) if gone else None
    entry = dask_keys.entry(names)
    if "removed-after" not in entry:
        return None
    replacement = f"Use {entry['replaced-by']}" if "replaced-by" in entry else Removed().hint
    return Removed(entry["removed-after"], entry.get("hint", replacement))


def is_old(path: Path, catalogue: Catalogue) -> bool:
    """Return whether `path` was renamed or removed."""
    return new_name(path, catalogue) is not None or removed(path, catalogue) is not None


def may_hold_old_keys(path: Path, catalogue: Catalogue) -> bool:
    """Return whether there are old keys anywhere below `path`."""
    names = tuple(map(hyphenated, path))
    return (names[0] == "jobqueue" and len(names) < 3) or names in old_sections(catalogue)


@functools.cache
def old_sections(catalogue: Catalogue) -> frozenset[Path]:
    """Return every section with old keys anywhere below, such as ``array.shuffle``."""
    old = (*catalogue.renamed, *dask_keys.keys_with("removed-after"))
    paths = [tuple(key.split(".")) for key in old]
    return frozenset(path[:length] for path in paths for length in range(1, len(path)))
