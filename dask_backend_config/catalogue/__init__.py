"""Which keys exist: defaults, types, descriptions, and old names."""
