"""Read YAML text with positions, and edit it in place."""
