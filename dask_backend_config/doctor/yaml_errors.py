"""Why a file breaks ``import dask``, in words that say what to write instead.

PyYAML says where it gave up, which is often not the place of the slip: an unclosed quote shows at
the end of the file, a forgotten colon in the line below. A value is quoted in a hint only where
its key is no secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..config.sources import Problem, SourceFile
from ..core.secrets import is_secret
from ..yaml_edit.document import Mark

#: As PyYAML counts lines.
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
    """What is wrong, what to write instead, and the place of the slip where it is known."""

    message: str
    hint: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class _Broken:
    """A text, PyYAML's words on it, where it gave up, and where that began which broke there."""

    lines: list[str]
    words: str
    mark: Mark
    opened: Mark | None

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def above(self, number: int) -> int:
        """The nearest line above with more than a comment, 0 for none."""
        numbers = range(min(number, len(self.lines) + 1) - 1, 0, -1)
        return next((n for n in numbers if _CONTENT.match(self.line(n))), 0)


def diagnose(file: SourceFile) -> Diagnosis:
    """Explain a file whose status is malformed or not-a-mapping.

    Parameters
    ----------
    file : SourceFile
        One with a problem.

    Returns
    -------
    Diagnosis
        PyYAML's own words where no rule here knows better.
    """
    problem = file.problem or Problem("it cannot be used")
    words, mark = problem.message, problem.mark
    broken = _Broken(_LINE_END.split(file.text), words, mark or Mark(1, 1), problem.opened)
    if file.status == "not-a-mapping":
        return _no_mapping(file, broken)
    if stops_at_tab(file):
        return _tab(broken)
    conflict = next((n for n, line in enumerate(broken.lines, 1) if _CONFLICT.match(line)), None)
    if conflict:
        hint = "keep one of the two sides and remove the marks"
        return Diagnosis("the marks of a merge conflict stand in it", hint, Mark(conflict, 1))
    found = next((rule(broken) for pattern, rule in _RULES if re.match(pattern, words)), None)
    return found or Diagnosis(words, "compare it with the lines above, or quote the value", mark)


def stops_at_tab(file: SourceFile) -> bool:
    """Whether the file is malformed because of a tab where YAML takes only spaces."""
    mark = file.problem.mark if file.problem else None
    if file.status != "malformed" or mark is None:
        return False
    lines = _LINE_END.split(file.text, maxsplit=mark.line)
    line = lines[mark.line - 1] if mark.line <= len(lines) else ""
    return line[mark.column - 1 : mark.column] == "\t"


def _quoted(text: str) -> str:
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _tab(broken: _Broken) -> Diagnosis:
    mark = broken.mark
    if broken.line(mark.line)[: mark.column - 1].strip():
        return Diagnosis("a tab stands between words", "write a space instead of the tab", mark)
    indented = sum(line[: len(line) - len(line.lstrip())].count("\t") > 0 for line in broken.lines)
    others = f", in {indented} lines of this file" if indented > 1 else ""
    return Diagnosis("a line is indented with a tab", f"indent it with spaces{others}", mark)


def _no_mapping(file: SourceFile, broken: _Broken) -> Diagnosis:
    data = file.document.data if file.document else None
    if isinstance(data, str) and (missing := _no_colon(broken, broken.mark.line)):
        return missing
    if isinstance(data, list):
        names = [name for item in data if isinstance(item, dict) for name in item]
        hint = f"write {names[0]}: without the '- ' in front" if names else "write 'key: value'"
        return Diagnosis("its top level is a list, not a mapping", hint, broken.mark)
    message = "its top level is a single value, not a mapping"
    return Diagnosis(message, "write 'key: value'", broken.mark)


