"""Keys that older releases of dask, distributed and dask-jobqueue read.

What dask and distributed renamed, they say themselves (``Catalogue.renamed``); dask-jobqueue
renames in its code. `REMOVED` was found by comparing the default files of all releases since 2018,
and the keys that their code asks for, with today's.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

from ..core.keys import hyphenated, join_path
from .catalogue import MISSING, Catalogue, Path

#: Below each section of ``jobqueue``; the old one is still read where the new one is empty.
RENAMED_BY_JOBQUEUE = {
    "extra": "worker-extra-args",
    "env-extra": "job-script-prologue",
    "job-extra": "job-extra-directives",
    "header-skip": "job-directives-skip",
}
#: Other schedulers do have a ``project``.
ACCOUNT_WAS_PROJECT = ("slurm", "pbs", "moab")


@dataclass(frozen=True, slots=True)
class Removed:
    """A key that nothing reads any more.

    Attributes
    ----------
    last : str, optional
        The last release that read it.
    hint : str
        What to do instead.
    """

    last: str | None = None
    hint: str = "remove it"


#: Old key, or section with all that it held. ``*`` stands for any one name.
REMOVED = {
    "admin.traceback.shorten.when": Removed("dask 2023.8.1"),
    "array.rechunk.algorithm": Removed("dask 2023.3.0", "write array.rechunk.method"),
    "client-heartbeat-interval": Removed(
        "distributed 1.21.8", "write distributed.client.heartbeat"
    ),
    "dataframe.dtype-backend": Removed(
        "dask 2024.12.1", "remove it; readers such as read_parquet take dtype_backend as argument"
    ),
    "dataframe.query-planning-warning": Removed("dask 2024.2.1"),
    "distributed.admin.system-monitor.gil-contention": Removed(
        "distributed 2023.3.1", "write distributed.admin.system-monitor.gil.enabled"
    ),
    "distributed.comm.tcp": Removed("distributed 2023.11.0"),
    "distributed.ucx": Removed(hint="remove it; the package distributed-ucxx has keys of its own"),
    "fuse-subgraphs": Removed("dask 2024.12.1"),
    "hdfs-driver": Removed("dask 2.1.0"),
    "jobqueue.*.threads": Removed(
        "dask-jobqueue 0.2.0", "remove it; a worker has cores / processes threads"
    ),
    "optimization.fuse.subgraphs": Removed("dask 2024.12.1"),
    "optimization.fuse.subraphs": Removed("dask 2.16.0"),
}


def new_name(path: Path, catalogue: Catalogue) -> str | None:
    """The key that `path` was renamed to, further renames included; None where it was not.

    Examples
    --------
    >>> from dask_backend_config.catalogue.known_keys import catalogue
    >>> new_name(("shuffle",), catalogue()), new_name(("jobqueue", "slurm", "extra"), catalogue())
    ('dataframe.shuffle.method', 'jobqueue.slurm.worker-extra-args')
    """
    names = tuple(map(hyphenated, path))
    if len(names) == 3 and names[0] == "jobqueue":
        last = RENAMED_BY_JOBQUEUE.get(names[2])
        if names[2] == "project" and names[1] in ACCOUNT_WAS_PROJECT:
            last = "account"
        return join_path((*names[:2], last)) if last else None
    new = catalogue.renamed.get(join_path(names))
    for _ in catalogue.renamed:
        further = catalogue.renamed.get(hyphenated(new)) if new else None
        new = further or new
    return hyphenated(new) if new else None


def removed(path: Path, catalogue: Catalogue) -> Removed | None:
    """When `path` went, None where it did not, or where what is installed here still has it."""
    if catalogue.default(path) is not MISSING:
        return None
    names = tuple(map(hyphenated, path))
    key = join_path(names)
    if key in catalogue.renamed:
        new = new_name(path, catalogue)
        gone = new is None or not catalogue.knows(tuple(new.split(".")))
        return Removed() if gone else None
    return REMOVED.get(key) or REMOVED.get(join_path((names[0], "*", *names[2:])))


def is_old(path: Path, catalogue: Catalogue) -> bool:
    """Whether `path` was renamed or removed."""
    return new_name(path, catalogue) is not None or removed(path, catalogue) is not None


def may_hold_old_keys(path: Path, catalogue: Catalogue) -> bool:
    """Whether old keys may stand directly or further below `path`."""
    names = tuple(map(hyphenated, path))
    return (names[0] == "jobqueue" and len(names) < 3) or names in old_sections(catalogue)


@functools.cache
def old_sections(catalogue: Catalogue) -> frozenset[Path]:
    """Every section below which an old key may stand, such as ``array.shuffle``."""
    paths = [tuple(key.split(".")) for key in (*catalogue.renamed, *REMOVED)]
    return frozenset(path[:length] for path in paths for length in range(1, len(path)))
