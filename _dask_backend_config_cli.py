"""Entry point of the script ``dask-backend-config``.

It is outside of the package to run before the package is imported: the command line must work with
a configuration file that makes ``import dask`` fail, where the library raises.
"""

import gc

#: True in a process that runs the command line; `dask_backend_config` then leaves dask unimported.
is_running = False


def main() -> None:
    """Run the command line and exit."""
    global is_running
    is_running = True
    gc.disable()  # a fifth of the time of `doctor`; what runs dask or a program enables it again
    from dask_backend_config.cli.main import main as run

    run()
