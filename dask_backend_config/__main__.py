"""Run the command line as ``python -m dask_backend_config``."""

from .cli.main import main

main()
