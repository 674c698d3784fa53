"""``python -m dask_backend_config``."""

from .main import main

main()
