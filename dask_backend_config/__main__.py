"""``python -m dask_backend_config``."""

from .cli.main import main

main()
