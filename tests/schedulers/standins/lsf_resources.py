"""Read the values of -M, -R and -gpu."""

from __future__ import annotations

import re

from tests.schedulers.standins.lsf_common import IBM, OPENLAVA, RefusedError

UNITS = "KMGTPEZ"
_SUFFIX = r"(?:[KMGTPEZ]B?)?"
BAD_REQUIREMENT = "Bad resource requirement syntax"
SECTIONS = {
    OPENLAVA: ("select", "order", "rusage", "filter", "span"),
    IBM: ("select", "order", "rusage", "filter", "span", "same", "cu", "affinity"),
}
#: Numeric and other names that every cluster knows; the setting `resources` adds a site's own.
NAMES = (
    "r15s r1m r15m ut pg io ls it swp mem tmp ncpus ndisks maxmem maxswp maxtmp cpuf rexpri"
    " server type model status hname hostname"
)
IBM_NAMES = {"ngpus", "ngpus_physical", "nprocs", "ncores", "nthreads", "slots", "gpu_mode0"}
_YES = "(?:yes|no)"
_MPS = r"(?:no|(?:yes|per_socket|per_gpu)(?:,shared?|,nocvd)*)"
GPU = {
    "num": r"[1-9]\d*(?:/(?:task|host))?",
    "mode": "(?:shared|exclusive_process)",
    "mps": _MPS,
    "j_exclusive": _YES,
    "aff": _YES,
    "block": _YES,
    "gpack": _YES,
    "glink": "yes",
    "nvlink": "yes",
    "gvendor": "(?:amd|nvidia)",
    "gmodel": r"[^:\s]+",
    "gtile": r"(?:\d+|!|'!')",
    "gmem": rf"\d+{_SUFFIX}",
    "mig": r"\d+(?:/\d+)?",
}


def memory_limit(text: str, flavour: str, unit: str) -> int:
    """Return the limit of -M.

    Parameters
    ----------
    text : str
        What was given: an integer, and for IBM one with a unit.
    flavour : str
        IBM or OPENLAVA.
    unit : str
        Letter of the unit of a bare number, from LSF_UNIT_FOR_LIMITS.

    Returns
    -------
    int
        Kilobytes of 1024 bytes.

    Raises
    ------
    RefusedError
        Anything else.
    """
    pattern = rf" *(\d+) *({_SUFFIX}) *!?" if flavour == IBM else r" *\+?(\d+)()"
    match = re.fullmatch(pattern, text, re.IGNORECASE)
    if match and int(match[1]) > 0:
        scale: int = 1024 ** UNITS.index((match[2] or unit)[0].upper())
        return int(match[1]) * scale
    if flavour == OPENLAVA:
        raise RefusedError(f"{text}: MEMLIMT value should be a positive integer")
    units = ", ".join(f"{letter}B (or {letter})" for letter in UNITS)
    raise RefusedError(
        f"MEMLIMIT value <{text}> is not valid. Limit must be a positive integer."
        f" You can use the following units for the limit: {units}"
    )


def gpus(text: str, slots: int) -> int:
    """Return the number of GPUs that -gpu requests for all tasks on one host.

    Raises
    ------
    RefusedError
        A part that the manual does not know, or one given twice.
    """
    if text == "-":
        return 1
    seen: dict[str, str] = {}
    for part in text.split(":"):
        name, _, value = part.partition("=")
        if name in seen or not re.fullmatch(GPU.get(name, "(?!)"), value, re.IGNORECASE):
            raise RefusedError(f"{text}: Bad GPU requirement syntax")
        seen[name] = value
    number, _, per = seen.get("num", "1").partition("/")
    return int(number) * (slots if per == "task" else 1)


