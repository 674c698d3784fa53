"""Regular expressions for JSON Schema: amounts as `core.units` reads them, and misspelled names.

They use only what Python and ECMAScript read alike. An expression cannot calculate: an amount that
is too small is accepted if its unit hides that, such as "10 kB" where 32 MiB is the least.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Iterator

from ..core.units import BYTES, SECONDS

#: Matches a string without a line break, see `core.strings.has_line_break`.
ONE_LINE = r"^(?![\s\S]*[\u0000\u000a-\u000d\u001c-\u001e\u0085\u2028\u2029])"
#: Matches a string with a part that a shell expands, see `core.strings.references`.
REFERENCE = r"\$[A-Za-z_]|\$\{[A-Za-z_][^}\s]*\}|^~[A-Za-z0-9_.-]*(?:/|$)"
#: Matches a single word, or a path that may contain blanks, see `core.strings.split_command`.
ONE_PROGRAM = r"""^\s*(?:\S*\s*$|[/~$.'"])"""

_DIGITS = "[0-9](?: *(?:_ *)?[0-9])*"
_FRACTION = rf"(?: *\. *(?:{_DIGITS})?)?"
_EXPONENT = f" *[eE] *[+-]? *{_DIGITS}"
_MANTISSA = rf"\+? *(?:{_DIGITS}{_FRACTION}|\. *{_DIGITS})"
_NUMBER = f"{_MANTISSA}(?:{_EXPONENT})?"
#: In front of an expression: refuses zero of any unit, and a walltime of zero.
_ABOVE_ZERO = rf"(?!\s*\+?[ _]*[0.][0 _.:-]*(?:{_EXPONENT})?[ A-Za-z]*\s*$)"
#: A word with fewer letters may be another word, see `core.fuzzy.is_typo`.
_SHORTEST_MISSPELLED = 5


def duration(above_zero: bool = False) -> str:
    """Return an expression for the strings that `units.duration` reads."""
    number = f"{_DIGITS}{_FRACTION}(?:{_EXPONENT})?"
    return _anchored(f"(?= *[0-9A-Za-z]) *(?:{number})? *(?:{_unit()})? *", above_zero)


def memory(above_zero: bool = False, least: int = 1) -> str:
    """Return an expression for the strings that `units.memory` reads.

    Parameters
    ----------
    above_zero : bool, optional
        Whether zero is refused.
    least : int, optional
        The least number of bytes besides zero; numbers of bytes with fewer digits are refused.
    """
    letters = "".join(sorted({unit[0] for unit in BYTES if unit not in ("", "b")}))
    forms = [f"(?:{_NUMBER})? *[{letters}{letters.upper()}][iI]?[bB]?"]
    if least == 1:
        forms += [f"{_NUMBER} *[bB]?", "[bB]"]
    else:
        more = len(str(least)) - 1
        forms += [f"{_MANTISSA}{_EXPONENT} *[bB]?", r"\+?[0 _]*(?:0|0? *\.[0-9 _]+|0 *\.) *[bB]?"]
        forms += [rf"\+? *[0-9](?: *(?:_ *)?[0-9]){{{more},}}{_FRACTION} *[bB]?"]
    return _anchored(f" *(?:{'|'.join(forms)}) *", above_zero)


def walltime() -> str:
    """Return an expression for the strings that `units.walltime` reads."""
    clock = "(?:[0-9]+-)?[0-9]+:[0-5][0-9](?::[0-5][0-9])?"
    return _anchored(rf"\s*(?:{clock}|(?:{_NUMBER})? *(?:{_unit()}))\s*", above_zero=True)


def misspelled(name: str, others: Collection[str], longer: bool = True) -> str:
    """Return an expression for a name with one mistake in a word, or with capital letters.

    Parameters
    ----------
    name : str
        Hyphenated.
    others : collection of str
        Hyphenated names that the expression must not match, `name` among them.
    longer : bool, optional
        Whether a letter may be added at the end.
    """
    words = name.split("-")
    forms = ["[-_]".join(map(_in_any_case, words))]
    for number, word in enumerate(words):
        if len(word) >= _SHORTEST_MISSPELLED:
            wrong = f"(?:{'|'.join(_mistakes(word))})"
            forms.append("[-_]".join([*words[:number], wrong, *words[number + 1 :]]))
    similar = [other for other in others if re.fullmatch("|".join(forms), other)]
    known = f"(?:{any_spelling(similar)})"
    return f"^(?!{known}{'$' if longer else ''})(?:{'|'.join(forms)})$"


def any_spelling(names: Iterable[str]) -> str:
    """Return an expression for hyphenated names that may be written with ``_``, too."""
    return "|".join(sorted(name.replace("-", "[-_]") for name in names))


def _mistakes(word: str) -> Iterator[str]:
    """Yield expressions for a letter that is wrong, added, missing, or swapped with the next."""
    for at, letter in enumerate(word):
        yield f"{word[:at]}[^-_.]{letter}?{word[at + 1 :]}"
        if len(word) > _SHORTEST_MISSPELLED:
            yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at + 1 : at + 2] + letter + word[at + 2 :]
    yield f"{word}[^-_.]"


def _anchored(expression: str, above_zero: bool) -> str:
    return f"^{_ABOVE_ZERO if above_zero else ''}(?:{expression})$"


@functools.cache
def _unit() -> str:
    """Return an expression for a unit of time in any case."""
    singular = [unit for unit in SECONDS if not (unit[:-1] in SECONDS and unit[-1] == "s")]
    forms = [_in_any_case(unit) + ("[sS]?" if f"{unit}s" in SECONDS else "") for unit in singular]
    return "|".join(forms)


def _in_any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)
