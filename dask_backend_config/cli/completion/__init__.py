"""Shell completion of commands, keys and values."""

PROGRAM = "dask-backend-config"
#: The variable with which a shell's script asks the program for completions, as click names it.
VARIABLE = "_DASK_BACKEND_CONFIG_COMPLETE"
