"""Plan the move of dask-jobqueue's keys to the keys of the backends."""
