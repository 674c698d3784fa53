"""Where configuration values come from."""
