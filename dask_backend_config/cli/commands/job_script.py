"""``job-script``: print the script of a batch job."""

from __future__ import annotations

import click

from ..completion.callbacks import complete_backend, complete_group
from ..loading import load_backend, load_job_script


@click.command("job-script", short_help="Print the script of a batch job.")
@click.argument("name", required=False, shell_complete=complete_backend)
@click.option(
    "--group",
    metavar="GROUP",
    shell_complete=complete_group,
    help="Print the script of this worker group.",
)
def job_script(name: str | None, group: str | None) -> None:
    """Print the script of one batch job of the configured backend, or of the backend NAME.

    NAME is a type of backend, such as slurm, or the name of a section of backends.profiles. Nothing
    is started, submitted or written. Values that are known only while a cluster runs are in <angle
    brackets>: the address of the scheduler, the name of the worker, and the folder of the
    certificates. If the backend has worker groups, the script is that of the first one, unless
    --group names another; a note on standard error lists the others.

    \b
    Examples:
      dask-backend-config job-script
      dask-backend-config job-script slurm
      dask-backend-config job-script slurm --group gpu
      DASK_BACKENDS__PBS__QUEUE_NAME=gpuqueue dask-backend-config job-script pbs
    """
    backend = load_backend(name)
    script, chosen = load_job_script(backend, group)
    if len(groups := backend.worker_groups) > 1 and group is None:
        note = f"This is worker group {chosen}, the first of {', '.join(groups)} (see --group)"
        click.echo(note, err=True)
    click.echo(script, nl=False)
