"""Explain why a file makes ``import dask`` fail, and how to fix it.

PyYAML reports where it stopped, which is often not where the mistake is: it notices an unclosed
quote at the end of the file, and a missing colon on the next line. A hint repeats a value only if
its key is not a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..config.sources import Problem, SourceFile
from ..core.secrets import is_secret
from ..yaml_edit.document import Mark
from .findings import Finding

#: The line ends of YAML, as PyYAML counts lines.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_CONTENT = re.compile(r"\s*[^\s#]")
_COLON = re.compile(r":(?:\s|$)")
_KEY_AND_VALUE = re.compile(r"\s*(?:- +)*(?P<key>[^\s:#{[\x22\x27][^:#]*?)\s*:\s+(?P<value>\S.*)")
_GLUED = re.compile(r"(?P<key>[\w.-]+):(?P<value>\S.*)")
_CONFLICT = re.compile(r"(?:<<<<<<<|>>>>>>>)(?: |$)")
_LONGEST_QUOTE = 50
_INDICATORS = {
    "*": "an alias", "&": "an anchor", "!": "a tag", "?": "a key", "-": "a list item",
    "{": "a mapping", "[": "a list",
}  # fmt: skip
_CLOSING = {"[": "]", "{": "}", "'": "'", '"': '"'}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A mistake in YAML, its fix, and its place if known."""

    message: str
    hint: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class _Broken:
    """The lines of an invalid file, PyYAML's message, and its two places.

    `mark` is where PyYAML stopped, `opened` where the quote, bracket or section began that it was
    reading.
    """

    lines: list[str]
    message: str
    mark: Mark
    opened: Mark | None

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def previous(self, number: int) -> int:
        """Return the nearest line above that is not empty or a comment, 0 if there is none."""
        numbers = range(min(number, len(self.lines) + 1) - 1, 0, -1)
        return next((n for n in numbers if _CONTENT.match(self.line(n))), 0)


def import_failure(file: SourceFile) -> Finding:
    """Return the finding for a file that makes ``import dask`` fail."""
    found = diagnose(file)
    origin = file.origin(found.mark)
    return Finding("error", f"import dask fails: {found.message}", found.hint, origin=origin)


def diagnose(file: SourceFile) -> Diagnosis:
    """Explain why a file is malformed or not a mapping.

    PyYAML's own message is returned if no rule explains it better.
    """
    problem = file.problem or Problem("the file cannot be used")
    message, mark = problem.message, problem.mark
    broken = _Broken(_LINE_END.split(file.text), message, mark or Mark(1, 1), problem.opened)
    if file.status == "not-a-mapping":
        return _not_a_mapping(file, broken)
    if stops_at_tab(file):
        return _tab(broken)
    conflict = next((n for n, line in enumerate(broken.lines, 1) if _CONFLICT.match(line)), None)
    if conflict:
        hint = "Keep one of the two versions and remove the markers"
        return Diagnosis("the file contains merge conflict markers", hint, Mark(conflict, 1))
    found = next((rule(broken) for pattern, rule in _RULES if re.match(pattern, message)), None)
    hint = "Compare this line with the lines above, or quote the value"
    return found or Diagnosis(message, hint, mark)


def stops_at_tab(file: SourceFile) -> bool:
    """Return whether the file is malformed because of a tab where YAML expects spaces."""
    mark = file.problem.mark if file.problem else None
    if file.status != "malformed" or mark is None:
        return False
    lines = _LINE_END.split(file.text, maxsplit=mark.line)
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    return line[mark.column - 1 : mark.column] == "\t"


def _tab(broken: _Broken) -> Diagnosis:
    mark = broken.mark
    if broken.line(mark.line)[: mark.column - 1].strip():
        return Diagnosis("a tab instead of a space", "Replace the tab with a space", mark)
    indented = sum("\t" in line[: len(line) - len(line.lstrip())] for line in broken.lines)
    others = f", in {indented} lines of this file" if indented > 1 else ""
    return Diagnosis("a line is indented with a tab", f"Indent it with spaces{others}", mark)


