"""The doctor's report as one HTML page: no script, nothing from the network, secrets masked.

This module gathers what is shown; templates/report.html and report.css say how.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ...config.sources import Variable
from ...config.values import Values
from ...core.keys import INHERITED
from ...core.strings import count
from ...doctor.checks import CHECKS
from ...doctor.facts import Facts
from ...doctor.findings import Finding
from ..findings_text import fix_option, position_of, source_of, summary, summary_line
from ..redact import Redactor
from ..versions import versions
from .cluster import ClusterTables
from .excerpts import excerpt
from .layers import layer_cards, layer_of
from .page import page_environment

if TYPE_CHECKING:
    from ...doctor.cluster import ClusterExamination
    from ...doctor.live import Examination

#: Value -> the processes that have it.
_Seen = Mapping[str, Sequence[str]]
#: Of more processes, the page counts those of each kind.
_MANY_PROCESSES = 4


def report_as_html(
    findings: Sequence[Finding],
    facts: Facts,
    when: datetime,
    live: Examination | None = None,
    failure: str = "",
    cluster: ClusterTables | None = None,
) -> str:
    """Return a page with the findings, the layers, and the values that differ from the defaults.

    Parameters
    ----------
    findings : sequence of Finding
    facts : Facts
        The configuration that was examined.
    when : datetime
        The time to put on the page.
    live : Examination, optional
        What the processes of a running backend see.
    failure : str, optional
        Why a backend that was to be examined did not start.
    cluster : ClusterTables, optional
        What the processes of a running cluster have; `facts` are those of most of them.
    """
    redactor = Redactor(facts)
    cards = layer_cards(facts, redactor)
    groups = list(_groups(findings, facts, redactor))
    packages = live.versions if live else {}
    for group in reversed(groups):
        if card := cards.get(group["layer"]):
            card.group = group["number"]
            card.findings += len(group["findings"])
    page = _template(redactor).render(
        summary=cluster.summary if cluster else summary_line(findings, facts),
        counts=summary(findings),
        facts=facts,
        when=f"{when:%Y-%m-%d %H:%M %Z}".strip(),
        versions=facts.versions or versions(),
        groups=groups,
        meanings={check.id: _meaning(check.explanation) for check in CHECKS},
        cards=cards,
        differing=Values(facts.resolution.values()).differing().values(),
        live=live,
        failure=failure,
        cluster=cluster,
        comparisons=_comparisons(live, redactor) if live else (),
        package_versions=[(name, len(found) == 1, found) for name, found in packages.items()],
    )
    return str(page)


def cluster_report_as_html(examined: ClusterExamination, when: datetime) -> str:
    """Return a page about a running cluster; its layers are those of most processes."""
    tables = ClusterTables(examined)
    return report_as_html(tables.findings, examined.facts[0], when, cluster=tables)


def _template(redactor: Redactor) -> Any:
    environment = page_environment()
    environment.filters |= {"redacted": redactor.text}
    environment.globals |= {
        "answers": _answers,
        "count": count,
        "fix_option": fix_option,
        "layer_of": layer_of,
        "position_of": position_of,
        "value_of": redactor.value,
    }
    return environment.get_template("report.html")


def _groups(
    findings: Sequence[Finding], facts: Facts, redactor: Redactor
) -> Iterator[dict[str, Any]]:
    """Yield the findings of each file or variable, each with the lines of the file around it."""
    # Serialised configuration would tell a reader nothing.
    variables = {each.name: each for each in facts.variables if each.name != INHERITED}
    files = {file.path: file for file in facts.files}
    for number, (name, group) in enumerate(groupby(findings, key=source_of), 1):
        members = list(group)
        origin = members[0].origin
        file = files.get(origin.path or "") if origin else None
        columns = redactor.columns(file) if file else {}
        variable = variables.get(origin.name or "") if origin else None
        yield {
            "number": number,
            "name": name,
            "layer": layer_of(origin),
            "variable": _content(variable, redactor) if variable else "",
            "findings": [
                (each, excerpt(file, each.origin, columns) if file and each.origin else ())
                for each in members
            ],
        }


def _content(variable: Variable, redactor: Redactor) -> str:
    """Return the value of a variable."""
    is_nested = isinstance(variable.value, (Mapping, list, tuple)) and not variable.problem
    value = variable.value if is_nested else variable.text
    return redactor.value(variable.key, value)


def _meaning(explanation: str) -> list[list[str]]:
    """Return the paragraphs of a check's docstring, without examples; every other piece is code."""
    words = explanation.partition("\nBroken:")[0].strip()
    paragraphs = [part for part in words.split("\n\n") if not part.startswith("```")]
    return [" ".join(part.split()).split("`") for part in paragraphs]


def _comparisons(live: Examination, redactor: Redactor) -> Iterator[tuple[str, bool, _Seen]]:
    """Yield each key, whether all processes agree, and value -> the processes that see it."""
    for entry in live.comparisons:
        seen: dict[str, list[str]] = {}
        for process, value in entry.seen.items():
            seen.setdefault(redactor.value(entry.key, value), []).append(process)
        yield entry.key, entry.agrees, seen


def _answers(seen: _Seen) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield each value, who sees it, and the processes that are only counted there."""
    for value, processes in seen.items():
        if len(seen) == 1:
            yield value, f"all: {_counted(processes)}", ()
        elif len(processes) > _MANY_PROCESSES:
            yield value, _counted(processes), processes
        else:
            yield value, ", ".join(processes), ()


def _counted(processes: Sequence[str]) -> str:
    """Return processes by kind, such as ``client, scheduler, 2 nannies``."""
    kinds = Counter(process.partition(" ")[0] for process in processes)
    words = (
        kind if kind in ("client", "scheduler") else count(number, kind)
        for kind, number in kinds.items()
    )
    return ", ".join(words).replace("nannys", "nannies")
