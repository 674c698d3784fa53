"""Backends whose workers are jobs of a batch scheduler."""
