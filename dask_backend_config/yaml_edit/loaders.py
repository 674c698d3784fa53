"""Which of PyYAML's loaders to trust with a text.

dask reads files with the Python loader. The C loader is 15 times faster and accepts some texts that
the other refuses, so it is used only for texts on which the two agree, which
tests/yaml_edit/test_document.py tries.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: What the two were seen to read differently: tabs, a byte order mark, control characters and
#: Unicode's line breaks; a directive; a comment glued to a block scalar's header; a "!" alone.
_CHARACTERS = re.compile(
    r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
_GLUED_COMMENT = re.compile(r"[|>][-+0-9]*\#")
_LONE_TAG = re.compile(r"!(?=\s|\Z)")
#: And a "?" in a flow collection: one outside of comments, where not all flows are simple ones.
_QUESTION = re.compile(r"(?:[^#\n]|\S\#)*\?")
_SIMPLE_FLOW = re.compile(r"\[[^][{}?\n]*\]|\{[^][{}?\n]*\}")
#: Deeper nesting makes the Python loader, and so dask, hit the recursion limit.
_MANY_BRACKETS = 200


def is_trusted(text: str) -> bool:
    """Whether both loaders read `text` alike."""
    if text.count("- -") >= _MANY_BRACKETS or _is_suspect(text):
        return False
    brackets = _brackets(text)
    if brackets < _MANY_BRACKETS and not _has_question(text):
        return True
    nested = _SIMPLE_FLOW.sub("", text)
    return _brackets(nested) < _MANY_BRACKETS and not (_brackets(nested) and _has_question(text))


def _brackets(text: str) -> int:
    return text.count("[") + text.count("{")


def _is_suspect(text: str) -> bool:
    # isprintable() refuses all those characters, and more, a hundred times faster.
    if not text.replace("\n", "").isprintable() and _CHARACTERS.search(text):
        return True
    if text.startswith("%") or "\n%" in text or _GLUED_COMMENT.search(text):
        return True
    return "!" in text and bool(_LONE_TAG.search(text))


def _has_question(text: str) -> bool:
    """Whether a "?" stands outside of comments: the first of its line, if any does."""
    at = text.find("?")
    while at >= 0:
        if _QUESTION.match(text, text.rfind("\n", 0, at) + 1):
            return True
        end = text.find("\n", at)
        at = text.find("?", end) if end >= 0 else -1
    return False


def load_known(text: str) -> Any:
    """The data of a file that a package ships, which both loaders read alike: tests hold it."""
    return yaml.load(text, FAST)  # noqa: S506 - a safe loader


def load(text: str) -> Any:
    """The data of one YAML document, as ``yaml.safe_load`` gives it.

    Raises
    ------
    yaml.YAMLError, ValueError, RecursionError
        As ``yaml.safe_load``.
    """
    return yaml.load(text, FAST if is_trusted(text) else yaml.SafeLoader)  # noqa: S506 - both are safe