def _not_a_mapping(file: SourceFile, broken: _Broken) -> Diagnosis:
    data = file.document.data if file.document else None
    if isinstance(data, str) and (missing := _no_colon(broken, broken.mark.line)):
        return missing
    items = data if isinstance(data, list) else []
    names = [name for item in items if isinstance(item, dict) for name in item]
    hint = f"Write {names[0]}: without the '- ' before it" if names else "Write 'key: value'"
    kind = "list" if isinstance(data, list) else "single value"
    return Diagnosis(f"the top level is a {kind}, not a mapping", hint, broken.mark)


def _second_colon(broken: _Broken) -> Diagnosis | None:
    number = broken.mark.line
    line = broken.line(number)
    if _COLON.search(line[: broken.mark.column - 1]):
        return _needs_quotes(broken, 'a value that contains ": " is read as a second key')
    previous = broken.previous(number)
    if not previous:
        return None
    if not _COLON.search(broken.line(previous)):
        return _no_colon(broken, previous)
    message = f"indented deeper than line {previous}, which already has a value"
    return Diagnosis(message, f"Indent it like line {previous}", Mark(number, _indent(line) + 1))


def _no_colon(broken: _Broken, number: int) -> Diagnosis | None:
    line = broken.line(number)
    if _COLON.search(line):
        return None
    mark = Mark(number, _indent(line) + 1)
    text = line.strip().removeprefix("- ")
    if glued := _GLUED.match(text):
        key, value = glued["key"], glued["value"]
        hint = f"Write {key}: {value}" if _may_be_shown(key, value) else f"Write '{key}: ...'"
        return Diagnosis("the space after the colon is missing", hint, mark)
    hint = "Write 'key: value', or start the line with #"
    return Diagnosis("this line has no colon", hint, mark)


def _key_without_colon(broken: _Broken) -> Diagnosis | None:
    return _no_colon(broken, broken.opened.line) if broken.opened else None


def _uneven_indentation(broken: _Broken) -> Diagnosis:
    number = broken.mark.line
    indent = _indent(broken.line(number))
    others = {_indent(line) for line in broken.lines[: number - 1] if _CONTENT.match(line)}
    less = max((n for n in others if n < indent), default=None)
    more = min((n for n in others if n > indent), default=None)
    fitting = " or ".join(str(n) for n in (less, more) if n is not None)
    hint = f"Indent it by {fitting} spaces, like its siblings" if fitting else "Align the keys"
    message = f"its indentation of {indent} spaces matches no section above"
    return Diagnosis(message, hint, Mark(number, indent + 1))


def _text_after_value(broken: _Broken) -> Diagnosis | None:
    line = broken.line(broken.mark.line)
    value = _value_of(line)
    first = value[:1]
    if first in ("{", "["):
        return _needs_quotes(broken, _BEGINS)
    if first not in ("'", '"'):
        return None
    if value.count(first) > 2 or not value.endswith(first):
        hint = "Write '' for a ' inside single quotes"
        if first == '"':
            hint = "Use '...' around a value that contains \""
        return Diagnosis("text after the closing quote", hint, broken.mark)
    earlier = range(broken.mark.line - 1, 0, -1)
    unpaired = (number for number in earlier if broken.line(number).count(first) % 2)
    number = next(unpaired, broken.mark.line)
    return _unclosed(broken, Mark(number, broken.line(number).find(first) + 1))


def _unclosed(broken: _Broken, opened: Mark | None = None) -> Diagnosis | None:
    mark = opened or broken.opened
    sign = broken.line(mark.line)[mark.column - 1 : mark.column] if mark else ""
    if sign not in _CLOSING:
        return None
    name = "quote" if sign in "'\"" else "bracket"
    hint = f"Put {_CLOSING[sign]} at the end of the value"
    return Diagnosis(f"the {name} {sign} is not closed", hint, mark)


def _unmatched_brackets(broken: _Broken) -> Diagnosis | None:
    if broken.opened and broken.opened.line < broken.mark.line:
        return _unclosed(broken)
    hint = "Close the bracket, add the missing comma, or quote the value"
    return Diagnosis("the brackets in this line do not match", hint, broken.mark)


def _quote(message: str) -> Callable[[_Broken], Diagnosis]:
    """Return a rule for a value that needs quotes."""
    return lambda broken: _needs_quotes(broken, message)


