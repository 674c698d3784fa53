"""Hides what others should not read in what a user hands on: values, messages, lines of files.

A value is hidden where its key names a secret, or a section above does. In free text, such as a
comment or the line of a script, it is what follows a word like ``password``, and the password of a
URL. Where that cannot be told apart, more is hidden than need be.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import yaml

from ..config.sources import BREAKING, SourceFile
from ..core.keys import hyphenated
from ..core.secrets import MASK, SECRET_WORDS, is_secret
from ..core.strings import inline
from ..doctor.facts import Facts
from ..yaml_edit.lines import Lines
from ..yaml_edit.pyyaml_internals import end_of, start_of

#: From where to where in a text, in characters.
Span = tuple[int, int]


class Hidden(NamedTuple):
    """A part of a text, and what stands there instead."""

    start: int
    end: int
    instead: str = MASK


_WORDS = "|".join(word.replace("-", "[-_ ]?") for word in (*SECRET_WORDS, "authorization"))
#: A name that holds such a word, from the word on, and what sets its value apart.
_NAME = rf"(?:{_WORDS})[\w-]{{0,60}}[\"']?"
_ASSIGNED = re.compile(rf"{_NAME}\s*[:=]\s*", re.IGNORECASE)
_ASSIGNED_OR_GLUED = re.compile(rf"{_NAME}(?:\s*[:=]\s*|\s+(?=\S)|$)", re.IGNORECASE)
_OPTION = re.compile(rf"--[\w-]{{0,40}}?(?:{_WORDS})[\w-]{{0,60}}[ =]+(\S+)", re.IGNORECASE)
_IN_SENTENCE = re.compile(
    rf"{_NAME}(?:\s*=\s*|\s*:\s*(?=[\"']))(\"[^\"]*\"|'[^']*'|[^\s,;)}}\]]+)", re.IGNORECASE
)
_URL = re.compile(r"://(?:[^\s/:@]{0,200}:([^\s/]{1,500})|([^\s/@:]{16,500}))@")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(.*?)(?:-----END|\Z)", re.DOTALL)
#: A section all of whose values are secrets; ``tokenize`` is none.
_SECTION = re.compile(rf"(?:{'|'.join(SECRET_WORDS)})s?\Z", re.IGNORECASE)
_PREFIX = re.compile(r"[ \t]*(#[# \t]*)?(?:- +)*")
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?")
_PROPERTIES = re.compile(r"\A(?:[&!]\S*\s*)+")
_KEY_LIKE = re.compile(r"[\s#-]*[\w.\"'-]+\s*:(?:\s|$)")
_NOTHING = ("", "null", "~", "''", '""')
#: A shorter text may be a word that says nothing of a secret.
_LEAST_KNOWN = 8
HOME = "<home>"


class Concealer:
    """Hides the secrets of a configuration, wherever they stand, and the name of the home folder.

    Parameters
    ----------
    facts : Facts
        Their secrets are hidden in every text, whatever stands around them.
    """

    def __init__(self, facts: Facts) -> None:
        known = {text for text in _secrets(facts) if len(text) >= _LEAST_KNOWN and text != MASK}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None
        home = os.path.expanduser("~")
        is_folder = home not in ("", "/", "~")
        self._home = re.compile(rf"{re.escape(home)}(?![\w.-])") if is_folder else None

    def text(self, text: str) -> str:
        """A message or another text of one line."""
        pieces, at = [], 0
        for start, end, instead in self._hidden(text, _groups(_IN_SENTENCE, text)):
            pieces += [text[at:start], instead]
            at = end
        return "".join([*pieces, text[at:]])

    def value(self, key: str, value: Any) -> str:
        """A value on one line, as a YAML file would hold it."""
        shown = concealed(key, value)
        return MASK if shown == MASK else self.text(inline(shown))

    def lines(self, file: SourceFile) -> list[Hidden]:
        """What to hide in the text of a file, which may be broken; sorted, without overlaps."""
        by_node = _by_node(file.document.root.node) if file.document and file.document.root else []
        return self._hidden(file.text, [*_by_line(file), *by_node])

    def _hidden(self, text: str, spans: Iterable[Span]) -> list[Hidden]:
        everywhere = [*_groups(_URL, text), *_groups(_OPTION, text), *_groups(_PRIVATE_KEY, text)]
        known = self._known.finditer(text) if self._known else ()
        everywhere += [found.span() for found in known]
        hidden = [Hidden(*span) for span in (*spans, *everywhere)]
        if self._home:
            hidden += [Hidden(*found.span(), HOME) for found in self._home.finditer(text)]
        return _joined(hidden)


def concealed(key: str, value: Any) -> Any:
    """As `secrets.masked`, and everything below a section whose name ends like a secret's."""
    if isinstance(value, Mapping):
        return {name: concealed(f"{key}.{name}", inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [concealed(key, inner) for inner in value]
    names = key.split(".")
    hidden = is_secret(key) or any(map(_holds_secrets, names))
    return MASK if hidden and value not in (None, "") else value


def _holds_secrets(section: str) -> bool:
    return _SECTION.search(hyphenated(section)) is not None


def _secrets(facts: Facts) -> Iterator[str]:
    """The texts that are the values of secret keys and variables."""
    for name, text in facts.environ.items():
        if is_secret(name):
            yield text
    for setting in facts.settings:
        yield from _hidden_texts(setting.key, setting.value)


def _hidden_texts(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _hidden_texts(f"{key}.{name}", inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _hidden_texts(key, inner)
    elif isinstance(value, (str, int)) and concealed(key, value) != value:
        yield str(value)


def _groups(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """Where the groups of `pattern` that took part stand."""
    for found in pattern.finditer(text):
        for number, group in enumerate(found.groups(), 1):
            if group is not None:
                yield found.span(number)


def _by_node(node: Any) -> list[Span]:
    """The values of secret keys, as PyYAML composed them; an alias hides its anchor."""
    spans: list[Span] = []
    seen: set[tuple[int, bool]] = set()
    waiting = [(node, False)]
    while waiting:
        node, hidden = waiting.pop()
        if (id(node), hidden) in seen:
            continue
        seen.add((id(node), hidden))
        if isinstance(node, yaml.MappingNode):
            waiting += [(value, hidden or _names_secret(key, value)) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(value, hidden) for value in node.value]
        elif hidden and node.value and not node.tag.endswith(":null"):
            spans.append((start_of(node), end_of(node)))
    return spans


def _names_secret(key: Any, value: Any) -> bool:
    if not isinstance(key, yaml.ScalarNode):
        return False
    if isinstance(value, yaml.MappingNode):
        return _holds_secrets(key.value)
    return is_secret(key.value)


def _by_line(file: SourceFile) -> Iterator[Span]:
    """What follows a secret's name, line by line: in comments, in scripts, in broken files."""
    lines = Lines(file.text)
    pattern = _ASSIGNED_OR_GLUED if file.status in BREAKING else _ASSIGNED
    number = 0
    while number < len(lines):
        content = lines.content(number)
        begin = lines.starts[number]
        found = pattern.search(content)
        number += 1
        if found is None:
            continue
        value = _PROPERTIES.sub("", content[found.end() :].rstrip())
        if value.strip() not in _NOTHING and not _BLOCK.fullmatch(value):
            yield begin + found.end(), begin + len(content.rstrip())
        for following in _following(lines, number, content, found, value):
            text = lines.content(following)
            start = lines.starts[following]
            yield start + len(text) - len(text.lstrip(" \t#")), start + len(text.rstrip())
            number = following  # which may hold another


def _following(
    lines: Lines, number: int, content: str, found: re.Match[str], value: str
) -> Iterator[int]:
    """The lines from `number` on that belong to the value that began in the line above."""
    column, is_comment = _indent(content)
    quote = value[0] if value[:1] in ("'", '"') and value.find(value[0], 1) < 0 else None
    name = re.sub(r"[\s:=\"']+$", "", found.group())
    whole = bool(value) or _holds_secrets(name)
    for following in range(number, len(lines)):
        text = lines.content(following)
        if quote is not None:
            yield following
            quote = None if quote in text else quote
            continue
        if not text.strip(" \t#"):
            continue
        own, own_is_comment = _indent(text, items=False)
        is_item = own == column and not value and text.lstrip(" \t#").startswith("- ")
        if own_is_comment != is_comment or (own <= column and not is_item):
            return
        if whole or not _KEY_LIKE.match(text):
            yield following


def _indent(content: str, items: bool = True) -> tuple[int, bool]:
    """Where the content of a line begins, a comment's too, and whether it is one."""
    found = _PREFIX.match(content)
    length = len(found.group()) if found and items else len(content) - len(content.lstrip(" \t#"))
    return length, content.lstrip().startswith("#")


def _joined(parts: Iterable[Hidden]) -> list[Hidden]:
    joined: list[Hidden] = []
    for part in sorted(part for part in parts if part.start < part.end):
        if joined and part.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Hidden(last.start, max(part.end, last.end))
        else:
            joined.append(part)
    return joined
