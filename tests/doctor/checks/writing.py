"""YAML that a test writes."""

from __future__ import annotations


def nested(key: str, text: str) -> str:
    """A file that says `text` at a dotted key, two spaces for each level."""
    *sections, name = key.split(".")
    lines = [f"{'  ' * depth}{section}:" for depth, section in enumerate(sections)]
    return "\n".join([*lines, f"{'  ' * len(sections)}{name}: {text}", ""])
