"""Shell completion of commands, keys and values."""
