"""Which of PyYAML's loaders to trust with a text.

dask reads files with the Python loader. The C loader is 15 times faster and accepts some texts that
the other refuses, so it is used only for texts on which the two agree, which
tests/test_yaml_spans.py tries.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What the two were seen to read differently: tabs, a byte order mark, control characters and
#: Unicode's line breaks; a directive; a comment glued to a block scalar's header; a "!" alone.
_SUSPECT = re.compile(
    r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
    r"|^%|[|>][-+0-9]*\#|!(?=\s|\Z)",
    re.MULTILINE,
)
#: And a "?" in a flow collection: one outside of comments, where not all flows are simple ones.
_QUESTION = re.compile(r"^(?:[^#\n]|\S\#)*\?", re.MULTILINE)
_SIMPLE_FLOW = re.compile(r"\[[^][{}?\n]*\]|\{[^][{}?\n]*\}")
#: Deeper nesting makes the Python loader, and so dask, hit the recursion limit.
_MANY_BRACKETS = 200


def is_trusted(text: str) -> bool:
    """Whether both loaders read `text` alike."""
    nesting = text.count("[") + text.count("{") + text.count("- -")
    if nesting >= _MANY_BRACKETS or _SUSPECT.search(text):
        return False
    return not _QUESTION.search(text) or not {"[", "{"} & set(_SIMPLE_FLOW.sub("", text))


def load(text: str) -> Any:
    """The data of one YAML document, as ``yaml.safe_load`` gives it.

    Raises
    ------
    yaml.YAMLError, ValueError, RecursionError
        As ``yaml.safe_load``.
    """
    return yaml.load(text, FAST if is_trusted(text) else yaml.SafeLoader)  # noqa: S506
