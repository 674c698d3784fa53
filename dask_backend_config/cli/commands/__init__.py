"""The subcommands, a file each. Only they and main.py print and exit."""
