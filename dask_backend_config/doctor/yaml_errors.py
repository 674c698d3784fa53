"""Explain why a file makes ``import dask`` fail, and how to fix it.

PyYAML reports where it stopped, which is often not where the mistake is: it notices an unclosed
quote at the end of the file, and a missing colon on the next line. A hint repeats a value only if
its key is not a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ..config.sources import Problem, SourceFile
from ..yaml_edit.document import Mark
from .broken_yaml import (
    CONTENT,
    KEY_AND_VALUE,
    BrokenFile,
    Diagnosis,
    indentation,
    may_be_shown,
    quoted,
    value_of,
)
from .findings import Finding

#: The line ends of YAML, as PyYAML counts lines.
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_COLON = re.compile(r":(?:\s|$)")
_GLUED = re.compile(r"(?P<key>[\w.-]+):(?P<value>\S.*)")
_CONFLICT = re.compile(r"(?:<<<<<<<|>>>>>>>)(?: |$)")
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{\{-|\{%|<%|^\{#")
_EMPTY = ("[]", "{}", "''", '""')
_INDICATORS = {
    "*": "an alias", "&": "an anchor", "!": "a tag", "?": "a key", "-": "a list item",
    "{": "a mapping", "[": "a list",
}  # fmt: skip
_CLOSING = {"[": "]", "{": "}", "'": "'", '"': '"'}


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
    broken = BrokenFile(_LINE_END.split(file.text), message, mark or Mark(1, 1), problem.opened)
    if file.status == "not-a-mapping":
        return _not_a_mapping(file, broken)
    if stops_at_tab(file):
        return _tab(broken)
    conflict = next((n for n, line in enumerate(broken.lines, 1) if _CONFLICT.match(line)), None)
    if conflict:
        hint = "Keep one of the two versions and remove the markers"
        return Diagnosis("the file contains merge conflict markers", hint, Mark(conflict, 1))
    if template := _template(broken):
        return template
    hint = "Compare this line with the lines above, or quote the value"
    matching = (rule(broken) for pattern, rule in _RULES if re.match(pattern, message))
    return next(filter(None, matching), Diagnosis(message, hint, mark))


def _template(broken: BrokenFile) -> Diagnosis | None:
    places = [1, *(place.line for place in (broken.mark, broken.opened) if place)]
    found = ((number, _TEMPLATE.search(broken.line(number))) for number in places)
    mark = next((Mark(number, match.start() + 1) for number, match in found if match), None)
    hint = "Render it first: dask does not fill in {{ }} or {% %}"
    return Diagnosis("the file is a template, not YAML", hint, mark) if mark else None


def stops_at_tab(file: SourceFile) -> bool:
    """Return whether the file is malformed because of a tab where YAML expects spaces."""
    mark = file.problem.mark if file.problem else None
    if file.status != "malformed" or mark is None:
        return False
    lines = _LINE_END.split(file.text, maxsplit=mark.line)
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    return line[mark.column - 1 : mark.column] == "\t"


def _tab(broken: BrokenFile) -> Diagnosis:
    mark = broken.mark
    if broken.line(mark.line)[: mark.column - 1].strip():
        return Diagnosis("a tab instead of a space", "Replace the tab with a space", mark)
    indented = sum("\t" in line[: len(line) - len(line.lstrip())] for line in broken.lines)
    others = f", in {indented} lines of this file" if indented > 1 else ""
    return Diagnosis("a line is indented with a tab", f"Indent it with spaces{others}", mark)


def _not_a_mapping(file: SourceFile, broken: BrokenFile) -> Diagnosis:
    data = file.document.data if file.document else None
    if isinstance(data, str) and (missing := _no_colon(broken, broken.mark.line)):
        return missing
    items = data if isinstance(data, list) else []
    names = [name for item in items if isinstance(item, dict) for name in item]
    hint = f"Write {names[0]}: without the '- ' before it" if names else "Write 'key: value'"
    kind = "list" if isinstance(data, list) else "single value"
    return Diagnosis(f"the top level is a {kind}, not a mapping", hint, broken.mark)


def _second_colon(broken: BrokenFile) -> Diagnosis | None:
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
    return Diagnosis(
        message, f"Indent it like line {previous}", Mark(number, indentation(line) + 1)
    )


def _no_colon(broken: BrokenFile, number: int) -> Diagnosis | None:
    line = broken.line(number)
    if _COLON.search(line):
        return None
    mark = Mark(number, indentation(line) + 1)
    text = line.strip().removeprefix("- ")
    if glued := _GLUED.match(text):
        key, value = glued["key"], glued["value"]
        hint = f"Write {key}: {value}" if may_be_shown(key, value) else f"Write '{key}: ...'"
        return Diagnosis("the space after the colon is missing", hint, mark)
    hint = "Write 'key: value', or start the line with #"
    return Diagnosis("this line has no colon", hint, mark)


def _key_without_colon(broken: BrokenFile) -> Diagnosis | None:
    return _no_colon(broken, broken.opened.line) if broken.opened else None


def _item_among_keys(broken: BrokenFile) -> Diagnosis:
    hint = "Indent the items below the key they belong to"
    found = Diagnosis("a list item among keys", hint, broken.mark)
    return _after_empty_value(broken) or found


def _after_empty_value(broken: BrokenFile) -> Diagnosis | None:
    """Return a diagnosis if the lines below ``key: []`` are meant to be its value."""
    previous = broken.previous(broken.mark.line)
    line = broken.line(previous)
    value, below = value_of(line), broken.line(broken.mark.line)
    if value not in _EMPTY or indentation(line) > indentation(below):
        return None
    message = f"the lines below {value} are not part of it"
    mark = Mark(previous, line.index(value) + 1)
    return Diagnosis(message, f"Remove {value} from line {previous}", mark)


def _no_document(broken: BrokenFile) -> Diagnosis | None:
    """Return a diagnosis for a line ``...``, which ends a document."""
    numbers = range(broken.mark.line, 0, -1)
    number = next((n for n in numbers if broken.line(n).rstrip() == "..."), None)
    if number is None:
        return None
    return Diagnosis("the line ... ends the YAML document", "Remove this line", Mark(number, 1))


def _uneven_indentation(broken: BrokenFile) -> Diagnosis:
    if found := _after_empty_value(broken):
        return found
    number = broken.mark.line
    indent = indentation(broken.line(number))
    others = {indentation(line) for line in broken.lines[: number - 1] if CONTENT.match(line)}
    less = max((n for n in others if n < indent), default=None)
    more = min((n for n in others if n > indent), default=None)
    fitting = " or ".join(str(n) for n in (less, more) if n is not None)
    hint = f"Indent it by {fitting} spaces, like its siblings" if fitting else "Align the keys"
    message = f"its indentation of {indent} spaces matches no section above"
    return Diagnosis(message, hint, Mark(number, indent + 1))


def _text_after_value(broken: BrokenFile) -> Diagnosis | None:
    line = broken.line(broken.mark.line)
    value = value_of(line)
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


def _unclosed(broken: BrokenFile, opened: Mark | None = None) -> Diagnosis | None:
    mark = opened or broken.opened
    sign = broken.line(mark.line)[mark.column - 1 : mark.column] if mark else ""
    if sign not in _CLOSING:
        return None
    name = "quote" if sign in "'\"" else "bracket"
    hint = f"Put {_CLOSING[sign]} at the end of the value"
    return Diagnosis(f"the {name} {sign} is not closed", hint, mark)


def _unmatched_brackets(broken: BrokenFile) -> Diagnosis | None:
    if broken.opened and broken.opened.line < broken.mark.line:
        return _unclosed(broken)
    hint = "Close the bracket, add the missing comma, or quote the value"
    return Diagnosis("the brackets in this line do not match", hint, broken.mark)


def _quote(message: str) -> Callable[[BrokenFile], Diagnosis]:
    """Return a rule for a value that needs quotes."""
    return lambda broken: _needs_quotes(broken, message)


def _with_hint(hint: str, message: str | None = None) -> Callable[[BrokenFile], Diagnosis]:
    """Return a rule with a constant hint, and PyYAML's message by default."""
    return lambda broken: Diagnosis(message or broken.message, hint, broken.mark)


