"""``job-script``: what a job would run."""

from __future__ import annotations

import click

from ..completion.callbacks import complete_backend
from ..loading import configured_backend


@click.command("job-script", short_help="Print what a job would run.")
@click.argument("name", required=False, shell_complete=complete_backend)
def job_script(name: str | None) -> None:
    """Print the script of one job of the configured backend, or of NAME: a kind or a profile.

    Nothing is started, asked or written. In <angle brackets> stands what only a running cluster
    has: the scheduler's address, the worker's name and the folder of its certificates.

    \b
    Examples:
      dask-backend-config job-script
      dask-backend-config job-script slurm
      DASK_BACKENDS__PBS__QUEUE_NAME=gpuqueue dask-backend-config job-script pbs
    """
    click.echo(configured_backend(name).job_script(), nl=False)
