"""``explain``: print a key's value, layers and description."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from ...config.explain import explanation, explanation_as_json, section, section_as_json
from ...report import values_text
from ..cluster_output import explain_of_cluster
from ..completion.callbacks import complete_key
from ..loading import load_configuration
from ..process_option import process_options
from ..terminal import as_json, format_option, print_lines

if TYPE_CHECKING:
    from ...clusters.processes import Cluster
    from ...config.snapshots import Snapshot


@click.command(short_help="Explain a key: its value, layers and meaning.")
@click.argument("key", shell_complete=complete_key)
@process_options
@format_option("text", "json")
@click.pass_context
def explain(
    context: click.Context,
    key: str,
    process: Snapshot | None,
    cluster: Cluster | None,
    form: str,
) -> None:
    """Print the value of KEY, every layer that sets it, its meaning, and which process reads it.

    KEY is a dotted key, or the environment variable of a key. If it is a section, its keys are
    listed with their values.

    \b
    Examples:
      dask-backend-config explain distributed.comm.timeouts.connect
      dask-backend-config explain DASK_DISTRIBUTED__WORKER__DAEMON
      dask-backend-config explain distributed.comm
      dask-backend-config explain temporary-directory --snapshot node.json
      dask-backend-config explain temporary-directory --cluster scheduler.json
    """
    if cluster:
        context.exit(explain_of_cluster(cluster, key.removesuffix("."), form))
    found = load_configuration(process)
    key = key.removesuffix(".")
    if keys := section(found, key):
        data, render = section_as_json(keys), functools.partial(values_text.section_as_lines, keys)
    else:
        explained = explanation(found, key)
        data = explanation_as_json(explained)
        render = functools.partial(values_text.explanation_as_lines, explained)
    if form == "json":
        click.echo(as_json(data))
    else:
        print_lines(render)
