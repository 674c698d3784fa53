"""Plan the fixes of findings, one plan for each file, and refuse those with side effects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..config import resolve
from ..config.merge import leaves, plain
from ..config.sources import Sources, read_file
from ..core.equality import strictly_equal
from ..core.keys import are_nested, hyphenated, join_path
from ..yaml_edit.patch import Edit, Move, PatchError, Rename, Set, patch
from .edit_plan import EditPlan, plan_edits
from .facts import Facts
from .findings import Finding, Fix


@dataclass(frozen=True, slots=True)
class FileFixes:
    """The fixes of one file.

    Attributes
    ----------
    plan : EditPlan
        All fixes that can be made, together.
    fixed : tuple of Finding
        The findings whose fixes are in the plan.
    refused : tuple of (Finding, str)
        The findings whose fixes cannot be made, each with the reason.
    """

    plan: EditPlan
    fixed: tuple[Finding, ...]
    refused: tuple[tuple[Finding, str], ...]


def plan_fixes(facts: Facts, findings: Iterable[Finding], unsafe: bool = False) -> list[FileFixes]:
    """Plan the fixes of findings.

    Parameters
    ----------
    facts : Facts
        The configuration in which they were found.
    findings : iterable of Finding
    unsafe : bool
        Whether to include fixes that are not safe.

    Raises
    ------
    WriteError
        If a file cannot be read.
    """
    by_file: dict[str, list[tuple[Finding, Fix]]] = {}
    for finding in findings:
        path = finding.origin.path if finding.origin else None
        if finding.fix and path and (finding.fix.safe or unsafe):
            by_file.setdefault(path, []).append((finding, finding.fix))
    state = _State(facts.sources, facts.catalogue.renamed)
    return [_plan_file(path, fixes, state) for path, fixes in by_file.items()]


def _plan_file(path: str, fixes: list[tuple[Finding, Fix]], state: _State) -> FileFixes:
    unchanged = plan_edits(path, [])
    text = unchanged.text
    made: list[Edit] = []
    fixed: list[Finding] = []
    refused: list[tuple[Finding, str]] = []
    for finding, fix in fixes:
        try:
            new = patch(text, fix.edits)
            state.accept(path, new, finding, fix.edits)
        except PatchError as error:
            refused.append((finding, error.problem))
        else:
            text = new
            made.extend(fix.edits)
            fixed.append(finding)
    plan = EditPlan(unchanged.snapshot, text, tuple(made))
    return FileFixes(plan, tuple(fixed), tuple(refused))


class _State:
    """What dask reads after the fixes so far."""

    def __init__(self, sources: Sources, renamed: Mapping[str, str | None]) -> None:
        self._sources = sources
        self._renamed = renamed
        self._values, self._conflicts = _values(sources)

    def accept(self, path: str, text: str, finding: Finding, edits: tuple[Edit, ...]) -> None:
        """Continue with a file's new text.

        Raises
        ------
        PatchError
            If dask would then read another value of a key that the finding is not about.
        """
        files = [read_file(path, text) if f.path == path else f for f in self._sources.files]
        sources = dataclasses.replace(self._sources, files=files)
        values, conflicts = _values(sources)
        meant = [hyphenated(finding.key)] if finding.key else []
        meant += [key for edit in edits for key in self._new_keys(edit)]
        for key in {**self._values, **values}:
            old, new = self._values.get(key, _MISSING), values.get(key, _MISSING)
            if not strictly_equal(old, new) and not any(are_nested(key, one) for one in meant):
                raise PatchError(f"dask would read another value of {key}; edit the file by hand")
        if conflicts > self._conflicts:
            raise PatchError("dask could not merge the file any more; edit it by hand")
        self._sources, self._values, self._conflicts = sources, values, conflicts

    def _new_keys(self, edit: Edit) -> Iterator[str]:
        """Yield the keys whose value an edit may change, beside the finding's own."""
        old = hyphenated(join_path(edit.path))
        if isinstance(edit, Set):
            yield old
        elif isinstance(edit, (Move, Rename)):
            yield old
            if old not in self._renamed:  # or dask reads the value at the new key already
                new = edit.to if isinstance(edit, Move) else (*edit.path[:-1], edit.name)
                yield hyphenated(join_path(new))


_MISSING: Any = object()


def _values(sources: Sources) -> tuple[dict[str, Any], int]:
    """Return all effective values, and the number of those that dask cannot merge."""
    resolution = resolve.fresh(sources)
    found = {hyphenated(join_path(path)): plain(node) for path, node in leaves(resolution.tree)}
    return found, len(resolution.conflicts)
