"""Ask all processes of a running dask cluster for their configuration."""
