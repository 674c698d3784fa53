"""Read and write times, sizes and selects as OpenPBS does."""

from __future__ import annotations

import math
import re
from typing import Any

#: Kind of each resource, and whether it belongs into the chunks of a select.
RESOURCES = {
    "arch": ("text", True),
    "cput": ("time", False),
    "file": ("size", False),
    "hbmem": ("size", True),
    "host": ("text", True),
    "max_walltime": ("time", False),
    "mem": ("size", True),
    "min_walltime": ("time", False),
    "mpiprocs": ("count", True),
    "ncpus": ("count", True),
    "ngpus": ("custom", True),
    "nice": ("count", False),
    "nodes": ("nodes", False),
    "ompthreads": ("count", True),
    "pcput": ("time", False),
    "place": ("place", False),
    "pmem": ("size", False),
    "pvmem": ("size", False),
    "select": ("select", False),
    "site": ("text", False),
    "software": ("text", False),
    "vmem": ("size", True),
    "vnode": ("text", True),
    "walltime": ("time", False),
}
#: What is summed over the chunks of a select.
SUMMED = ("hbmem", "mem", "mpiprocs", "ncpus", "ngpus", "vmem")
UNITS = {"": 0, "k": 10, "m": 20, "g": 30, "t": 40, "p": 50}
ILLEGAL = "Illegal attribute or resource value"
Chunk = tuple[int, dict[str, str]]


class RefusedError(Exception):
    """The error message and exit code of a command."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code & 255  # as the shell sees OpenPBS's 15000 and more
        self.words = words


def seconds(text: str) -> int:
    """Read [[hours:]minutes:]seconds[.fraction] as seconds; raise ValueError if invalid."""
    match = re.fullmatch(r"(?:(?:(\d+):)?(\d+):)?(\d*)(?:\.(\d*))?", text, re.ASCII)
    if not match or (match[4] is not None and not match[3]):
        raise ValueError(text)
    hours, minutes, rest = (int(part or 0) for part in match.groups()[:3])
    return hours * 3600 + minutes * 60 + rest + (int(((match[4] or "") + "000")[:3]) >= 500)


def as_time(value: float) -> str:
    """Return seconds as HH:MM:SS."""
    whole = int(value)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def size(text: str) -> int:
    """Read a size as bytes: digits, a prefix in either case, then b, w (eight bytes) or nothing."""
    match = re.fullmatch(r"(\d+)([kmgtp]?)([bw]?)", text, re.ASCII | re.IGNORECASE)
    if not match:
        raise ValueError(text)
    words = 8 if match[3].lower() == "w" else 1
    return (int(match[1]) << UNITS[match[2].lower()]) * words


def as_size(text: str) -> str:
    """Return a size as the server shows it: 2GB as 2gb, bytes with b."""
    match = re.fullmatch(r"(\d+)([kmgtp]?)([bw]?)", text, re.IGNORECASE)
    assert match, text
    return f"{int(match[1])}{match[2].lower()}{'w' if match[3].lower() == 'w' else 'b'}"


def kilobytes(number: int) -> str:
    """Return bytes in the unit of the server's sums."""
    return f"{math.ceil(number / 1024)}kb"


