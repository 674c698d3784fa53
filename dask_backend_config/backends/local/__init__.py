"""The backend whose workers run on this machine."""
