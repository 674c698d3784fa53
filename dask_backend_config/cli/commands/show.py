"""``show``: print the effective values and their origins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...config import explain
from ...report import values_text
from ..cluster_output import show_of_cluster
from ..completion.callbacks import complete_key
from ..loading import load_configuration
from ..process_option import process_options
from ..terminal import as_json, format_option, print_lines

if TYPE_CHECKING:
    from ...clusters.processes import Cluster
    from ...config.snapshots import Snapshot


@click.command(short_help="Show effective values and where they come from.")
@click.argument("prefix", default="", shell_complete=complete_key)
@click.option(
    "--diff",
    is_flag=True,
    help="Show only values that differ from their default, with the default.",
)
@process_options
@format_option("text", "json", "yaml", "env")
@click.pass_context
def show(
    context: click.Context,
    prefix: str,
    diff: bool,
    process: Snapshot | None,
    cluster: Cluster | None,
    form: str,
) -> None:
    """Show the effective values at or below PREFIX, each with its origin.

    These are the values in a new Python process that imports dask, distributed and this package.
    PREFIX is a key, a section, or the environment variable of one. Without it, all values are
    shown.

    \b
    Examples:
      dask-backend-config show distributed.worker
      dask-backend-config show --diff
      dask-backend-config show backends --format env
      dask-backend-config show --python ~/miniforge3/envs/analysis distributed
      dask-backend-config show --cluster tcp://10.0.0.1:8786 distributed.comm
    """
    if cluster:
        context.exit(show_of_cluster(cluster, prefix.removesuffix("."), diff, form))
    found = explain.values(load_configuration(process), prefix.removesuffix("."))
    if diff:
        found = found.differing()
    if form == "json":
        click.echo(as_json(found.as_json(diff)))
    elif form == "yaml":
        click.echo(values_text.values_as_yaml(found), nl=False)
    elif form == "env":
        for line in values_text.values_as_variables(found):
            click.echo(line)
    else:
        print_lines(lambda width: values_text.values_as_lines(found, width, diff))
    if not found:
        click.echo("no value differs from its default", err=True)
