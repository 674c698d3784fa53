"""Run the command line as ``python -m dask_backend_config``."""

from _dask_backend_config_cli import main

main()
