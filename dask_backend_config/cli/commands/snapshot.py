"""``snapshot``: print everything that decides a process's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ...config import interpreter
from ...core.origins import tilde
from ...storage.files import replace_private
from ..cluster_option import cluster_options
from ..cluster_output import print_problems
from ..process_option import python_option
from ..terminal import STANDARD_OUTPUT

if TYPE_CHECKING:
    from ...clusters.processes import Cluster


@click.command(short_help="Save everything that decides the configuration.")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(allow_dash=True),
    default=STANDARD_OUTPUT,
    help="Write to FILE, readable only by you.  [default: print it]",
)
@python_option
@cluster_options
@click.pass_context
def snapshot(
    context: click.Context, output: str, python: str | None, cluster: Cluster | None
) -> None:
    """Print one JSON with all that decides dask's configuration, secrets masked.

    It holds the versions, the variables of dask, the search path, the files there, and the defaults
    and renamed keys of the installed packages. `doctor`, `show` and `explain` read it with
    --snapshot, on any machine, and `diff` compares two of them.

    \b
    Examples:
      dask-backend-config snapshot --output today.json
      dask-backend-config snapshot --python ~/miniforge3/envs/analysis
      dask-backend-config snapshot --cluster tcp://10.0.0.1:8786 --output all.json
      ssh login dask-backend-config snapshot > login.json
    """
    if cluster:
        text = cluster.as_json()
    elif python:
        text = interpreter.snapshot(python).as_json()
    else:
        text = interpreter.snapshot_of_new_process().as_json()
    if output == STANDARD_OUTPUT:
        click.echo(text)
    else:
        replace_private(output, f"{text}\n")
        click.echo(f"wrote {tilde(output)}", err=True)
    if cluster:
        context.exit(print_problems(cluster))
