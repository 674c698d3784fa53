"""Keys that older releases of dask, distributed and dask-jobqueue read.

`RENAMED` is what the packages say of themselves in ``Catalogue.renamed``, completed by what
dask-jobqueue renamed in its code; `REMOVED` was found by comparing the default files of all
releases since 2018 with today's, and with what their code reads.
"""

from __future__ import annotations

from dataclasses import dataclass

from .catalogue import MISSING, Catalogue, Path
from .keys import hyphenated, join_path

#: Below any section of ``jobqueue``: old name -> new name. dask-jobqueue still reads the old one
#: where the new one is empty.
RENAMED_BY_JOBQUEUE = {
    "extra": "worker-extra-args",
    "env-extra": "job-script-prologue",
    "job-extra": "job-extra-directives",
    "header-skip": "job-directives-skip",
}
#: The same where a section's own scheduler decides.
RENAMED_BY_SCHEDULER = {
    scheduler: {"project": "account"} for scheduler in ("slurm", "pbs", "moab")
}


@dataclass(frozen=True, slots=True)
class Removed:
    """A key that nothing reads any more.

    Attributes
    ----------
    last : str
        The last release that read it.
    instead : str, optional
        The key that does its work now.
    """

    last: str
    instead: str | None = None


#: Key, or section with all that it held -> when it went. ``*`` is any one name.
REMOVED = {
    "array.rechunk.algorithm": Removed("dask 2023.3.0", "array.rechunk.method"),
    "admin.traceback.shorten.when": Removed("dask 2023.8.1"),
    "client-heartbeat-interval": Removed("distributed 1.21.8", "distributed.client.heartbeat"),
    "dataframe.dtype-backend": Removed("dask 2024.12.1"),
    "dataframe.query-planning-warning": Removed("dask 2024.2.1"),
    "distributed.admin.system-monitor.gil-contention": Removed(
        "distributed 2023.3.1", "distributed.admin.system-monitor.gil.enabled"
    ),
    "distributed.comm.tcp": Removed("distributed 2023.11.0"),
    "fuse-subgraphs": Removed("dask 2.14.0"),
    "hdfs-driver": Removed("dask 2.1.0"),
    "jobqueue.*.threads": Removed("dask-jobqueue 0.2.0", "jobqueue.*.cores"),
    "optimization.fuse.subgraphs": Removed("dask 2024.12.1"),
    "optimization.fuse.subraphs": Removed("dask 2.16.0"),
}


def new_name(path: Path, catalogue: Catalogue) -> str | None:
    """The key that replaced `path`, renames of renames included; None where it was not renamed.

    Examples
    --------
    >>> from dask_backend_config.catalogue import catalogue
    >>> new_name(("shuffle",), catalogue()), new_name(("jobqueue", "slurm", "extra"), catalogue())
    ('dataframe.shuffle.method', 'jobqueue.slurm.worker-extra-args')
    """
    key: str | None = hyphenated(join_path(path))
    if key in catalogue.renamed:
        seen: set[str] = set()
        while key in catalogue.renamed and key not in seen:
            seen.add(key)
            key = hyphenated(catalogue.renamed[key] or "") or None
        return key
    names = tuple(map(hyphenated, path))
    if len(names) != 3 or names[0] != "jobqueue":
        return None
    of_scheduler = RENAMED_BY_SCHEDULER.get(names[1], {})
    name = of_scheduler.get(names[2]) or RENAMED_BY_JOBQUEUE.get(names[2])
    return join_path((*path[:2], name)) if name else None


def removed(path: Path, catalogue: Catalogue) -> Removed | None:
    """When `path` went, None where it did not, or is known to the packages installed here."""
    if catalogue.default(path) is not MISSING:
        return None
    names = tuple(map(hyphenated, path))
    found = REMOVED.get(join_path(names))
    if found is None and len(names) == 3 and names[0] == "jobqueue":
        found = REMOVED.get(join_path((names[0], "*", names[2])))
    if found and found.instead:
        return Removed(found.last, found.instead.replace("*", names[1]) if "*" in found.instead else found.instead)
    return found


def holds_old_keys(path: Path, catalogue: Catalogue) -> bool:
    """Whether `path` is a section in which an old key may stand, such as ``array.shuffle``."""
    return tuple(map(hyphenated, path)) in _sections(catalogue)
