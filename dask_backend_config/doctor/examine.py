"""The doctor in Python and notebooks: `examine` and the list of findings that it returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ..core.html import Html, code, folded, pale, paragraph, strong, table
from ..core.strings import count
from .facts import facts_of, gather_facts
from .findings import Finding
from .run import run_checks

if TYPE_CHECKING:
    from ..config.snapshots import Snapshot

_NONE = "No problems found"


class Findings(list[Finding]):
    """A list of findings that prints one after the other, and is a table in notebooks."""

    def __repr__(self) -> str:
        lines = (
            f"{_place(finding)}: {finding.severity}: {finding.message} [{finding.id}]\n"
            f"  {finding.hint}\n"
            for finding in self
        )
        return "".join(lines) + self.summary

    @property
    def summary(self) -> str:
        """The number of findings of each severity, such as ``2 errors, 1 warning``."""
        numbers = Counter(finding.severity for finding in self)
        nouns = {"error": "error", "warning": "warning", "info": "remark"}
        parts = [count(numbers[name], noun) for name, noun in nouns.items() if numbers[name]]  # type: ignore[index]
        return ", ".join(parts) or _NONE

    def _repr_html_(self) -> str:
        if not self:
            return paragraph(pale(_NONE))
        rows = [
            (
                strong(finding.severity),
                code(_place(finding)),
                Html(paragraph(finding.message) + paragraph(pale(finding.hint))),
                pale(finding.id),
            )
            for finding in self
        ]
        return folded(self.summary, table(("", "place", "finding", "check"), rows), is_open=True)


def examine(
    paths: Sequence[str] | None = None,
    *,
    snapshot: Snapshot | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
) -> Findings:
    """Find problems in the files and variables that configure dask.

    It runs the checks of ``dask-backend-config doctor`` except those that ask the batch scheduler,
    so that it starts no program and opens no connection. It reads what a new process would read:
    values set by ``dask.config.set`` have no influence.

    Parameters
    ----------
    paths : sequence of str, optional
        Files and folders to examine instead of dask's search path, lowest priority first. The
        variables of this process are then ignored.
    snapshot : Snapshot, optional
        The snapshot to examine instead.
    select : collection of str, optional
        Ids of the checks to run, all by default.
    ignore : collection of str, optional
        Ids of the checks to leave out.

    Returns
    -------
    Findings
        A list of `Finding`, by file in search order and line, then by variable. Each has the
        attributes ``severity``, ``message``, ``hint``, ``key``, ``origin``, ``fix`` and ``id``.

    Raises
    ------
    ValueError
        If `paths` and `snapshot` are both given.
    UnknownKeyError
        If `select` or `ignore` contains an unknown id.

    Examples
    --------
    >>> from dask_backend_config import examine
    >>> examine([])
    No problems found
    """
    if snapshot is None:
        return Findings(run_checks(gather_facts(paths=paths), select, ignore))
    if paths is not None:
        raise ValueError("examine() takes either paths or a snapshot")
    with snapshot.in_use():
        return Findings(run_checks(facts_of(snapshot), select, ignore))


def _place(finding: Finding) -> str:
    return str(finding.origin) if finding.origin else "configuration"