def count(text: str) -> int:
    """Read a number of zero or more."""
    if not re.fullmatch(r"\+?\d+", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def check_plain(name: str, value: str, place: str) -> None:
    """Reject a value of another type than its resource; an empty value unsets it."""
    kind = RESOURCES.get(name, ("unknown", False))[0]
    reader = {"time": seconds, "size": size, "count": count}.get(kind)
    try:
        if reader and value:
            reader(value)
    except ValueError:
        raise RefusedError(15014, f"{ILLEGAL} {place}.{name}") from None


def read_select(text: str) -> list[Chunk]:
    """Return the chunks of a select; reject what the client library rejects."""
    value = r"(?:\"[^\"]*\"|'[^']*'|[^:+\"'])+"
    pair = rf"[A-Za-z][\w-]*={value}"
    chunk = rf"(?:\d+(?::{pair}(?::{pair})*)?|{pair}(?::{pair})*)"
    if not re.fullmatch(rf"\s*{chunk}(?:\+{chunk})*", text, re.ASCII):
        raise RefusedError(15014, f"{ILLEGAL} Resource_List.select")
    chunks = []
    for part in re.findall(chunk, text, re.ASCII):
        number = re.match(r"\d*", part)
        assert number
        pairs = [found.partition("=") for found in re.findall(pair, part, re.ASCII)]
        names = [name for name, _, _ in pairs]
        twice = [name for name in names if names.count(name) > 1]
        for name, _, given in pairs:
            check_plain(name, given, "select")
        values = {name: given.strip("\"'") for name, _, given in pairs}
        chunks.append((int(number[0] or 1), values | ({"": twice[0]} if twice else {})))
    return chunks


def check_select(chunks: list[Chunk]) -> None:
    """Reject resources that the server does not accept in a select."""
    for number, chunk in chunks:
        for name in chunk:
            if name == "":
                words = (
                    "duplicated resource within a section of a select specification, resource is"
                )
                raise RefusedError(15116, f"{words}: {chunk['']}")
            if name not in RESOURCES:
                raise RefusedError(15035, f"Unknown resource: {name}")
            if not RESOURCES[name][1]:
                words = 'Resource invalid in "select" specification'
                raise RefusedError(15108, f"{words}: {name}")
        if number == 0:
            raise RefusedError(15014, ILLEGAL)
        if not re.fullmatch(r"[+-]?\d+", chunk.get("ngpus", "0"), re.ASCII):
            raise RefusedError(15014, ILLEGAL)


def sums(chunks: list[Chunk]) -> dict[str, int]:
    """Return the resources of all chunks together, sizes in bytes."""
    total: dict[str, int] = {}
    for number, chunk in chunks:
        for name in SUMMED:
            if name in chunk:
                read = size if RESOURCES[name][0] == "size" else count
                total[name] = total.get(name, 0) + number * read(chunk[name])
    return total


def check_place(text: str) -> None:
    """Reject an invalid place; valid is one word of each kind, in any order."""
    kinds: list[int] = []
    for word in text.split(":"):
        for kind, words in enumerate(
            (("free", "pack", "scatter", "vscatter"), ("excl", "exclhost", "shared"))
        ):
            if word in words:
                kinds.append(kind)
                break
        else:
            kinds.append(2 if re.fullmatch(r"group=[\w-]+", word) else -1)
    if -1 in kinds or len(set(kinds)) < len(kinds):
        raise RefusedError(15014, f"{ILLEGAL} Resource_List.place")


def read_nodes(text: str) -> list[Chunk]:
    """Convert the old form nodes=N:ppn=M to a select as the server does."""
    if not re.fullmatch(r"\s*\w[\w.=-]*(?:[:+#]\s*\w[\w.=-]*)*", text, re.ASCII):
        raise RefusedError(15014, f"{ILLEGAL} Resource_List.nodes")
    chunks = []
    for part in text.split("#")[0].split("+"):
        words = part.strip().split(":")
        number = words.pop(0) if words[0].isdigit() else "1"
        chunk = {"ncpus": "1", "mpiprocs": "1"}
        cpus = 1
        for word in words:
            name, equals, value = word.partition("=")
            if not equals:
                raise RefusedError(15035, f"Unknown resource: {name}")
            if name.lower() not in ("ppn", "cpp", "ncpus") or not value.isdigit():
                raise RefusedError(15089, "node(s) specification error")
            if name.lower() == "ppn":
                chunk["mpiprocs"] = value
            else:
                cpus = int(value)
        if number == "0" or chunk["mpiprocs"] == "0":
            raise RefusedError(15089, "node(s) specification error")
        chunk["ncpus"] = str(cpus * int(chunk["mpiprocs"]))
        chunks.append((int(number), chunk))
    return chunks


def amount(name: str, value: Any) -> int:
    """Return a resource's value as a comparable number: seconds, bytes, or a count."""
    reader = {"time": seconds, "size": size}.get(RESOURCES[name][0], count)
    return reader(str(value))


def in_one_unit(sizes: list[tuple[int, str]]) -> str:
    """Return the sum of number times size in the smallest unit of all (kb for bytes)."""
    matches = [
        (number, re.fullmatch(r"(\d+)([a-z]?)[bw]", as_size(text))) for number, text in sizes
    ]
    units = {match[2] for _, match in matches if match}
    unit = min(units, key=lambda name: UNITS[name])
    if unit == "" and (len(units) > 1 or len(matches) > 1):
        unit = "k"
    total = sum(number * size(text) for number, text in sizes)
    return f"{math.ceil(total / (1 << UNITS[unit]))}{unit}b"


def short_size(number: int) -> str:
    """Return bytes in the largest unit without a remainder."""
    for power, unit in ((40, "tb"), (30, "gb"), (20, "mb"), (10, "kb")):
        if number and number % (1 << power) == 0:
            return f"{number >> power}{unit}"
    return f"{number}b" if number else "0kb"
