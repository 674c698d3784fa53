"""Backends: clusters of dask workers, and the tasks that run on them."""
