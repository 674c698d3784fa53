"""Errors, dotted keys, origins and units, shared by all packages."""