def _second_colon(broken: _Broken) -> Diagnosis | None:
    number = broken.mark.line
    line = broken.line(number)
    if _COLON.search(line[: broken.mark.column - 1]):
        message = 'a value with ": " in it is read as a second key'
        return Diagnosis(message, _hint_to_quote(line), _value_mark(broken))
    above = broken.above(number)
    if not above:
        return None
    if not _COLON.search(broken.line(above)):
        return _no_colon(broken, above)
    message = f"it is indented deeper than line {above}, which has a value already"
    return Diagnosis(message, f"indent it like line {above}", Mark(number, _indent(line) + 1))


def _no_colon(broken: _Broken, number: int) -> Diagnosis | None:
    line = broken.line(number)
    if _COLON.search(line):
        return None
    mark = Mark(number, _indent(line) + 1)
    text = line.strip().removeprefix("- ")
    if glued := _GLUED.match(text):
        key, value = glued["key"], glued["value"]
        hint = f"write {key}: {value}" if _may_be_shown(key, value) else f"write '{key}: ...'"
        return Diagnosis("there is no space after the colon", hint, mark)
    return Diagnosis("there is no colon in this line", "write 'key: value', or # before it", mark)


def _key_without_colon(broken: _Broken) -> Diagnosis | None:
    return _no_colon(broken, broken.opened.line) if broken.opened else None


def _uneven(broken: _Broken) -> Diagnosis:
    number = broken.mark.line
    indent = _indent(broken.line(number))
    content = [line for line in broken.lines[: number - 1] if _CONTENT.match(line)]
    others = {_indent(line) for line in content}
    less = max((n for n in others if n < indent), default=None)
    more = min((n for n in others if n > indent), default=None)
    fitting = " or ".join(str(n) for n in (less, more) if n is not None)
    hint = f"indent it by {fitting} spaces, like its siblings" if fitting else "align the keys"
    message = f"its indent of {indent} fits no section above"
    return Diagnosis(message, hint, Mark(number, indent + 1))


def _text_after_value(broken: _Broken) -> Diagnosis | None:
    line = broken.line(broken.mark.line)
    value = _value_of(line)
    first = value[:1]
    if first in ("{", "["):
        message = f'a value that begins with "{first}" is read as {_INDICATORS[first]}'
        return Diagnosis(message, _hint_to_quote(line), _value_mark(broken))
    if first not in ("'", '"'):
        return None
    if value.count(first) > 2 or not value.endswith(first):
        hint = "write '' for a ' inside of single quotes" if first == "'" else _OUTSIDE
        return Diagnosis("text stands after the closing quote", hint, broken.mark)
    numbers = range(broken.mark.line - 1, 0, -1)
    odd = (n for n in numbers if broken.line(n).count(first) % 2)
    number = next(odd, broken.mark.line)
    return _unclosed(broken, Mark(number, broken.line(number).find(first) + 1))


def _unclosed(broken: _Broken, opened: Mark | None = None) -> Diagnosis | None:
    mark = opened or broken.opened
    sign = broken.line(mark.line)[mark.column - 1 : mark.column] if mark else ""
    if sign not in _CLOSING:
        return None
    name = "quote" if sign in "'\"" else "bracket"
    hint = f"put {_CLOSING[sign]} at the end of the value"
    return Diagnosis(f"the {name} {sign} is not closed", hint, mark)


def _flow(broken: _Broken) -> Diagnosis | None:
    if broken.opened and broken.opened.line < broken.mark.line:
        return _unclosed(broken)
    hint = "close the bracket, put a comma between, or quote the value"
    return Diagnosis("the brackets in this line do not match", hint, broken.mark)


def _braces(broken: _Broken) -> Diagnosis:
    line = broken.line(broken.mark.line)
    hint = _hint_to_quote(line) if _value_of(line)[:1] in ("{", "[") else "put it in quotes"
    return Diagnosis("brackets in brackets are read as a key", hint, _value_mark(broken))


def _to_quote(message: str) -> Callable[[_Broken], Diagnosis]:
    """A rule for a value that must stand in quotes."""

    def rule(broken: _Broken) -> Diagnosis:
        line = broken.line(broken.mark.line)
        sign = _value_of(line)[:1] or line[broken.mark.column - 1 : broken.mark.column]
        what = _INDICATORS.get(sign, "something else than text")
        words = message.format(sign=sign, what=what)
        return Diagnosis(words, _hint_to_quote(line), _value_mark(broken))

    return rule


