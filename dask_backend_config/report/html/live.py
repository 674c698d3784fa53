"""What the processes of a running backend see, for the report: who says the same of what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..redact import Concealer

if TYPE_CHECKING:
    from ...doctor.live import Examination

_LONGEST_VALUE = 600
#: More are counted by their kind first.
_MANY_PROCESSES = 4
_SINGLE = ("client", "scheduler")


@dataclass(frozen=True, slots=True)
class Answer:
    """What some processes say alike; `processes` names those that `who` only counts."""

    text: str
    who: str
    processes: tuple[str, ...]


def comparisons(
    live: Examination, concealer: Concealer
) -> Iterator[tuple[str, bool, list[Answer]]]:
    """Each key, whether all processes agree on it, and what they see."""
    for entry in live.comparisons:
        said: dict[str, list[str]] = {}
        for process, value in entry.seen.items():
            said.setdefault(concealer.value(entry.key, value), []).append(process)
        yield entry.key, entry.agrees, _answers(said)


def package_versions(live: Examination) -> Iterator[tuple[str, list[Answer]]]:
    """Each package, and the versions that processes have of it."""
    for package, found in live.versions.items():
        yield package, _answers(found)


def _answers(said: Mapping[str, Sequence[str]]) -> list[Answer]:
    """Who says what; those who all say the same are only counted, and of many the kinds."""
    if len(said) == 1:
        ((text, processes),) = said.items()
        return [Answer(clipped(text), _counted(processes), ())]
    return [
        Answer(clipped(text), _counted(processes), tuple(processes))
        if len(processes) > _MANY_PROCESSES
        else Answer(clipped(text), ", ".join(processes), ())
        for text, processes in said.items()
    ]


def _counted(processes: Sequence[str]) -> str:
    """Such as ``client, scheduler, 2 nannies``."""
    kinds = Counter(process.partition(" ")[0] for process in processes)
    return ", ".join(
        kind if kind in _SINGLE else f"{number} {_plural(kind, number)}"
        for kind, number in kinds.items()
    )


def _plural(kind: str, number: int) -> str:
    if number == 1:
        return kind
    return "nannies" if kind == "nanny" else f"{kind}s"


def clipped(text: str) -> str:
    """A value that is not too long to be looked at."""
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} …"
