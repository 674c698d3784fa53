"""Variables below sections whose names are the user's: their case and dots are lost."""

from __future__ import annotations

from ..config.sources import Variable
from ..core.keys import PREFIX, hyphenated

#: The sections whose names are those of loggers.
LOGGING = ("logging", "distributed.logging")


def makes_section_of_loggers(variable: Variable) -> bool:
    """Return whether a variable is reported because it makes a section in place of a logger."""
    return any("__" in (name_below(section, variable) or "") for section in LOGGING)


def name_below(section: str, variable: Variable) -> str | None:
    """Return the rest of a variable's name as written, None if it is not in the section."""
    if not hyphenated(variable.key).startswith(f"{section}."):
        return None
    names = variable.name.removeprefix(PREFIX).split("__")
    return "__".join(names[section.count(".") + 1 :])
