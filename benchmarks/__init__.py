"""Benchmarks that compare this package with a peer measured in the same run."""
