"""Read the options of PBS commands as C's getopt does, directives, and resource lists."""

from __future__ import annotations

import re
import sys
import time

QSUB = "a:A:c:C:e:fhIj:J:k:l:m:M:N:o:p:q:r:R:S:u:v:VW:XzP:"
Pairs = list[tuple[str, str]]


def read_options(program: str, letters: str, words: list[str]) -> tuple[Pairs, list[str], int]:
    """Return options, operands and the number of errors, which are printed on stderr.

    Operands may stand between options; ``--`` ends the options and stays the first operand.
    """
    words = list(words)
    options: Pairs = []
    operands: list[str] = []
    errors = 0
    while words:
        word = words.pop(0)
        if word == "--":
            return options, [*operands, word, *words], errors
        if word[:1] != "-" or word == "-":
            operands.append(word)
            continue
        rest = word[1:]
        while rest:
            letter, rest = rest[0], rest[1:]
            place = letters.find(letter) if letter not in ":-" else -1
            if place < 0:
                sys.stderr.write(f"{program}: invalid option -- '{letter}'\n")
                errors += 1
            elif letters[place + 1 : place + 2] != ":":
                options.append((letter, ""))
            elif rest or words:
                options.append((letter, rest or words.pop(0)))
                rest = ""
            else:
                sys.stderr.write(f"{program}: option requires an argument -- '{letter}'\n")
                errors += 1
    return options, operands, errors


def split_words(line: str) -> list[str]:
    """Split a directive into words, with quotes anywhere and backslash escapes."""
    words: list[str] = []
    word, inside, index = "", False, 0
    while index < len(line):
        letter = line[index]
        index += 1
        if letter in "\"'":
            end = line.find(letter, index)
            if end < 0:
                raise ValueError("unmatched \0")
            word, inside, index = word + line[index:end], True, end + 1
        elif letter == "\\":
            word, inside, index = word + line[index : index + 1], True, index + 1
        elif letter.isspace():
            words += [word] if inside else []
            word, inside = "", False
        else:
            word, inside = word + letter, True
    return words + ([word] if inside else [])


def directives(script: str, prefix: str) -> list[str]:
    """Return what follows the prefix in each line before the first command."""
    found = []
    lines = iter(script.split("\n"))
    for line in lines:
        stripped = line.lstrip()
        if prefix and stripped.startswith(prefix):
            while line.rstrip().endswith("\\"):
                line = line.rstrip()[:-1] + next(lines, "")
            found.append(line.lstrip()[len(prefix) :])
        elif stripped and not stripped.startswith("#") and not line.startswith(":"):
            break
    return found


def read_resources(text: str) -> Pairs:
    """Read name=value pairs separated by commas or blanks; raise ValueError if invalid."""
    pairs: Pairs = []
    rest = text
    while rest:
        rest = rest.lstrip()
        name = re.match(r"[^=,]*", rest)
        assert name
        if not name[0]:
            raise ValueError(text)
        rest = rest[name.end() :]
        value = ""
        if rest.startswith("="):
            value, rest = _resource_value(rest[1:].lstrip())
        pairs.append((name[0].split()[0], value))
        if rest.startswith(","):
            rest = rest[1:]
            if not rest:
                raise ValueError(text)
    return pairs


def _resource_value(text: str) -> tuple[str, str]:
    """Return a value up to a comma or blank outside of quotes, and the rest."""
    value, quote = "", ""
    for index, letter in enumerate(text):
        if letter == "&" or not (letter.isprintable() or letter.isspace()):
            raise ValueError(text)
        if quote:
            value, quote = (value, "") if letter == quote else (value + letter, quote)
        elif letter in "\"'":
            quote = letter
        elif letter == "," or letter.isspace():
            return value, text[index:]
        else:
            value += letter
    if quote:
        raise ValueError(text)
    return value, ""


def read_pairs(text: str) -> Pairs:
    """Read the pairs of -W: name=value, name=value; raise ValueError if invalid."""
    if not re.fullmatch(r"\s*[^\s=,]+\s*=[^=]*(,\s*[^\s=,]+\s*=[^=]*)*", text) or text.endswith(
        ","
    ):
        raise ValueError(text)
    names = list(re.finditer(r"(?:^|,)\s*([^\s=,]+)\s*=\s*", text))
    ends = [match.start() for match in names[1:]] + [len(text)]
    return [
        (match[1], text[match.end() : end].strip().strip("\"'"))
        for match, end in zip(names, ends, strict=True)
    ]


def read_variables(text: str, environ: dict[str, str]) -> dict[str, str]:
    """Read the variables of -v, with or without a value; raise ValueError if it isn't set."""
    found = {}
    for part in re.findall(r"(?:\"[^\"]*\"|'[^']*'|\\.|[^,])+", text):
        name, equals, value = part.partition("=")
        if not name or (not equals and name not in environ):
            raise ValueError(part)
        quoted = re.sub(r"\\(.)|[\"']", lambda match: match[1] or "", value)
        found[name] = quoted if equals else environ[name]
    return found


def read_date(text: str) -> float:
    """Read a date [[[[CC]YY]MM]DD]hhmm[.SS] as seconds since the epoch, or raise ValueError."""
    match = re.fullmatch(
        r"(?:(?:(?:((?:\d\d)?\d\d))?(\d\d))?(\d\d))?(\d\d)(\d\d)(?:\.(\d\d))?", text, re.ASCII
    )
    if not match:
        raise ValueError(text)
    now = time.localtime()
    year, month, day, hour, minute, second = (
        int(part) if part else None for part in match.groups()
    )
    if hour is None or minute is None or hour > 23 or minute > 59 or (second or 0) > 59:
        raise ValueError(text)
    if not 1 <= (month or 1) <= 12 or not 1 <= (day or 1) <= 31:
        raise ValueError(text)
    years, months, days = year or now.tm_year, month or now.tm_mon, day or now.tm_mday
    if year is None:
        years += month is not None and month < now.tm_mon
        months += month is None and day is not None and day < now.tm_mday
        days += day is None and (hour, minute) <= (now.tm_hour, now.tm_min)
    elif year < 100:
        years += 1900 if year > 68 else 2000
    return time.mktime((years, months, days, hour, minute, second or 0, 0, 0, -1))


def last_of(options: Pairs, letter: str, default: str = "") -> str:
    """Return the effective value of an option that can be repeated."""
    return ([value for name, value in options if name == letter] or [default])[-1]
