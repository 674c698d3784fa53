"""Print what ``show``, ``explain`` and ``doctor`` find in the processes of a cluster."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import click

from .terminal import as_json, print_lines

if TYPE_CHECKING:
    from ..clusters.processes import Cluster, ClusterProcess
    from ..config.explain import Explanation
    from ..doctor.findings import Finding


def print_problems(cluster: Cluster) -> int:
    """Print a line for each process that did not answer; return the exit code."""
    for problem in cluster.problems:
        click.echo(f"error: {problem}", err=True)
    return 1 if cluster.problems else 0


def show_of_cluster(cluster: Cluster, prefix: str, diff: bool, form: str) -> int:
    """Print the values of all processes; return the exit code.

    Raises
    ------
    UnknownKeyError
        If no process has a value at `prefix`.
    """
    if form not in ("text", "json"):
        raise click.UsageError(f"--format {form} is for one process, not for --cluster.")
    from ..clusters.differences import compare
    from ..report.cluster_text import comparison_as_json, comparison_as_lines

    found = compare(cluster, prefix, diff)
    if form == "json":
        click.echo(as_json(comparison_as_json(cluster, found, diff)))
    else:
        print_lines(lambda width: comparison_as_lines(cluster, found, width, diff))
    if not found.common and not found.differing:
        click.echo("no value differs from its default", err=True)
    return print_problems(cluster)


def explain_of_cluster(cluster: Cluster, key: str, form: str) -> int:
    """Print the layers of a key in all processes; return the exit code.

    Raises
    ------
    UnknownKeyError
        If no process knows the key, or it is a section.
    """
    from ..config.explain import explanation, explanation_as_json
    from ..core.errors import UnknownKeyError
    from ..report.cluster_text import explanations_as_json, explanations_as_lines

    found: dict[str, tuple[Explanation, tuple[ClusterProcess, ...]]] = {}
    unknown: UnknownKeyError | None = None
    for snapshot, group in cluster.distinct():
        with snapshot.installation.in_use():
            try:
                explained = explanation(snapshot.resolution, key)
            except UnknownKeyError as error:
                unknown = unknown or error
                continue
        content = as_json(explanation_as_json(explained))
        found[content] = explained, (*found.get(content, (None, ()))[1], *group)
    if unknown and not found:
        raise unknown
    entries = list(found.values())
    if form == "json":
        click.echo(as_json(explanations_as_json(cluster, entries)))
    else:
        print_lines(functools.partial(explanations_as_lines, cluster, entries))
    return print_problems(cluster)


def doctor_of_cluster(
    cluster: Cluster,
    select: Collection[str],
    ignore: Collection[str],
    strict: bool,
    form: str,
    output: str | None,
) -> int:
    """Print the findings about all processes; return the exit code."""
    from ..doctor.cluster import examine_cluster
    from ..report.cluster_findings import examination_as_json, examination_as_lines
    from .output_file import check_output
    from .report_option import OF_FILES, print_cluster_report

    if form in ("sarif", "github"):
        raise click.UsageError(f"--format {form} is about files here, not about --cluster.")
    examined = examine_cluster(cluster, select, ignore)
    check_output(form, output, examined.facts[0].sources, OF_FILES)
    if form == "json":
        click.echo(as_json(examination_as_json(examined)))
    elif form == "html":
        print_cluster_report(output, examined)
    else:
        print_lines(functools.partial(examination_as_lines, examined))
    serious = is_serious((finding for finding, _ in examined.findings), strict)
    return print_problems(cluster) or int(serious)


def is_serious(findings: Iterable[Finding], strict: bool) -> bool:
    """Return whether ``doctor`` fails because of findings."""
    return any(strict or finding.severity != "info" for finding in findings)
