"""Run the checks and sort their findings."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from ..core.errors import ConfigSourceError, UnknownKeyError
from .checks import CHECKS, SITE_CHECKS, Check
from .facts import Facts
from .findings import Finding, known_names_hint

#: The checks that find the reasons why ``import dask`` fails.
REFUSED = "refused-by-backend"
BREAKING = ("malformed-file", "tab-character", "not-a-mapping", "unmergeable")


def run_checks(
    facts: Facts, select: Collection[str] = (), ignore: Collection[str] = ()
) -> list[Finding]:
    """Run the checks and sort their findings by place.

    Parameters
    ----------
    facts : Facts
    select : collection of str
        Ids of the checks to run, all if empty.
    ignore : collection of str
        Ids of the checks to leave out.

    Returns
    -------
    list of Finding
        By file in search order and line, then by variable, then those without a place.

    Raises
    ------
    UnknownKeyError
        If `select` or `ignore` contains an unknown id.
    """
    known = [check.id for check in CHECKS]
    for name in (*select, *ignore):
        if name not in known:
            raise UnknownKeyError(f"unknown check {name!r}", hint=known_names_hint(name, known))
    wanted = [
        check for check in CHECKS if (not select or check.id in select) and check.id not in ignore
    ]
    with facts.installation.in_use():
        findings = [
            dataclasses.replace(finding, id=check.id)
            for check in wanted
            for finding in check.run(facts)
        ]
        left_out = [check for check in CHECKS if check not in wanted]
        findings = _with_refusals_once(findings, left_out, facts)
    ranks = {file.path: rank for rank, file in enumerate(facts.files)}
    # A file can be on the search path twice: in the user's folder, and named by DASK_CONFIG.
    return sorted(dict.fromkeys(findings), key=lambda finding: _order(finding, ranks))


def _with_refusals_once(
    findings: Collection[Finding], left_out: Collection[Check], facts: Facts
) -> list[Finding]:
    """Leave out what a backend refuses if another check explains it; that finding is an error.

    Checks that the user left out count, too: a problem that is ignored must not come back.
    """
    refused = [entry for entry in findings if entry.id == REFUSED]
    others = [entry for entry in findings if entry.id != REFUSED]
    if not refused:
        return others
    places = {(entry.key, entry.origin) for entry in refused}
    ignored = (entry for check in left_out if check.id != REFUSED for entry in check.run(facts))
    explained = {
        place
        for entry in (*others, *ignored)
        if entry.severity == "error" or (entry.key, entry.origin) in places
        for place in (entry.key, entry.origin)
    }
    errors = [
        dataclasses.replace(entry, severity="error")
        if (entry.key, entry.origin) in places
        else entry
        for entry in others
    ]
    unknown = [entry for entry in refused if not {entry.key, entry.origin} & (explained - {None})]
    return errors + unknown


def needs_site(select: Collection[str] = (), ignore: Collection[str] = ()) -> bool:
    """Return whether `run_checks` would run a check that reads ``Facts.sites``."""
    ids = {check.id for check in SITE_CHECKS}
    return bool((ids & {*select} if select else ids) - {*ignore})


def dask_import_error(facts: Facts) -> ConfigSourceError | None:
    """Return why configuration makes ``import dask`` fail, None if it does not.

    It is the first such finding of the doctor.
    """
    if not facts.breaks_dask:
        return None
    for finding in run_checks(facts, select=BREAKING):
        return ConfigSourceError(finding.message, hint=finding.hint, origin=finding.origin)
    return None


def _order(finding: Finding, ranks: dict[str, int]) -> tuple[int, int, int, str]:
    origin = finding.origin
    if origin is None:
        return len(ranks) + 2, 0, 0, ""
    rank = ranks.get(origin.path, len(ranks)) if origin.path else len(ranks) + 1
    return rank, origin.line or 0, origin.column or 0, origin.name or ""
