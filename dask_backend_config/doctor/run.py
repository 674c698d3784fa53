"""Runs the checks. It reads; it never writes, prints or exits."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from ..core.errors import ConfigSourceError, UnknownKeyError
from ..core.fuzzy import nearest
from .checks import ABOUT_SITE, CHECKS, Check
from .facts import Facts, Finding, gather_facts

#: The checks that find what makes ``import dask`` fail.
BREAKING = ("malformed-file", "tab-character", "not-a-mapping", "unmergeable")


def examine(
    facts: Facts,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    checks: Sequence[Check] = CHECKS,
) -> list[Finding]:
    """Run the checks and sort what they find by place.

    Parameters
    ----------
    facts : Facts
    select, ignore : collection of str
        Checks to run alone, all where empty; checks to leave out.

    Returns
    -------
    list of Finding
        By file in search order and line, then variables, then the whole configuration.

    Raises
    ------
    UnknownKeyError
        Where `select` or `ignore` names no check.
    """
    known = [check.ID for check in checks]
    for name in (*select, *ignore):
        if name not in known:
            like = nearest(name, known)
            hint = f"the nearest is {like}" if like else f"checks: {', '.join(known)}"
            raise UnknownKeyError(f"there is no check {name!r}", hint=hint)
    chosen = [check for check in checks if (not select or check.ID in select)]
    findings = [
        dataclasses.replace(finding, id=check.ID)
        for check in chosen
        if check.ID not in ignore
        for finding in check.check(facts)
    ]
    places = {file.path: place for place, file in enumerate(facts.files)}
    # A file can lie on the search path twice: in the user's folder, and named by DASK_CONFIG.
    return sorted(dict.fromkeys(findings), key=lambda finding: _order(finding, places))


def needs_site(select: Collection[str] = (), ignore: Collection[str] = ()) -> bool:
    """Whether `examine` would run a check that looks at ``Facts.site``."""
    about = {check.ID for check in ABOUT_SITE}
    return bool((about & {*select} if select else about) - {*ignore})


def import_error() -> ConfigSourceError | None:
    """Why ``import dask`` fails in this environment, None where configuration is not the reason.

    The first error of those that the doctor finds, in the same words.
    """
    facts = gather_facts()
    if not facts.breaks_dask:
        return None
    for finding in examine(facts, select=BREAKING):
        return ConfigSourceError(finding.message, hint=finding.hint, origin=finding.origin)
    return None


def _order(finding: Finding, places: dict[str, int]) -> tuple[int, int, int, int, str]:
    origin = finding.origin
    if origin is None:
        return (2, 0, 0, 0, "")
    if origin.kind == "file":
        place = places.get(origin.path or "", len(places))
        return (0, place, origin.line or 0, origin.column or 0, "")
    return (1, 0, 0, 0, origin.name or "")
