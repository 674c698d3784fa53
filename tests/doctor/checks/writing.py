"""YAML for tests."""

from __future__ import annotations


def nested(key: str, text: str) -> str:
    """Return YAML that sets a dotted key, indented by two spaces for each level."""
    *sections, name = key.split(".")
    lines = [f"{'  ' * depth}{section}:" for depth, section in enumerate(sections)]
    return "\n".join([*lines, f"{'  ' * len(sections)}{name}: {text}", ""])
