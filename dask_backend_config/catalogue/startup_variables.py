"""Environment variables that a worker process reads once, before distributed sets its environment.

Found by starting workers with distributed 2026.8.0: ``distributed.nanny.environ`` is applied inside
of the running process, ``distributed.nanny.pre-spawn-environ`` before it starts.
"""

from __future__ import annotations

#: Start of a name -> the program that reads it.
_READERS = {
    "PYTHON": "Python",
    "LD_": "the dynamic linker",
    "DYLD_": "the dynamic linker",
    "MALLOC_": "malloc",
    "GLIBC_TUNABLES": "the C library",
    "OMP_": "numeric libraries",
    "GOMP_": "numeric libraries",
    "KMP_": "numeric libraries",
    "MKL_": "numeric libraries",
    "OPENBLAS_": "numeric libraries",
    "BLIS_": "numeric libraries",
    "VECLIB_": "numeric libraries",
}
#: Read at a later use.
_READ_LATER = ("PYTHONASYNCIODEBUG", "PYTHONBREAKPOINT", "PYTHONSTARTUP")

#: A worker process gets its search path from the nanny, whatever its environment says.
NOT_FROM_NANNY = ("PYTHONPATH",)
FOR_THE_NANNY = "Export it in the shell that starts the worker, for example in job-script-prologue"


def reader_at_start(name: str) -> str | None:
    """Return who reads a variable when the process starts; None if it is read later or by nobody.

    Examples
    --------
    >>> reader_at_start("PYTHONHASHSEED"), reader_at_start("http_proxy")
    ('Python', None)
    """
    if name == "TZ":
        return "the C library"
    readers = (reader for start, reader in _READERS.items() if name.startswith(start))
    return None if name in _READ_LATER else next(readers, None)
