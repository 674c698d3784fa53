"""Find mistakes in the configuration, and their fixes."""