class Requirement:
    """A checked -R string.

    Parameters
    ----------
    text : str
        The string.
    flavour : str
        IBM or OPENLAVA.
    unit : str
        Letter of the unit of memory in it: M, or what LSF_UNIT_FOR_LIMITS says on IBM's.
    names : set of str
        A site's own resources.

    Raises
    ------
    RefusedError
        Bad syntax or a name that is no resource's.
    """

    def __init__(self, text: str, flavour: str, unit: str, names: set[str]) -> None:
        self.flavour, self.unit = flavour, unit
        self.names = set(NAMES.split()) | names | (IBM_NAMES if flavour == IBM else set())
        self.memory: int | None = None  # bytes that rusage reserves
        self.least_memory = 0  # bytes that select wants the host to have free
        self.gpus = 0
        rest, sections = self._split(text)
        if rest.strip() and "select" in sections:
            raise RefusedError(BAD_REQUIREMENT)
        self._select(sections.get("select", rest))
        self._rusage(sections.get("rusage", ""))
        self._span(sections.get("span", ""))
        for name in re.findall(r"[^\s:-]+", sections.get("order", "")):
            self._known(name)

    def _split(self, text: str) -> tuple[str, dict[str, str]]:
        sections: dict[str, str] = {}
        pattern = re.compile(rf"\b({'|'.join(SECTIONS[self.flavour])})\[([^\]]*)\]")

        def keep(match: re.Match[str]) -> str:
            if match[1] in sections:
                raise RefusedError(BAD_REQUIREMENT)
            sections[match[1]] = match[2]
            return " "

        return pattern.sub(keep, text), sections

    def _known(self, name: str) -> None:
        if name not in self.names:
            raise RefusedError(BAD_REQUIREMENT)

    def _bytes(self, number: str, suffix: str) -> int:
        return int(float(number) * 1024 ** (1 + UNITS.index((suffix or self.unit)[0].upper())))

    def _rusage(self, text: str) -> None:
        suffix = rf"({_SUFFIX})(?:/(?:host|job|task))?" if self.flavour == IBM else "()"
        for part in filter(None, re.split(r"[,:\s]+|\|\|", text.strip())):
            name, equals, value = part.partition("=")
            if name in ("duration", "decay"):
                if not re.fullmatch(r"\d+[hms]?", value):
                    raise RefusedError(BAD_REQUIREMENT)
                continue
            self._known(name)
            match = re.fullmatch(rf"(\d+(?:\.\d+)?){suffix}", value, re.IGNORECASE)
            if equals and match is None:
                raise RefusedError(BAD_REQUIREMENT)
            if match and name == "mem":
                self.memory = self._bytes(match[1], match[2])
            if match and name == "ngpus_physical":
                self.gpus = int(float(match[1]))

    def _span(self, text: str) -> None:
        pattern = r"hosts=[1-9]\d*(,[1-9]\d*)?|ptile=[1-9]\d*"
        if self.flavour == IBM:
            pattern = r"hosts=-?1|ptile=[1-9]\d*|ptile='!'|ptile=!|block=[1-9]\d*|stripe"
        for part in filter(None, re.split(r"[\s:]+", text.strip())):
            if not re.fullmatch(pattern, part):
                raise RefusedError(BAD_REQUIREMENT)

    def _select(self, text: str) -> None:
        """Check an expression: names and numbers with operators between them and balanced brackets."""
        suffix = _SUFFIX if self.flavour == IBM else ""
        token = rf"""\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<value>\d+(?:\.\d+)?{suffix}|'[^']*')
                    |(?P<operator>&&|\|\||[<>=!]=|[<>+*/:=-])|(?P<sign>!)|(?P<bracket>[()]))"""
        text = re.sub(r"\bdefined *\( *(\w+) *\)", r"\1", text).strip()
        position, depth, wants_value, compared = 0, 0, True, ""
        while position < len(text):
            match = re.compile(token, re.VERBOSE).match(text, position)
            if match is None:
                raise RefusedError(BAD_REQUIREMENT)
            position = match.end()
            if match["bracket"]:
                depth += 1 if match["bracket"] == "(" else -1
                if depth < 0 or wants_value == (match["bracket"] == ")"):
                    raise RefusedError(BAD_REQUIREMENT)
                continue
            if match["sign"] and wants_value:
                continue
            if wants_value == bool(match["operator"] or match["sign"]):
                raise RefusedError(BAD_REQUIREMENT)
            wants_value = not wants_value
            compared = self._term(match, compared)
        if depth or (wants_value and text):
            raise RefusedError(BAD_REQUIREMENT)

    def _term(self, match: re.Match[str], before: str) -> str:
        """Check a word of an expression; `before` is the kind of the word before it."""
        if match["name"]:
            if not before.startswith(("type", "model", "status", "hname", "hostname")):
                self._known(match["name"])
            return str(match["name"])
        if match["operator"]:
            return before + str(match["operator"])
        if before in ("mem>", "mem>=", "maxmem>", "maxmem>="):
            number = re.match(r"[\d.]+", match["value"])
            if number:
                least = self._bytes(number[0], match["value"][number.end() :])
                self.least_memory = max(self.least_memory, least)
        return ""
