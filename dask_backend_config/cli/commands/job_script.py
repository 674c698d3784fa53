"""``job-script``: print the script of a batch job."""

from __future__ import annotations

import click

from ..completion.callbacks import complete_backend
from ..loading import load_backend


@click.command("job-script", short_help="Print the script of a batch job.")
@click.argument("name", required=False, shell_complete=complete_backend)
def job_script(name: str | None) -> None:
    """Print the script of one batch job of the configured backend, or of the backend NAME.

    NAME is a type of backend, such as slurm, or the name of a section of backends.profiles. Nothing
    is started, submitted or written. Values that are known only while a cluster runs are in <angle
    brackets>: the address of the scheduler, the name of the worker, and the folder of the
    certificates.

    \b
    Examples:
      dask-backend-config job-script
      dask-backend-config job-script slurm
      DASK_BACKENDS__PBS__QUEUE_NAME=gpuqueue dask-backend-config job-script pbs
    """
    click.echo(load_backend(name).job_script(), nl=False)