def _says(message: str | None, hint: str) -> Callable[[_Broken], Diagnosis]:
    """A rule whose hint does not depend on the text, with the problem's words or its own."""
    return lambda broken: Diagnosis(message or broken.words, hint, broken.mark)


def _not_text(broken: _Broken) -> Diagnosis:
    written = broken.line(broken.mark.line)[broken.mark.column - 1 :]
    name = _COLON.split(written)[0].strip()
    hint = f"write {_quoted(name)}: in quotes" if name else "quote the key"
    return Diagnosis(broken.words, hint, broken.mark)


def _hint_to_quote(line: str) -> str:
    match = _KEY_AND_VALUE.match(line)
    value = _value_of(line)
    if match and _may_be_shown(match["key"], value):
        return f"quote it: {match['key']}: {_quoted(value)}"
    return "put the value in quotes"


def _may_be_shown(key: str, value: str) -> bool:
    words = re.findall(r"[\w-]+", f"{key} {value}")
    return len(value) <= _LONGEST_QUOTE and not any(map(is_secret, words))


def _value_of(line: str) -> str:
    """What stands after the first key of a line, without a comment."""
    match = _KEY_AND_VALUE.match(line)
    return re.split(r"\s#", match["value"])[0].rstrip() if match else ""


def _value_mark(broken: _Broken) -> Mark:
    match = _KEY_AND_VALUE.match(broken.line(broken.mark.line))
    column = match.start("value") + 1 if match else broken.mark.column
    return Mark(broken.mark.line, min(column, broken.mark.column))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


_OUTSIDE = "use '...' outside of a text with \" in it"
_BEGINS = 'a value that begins with "{sign}" is read as {what}'
_NOT_FIRST = 'YAML does not let a value begin with "{sign}"'
#: The beginning of the problem's words -> what is made of it. The first that matches says it, and
#: a rule that finds nothing to say leaves the words as they are.
_RULES: tuple[tuple[str, Callable[[_Broken], Diagnosis | None]], ...] = (
    ("mapping values are not allowed", _second_colon),
    ("while scanning a simple key, could not find expected ':'", _key_without_colon),
    (".*but found '<block (mapping|sequence) start>'", _uneven),
    ("while parsing a block mapping.*found '-'",
     _says("a list item stands among keys", "indent the items below the key they belong to")),
    ("while parsing a block collection",
     _says("a key stands among list items", "indent it like the keys above the list")),
    ("while parsing a block mapping.*found '<scalar>'", _text_after_value),
    ("while scanning a quoted scalar", _unclosed),
    ("while parsing a flow", _flow),
    ("while scanning for the next token", _to_quote(_NOT_FIRST)),
    ("found undefined alias|while scanning an (alias|anchor)", _to_quote(_BEGINS)),
    ("could not determine a constructor", _to_quote(_BEGINS)),
    ("a list or mapping stands as a key|.*unhashable key", _braces),
    ("while scanning a block scalar",
     _to_quote('text stands after the "{sign}" that begins a block of text')),
    ("while scanning a double-quoted scalar",
     _says('a backslash in "..." begins an escape', "use '...' instead of \"...\"")),
    ("(sequence entries|mapping keys) are not allowed here", _to_quote(_BEGINS)),
    ("while parsing a block node", _to_quote(_NOT_FIRST)),
    ("['\"]", _to_quote("it looks like a number or a date, but is none")),
    ("expected a single document",
     _says("a second document begins here", "remove the line ---, or make two files")),
    ("byte 0x", _says(None, "save the file as UTF-8")),
    ("the character", _says(None, "remove the character, or write it as an escape in \"...\"")),
    ("the key .* is no text", _not_text),
)  # fmt: skip