def _with_hint(hint: str, message: str | None = None) -> Callable[[_Broken], Diagnosis]:
    """Return a rule with a constant hint, and PyYAML's message by default."""
    return lambda broken: Diagnosis(message or broken.message, hint, broken.mark)


def _key_not_a_string(broken: _Broken) -> Diagnosis:
    rest_of_line = broken.line(broken.mark.line)[broken.mark.column - 1 :]
    name = _COLON.split(rest_of_line)[0].strip()
    hint = f"Quote the key: {_quoted(name)}:" if name else "Quote the key"
    return Diagnosis(broken.message, hint, broken.mark)


def _needs_quotes(broken: _Broken, message: str) -> Diagnosis:
    """Return a diagnosis for a value that must be quoted.

    In `message`, ``{sign}`` is the value's first character, ``{meaning}`` what YAML takes it for.
    """
    line, mark = broken.line(broken.mark.line), broken.mark
    match, value = _KEY_AND_VALUE.match(line), _value_of(line)
    sign = value[:1] or line[mark.column - 1 : mark.column]
    meaning = _INDICATORS.get(sign, "something other than a string")
    message = message.format(sign=sign, meaning=meaning)
    if match:
        mark = Mark(mark.line, min(match.start("value") + 1, mark.column))
        if _may_be_shown(match["key"], value):
            return Diagnosis(message, f"Quote it: {match['key']}: {_quoted(value)}", mark)
    return Diagnosis(message, "Put the value in quotes", mark)


def _quoted(value: str) -> str:
    if '"' in value or "\\" in value:
        return "'" + value.replace("'", "''") + "'"
    return f'"{value}"'


def _may_be_shown(key: str, value: str) -> bool:
    words = re.findall(r"[\w-]+", f"{key} {value}")
    return len(value) <= _LONGEST_QUOTE and not any(map(is_secret, words))


def _value_of(line: str) -> str:
    """Return the value after the first key of a line, without a comment."""
    match = _KEY_AND_VALUE.match(line)
    return re.split(r"\s#", match["value"])[0].rstrip() if match else ""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


_BEGINS = 'a value that begins with "{sign}" is read as {meaning}'
_NOT_FIRST = 'a YAML value must not begin with "{sign}"'
#: A pattern for the beginning of PyYAML's message -> the rule that explains it. The first match
#: counts; if its rule returns None, PyYAML's message is used.
_RULES: tuple[tuple[str, Callable[[_Broken], Diagnosis | None]], ...] = (
    ("mapping values are not allowed", _second_colon),
    ("while scanning a simple key, could not find expected ':'", _key_without_colon),
    (".*but found '<block (mapping|sequence) start>'", _uneven_indentation),
    ("while parsing a block mapping.*found '-'",
     _with_hint("Indent the items below the key they belong to", "a list item among keys")),
    ("while parsing a block collection",
     _with_hint("Indent it like the keys above the list", "a key among list items")),
    ("while parsing a block mapping.*found '<scalar>'", _text_after_value),
    ("while scanning a quoted scalar", _unclosed),
    ("while parsing a flow", _unmatched_brackets),
    ("while scanning for the next token", _quote(_NOT_FIRST)),
    ("found undefined alias|while scanning an (alias|anchor)", _quote(_BEGINS)),
    ("could not determine a constructor", _quote(_BEGINS)),
    (".*is a list or mapping|.*unhashable key",
     _quote("brackets inside brackets are read as a key")),
    ("while scanning a block scalar",
     _quote('text after the "{sign}" that begins a string of several lines')),
    ("while scanning a double-quoted scalar",
     _with_hint("Use '...' instead of \"...\"", 'a backslash in "..." begins an escape sequence')),
    ("(sequence entries|mapping keys) are not allowed here", _quote(_BEGINS)),
    ("while parsing a block node", _quote(_NOT_FIRST)),
    ("['\"]", _quote("the value looks like a number or a date but is not a valid one")),
    ("expected a single document",
     _with_hint("Remove the line ---, or make two files", "a second YAML document begins here")),
    ("byte 0x", _with_hint("Save the file as UTF-8")),
    ("the character",
     _with_hint("Remove the character, or write it as an escape sequence in \"...\"")),
    ("the key ", _key_not_a_string),
)  # fmt: skip
