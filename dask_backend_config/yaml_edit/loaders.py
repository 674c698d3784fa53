"""Load YAML with PyYAML's fast loader where it reads the same as the loader that dask uses.

dask reads files with PyYAML's Python loader. The C loader accepts some documents that the Python
loader refuses. It is used only where both agree, which tests/yaml_edit/test_document.py verifies.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from .pyyaml_internals import FAST_LOADER

# The patterns are compiled when first used: importing this package must be cheap.
#: Characters that the two loaders read differently: tabs, a byte order mark, control characters
#: and the line breaks of Unicode.
_CHARACTERS = r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
#: Also a comment directly after the header of a block scalar, and a single "!".
_CONSTRUCTS = r"[|>][-+0-9]*\#|!(?=\s|\Z)"
#: And a "?" inside of a flow collection: here one outside of comments.
_QUESTION = r"(?:[^#]|\S\#)*\?"
_SIMPLE_FLOW = r"\[[^][{}?\n]*\]|\{[^][{}?\n]*\}"
#: Deeper nesting exceeds the recursion limit in the Python loader, and so in dask.
_MAX_BRACKETS = 200


def is_trusted(text: str) -> bool:
    """Return whether both loaders are known to read `text` alike."""
    # isprintable() is false for all those characters, and 100 times faster than the expression.
    if not text.replace("\n", "").isprintable() and re.search(_CHARACTERS, text):
        return False
    if text.startswith("%") or "\n%" in text or re.search(_CONSTRUCTS, text):  # "%" for directives
        return False
    if text.count("- -") >= _MAX_BRACKETS:
        return False
    has_question = "?" in text and any(re.match(_QUESTION, line) for line in text.split("\n"))
    nested = re.sub(_SIMPLE_FLOW, "", text)
    return nested.count("[") + nested.count("{") < (1 if has_question else _MAX_BRACKETS)


def load_known(text: str) -> Any:
    """Return the data of a file that a package ships, on which both loaders agree."""
    return yaml.load(text, FAST_LOADER)  # noqa: S506 - a safe loader


def load(text: str) -> Any:
    """Return the data of one YAML document, like ``yaml.safe_load`` but faster.

    Raises
    ------
    yaml.YAMLError, ValueError, RecursionError
        As ``yaml.safe_load``.
    """
    return yaml.load(text, FAST_LOADER if is_trusted(text) else yaml.SafeLoader)  # noqa: S506 - both are safe