def _key_not_a_string(broken: BrokenFile) -> Diagnosis:
    rest_of_line = broken.line(broken.mark.line)[broken.mark.column - 1 :]
    name = _COLON.split(rest_of_line)[0].strip()
    hint = f"Quote the key: {quoted(name)}:" if name else "Quote the key"
    return Diagnosis(broken.message, hint, broken.mark)


def _needs_quotes(broken: BrokenFile, message: str) -> Diagnosis:
    """Return a diagnosis for a value that must be quoted.

    In `message`, ``{sign}`` is the value's first character, ``{meaning}`` what YAML takes it for.
    """
    line, mark = broken.line(broken.mark.line), broken.mark
    match, value = KEY_AND_VALUE.match(line), value_of(line)
    sign = value[:1] or line[mark.column - 1 : mark.column]
    meaning = _INDICATORS.get(sign, "something other than a string")
    message = message.format(sign=sign, meaning=meaning)
    if match:
        mark = Mark(mark.line, min(match.start("value") + 1, mark.column))
        if may_be_shown(match["key"], value):
            return Diagnosis(message, f"Quote it: {match['key']}: {quoted(value)}", mark)
    return Diagnosis(message, "Put the value in quotes", mark)


_BEGINS = 'a value that begins with "{sign}" is read as {meaning}'
_NOT_FIRST = 'a YAML value must not begin with "{sign}"'
#: A pattern for the beginning of PyYAML's message -> a rule that explains it or returns None. The
#: first explanation counts; without one, PyYAML's message is used.
_RULES: tuple[tuple[str, Callable[[BrokenFile], Diagnosis | None]], ...] = (
    ("mapping values are not allowed", _second_colon),
    ("while scanning a simple key, could not find expected ':'", _key_without_colon),
    (".*<document (start|end)>", _no_document),
    (".*but found '<block (mapping|sequence) start>'", _uneven_indentation),
    ("while parsing a block mapping.*found '-'",
     _item_among_keys),
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
