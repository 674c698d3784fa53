"""Findings and values as text or HTML."""
