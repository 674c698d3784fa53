"""One edit of distributed's template against ruamel.yaml's round trip, and how edits grow.

Run it with ``python -m benchmarks.edits``. ruamel.yaml loads the template, which is all comments,
as nothing, and what it dumps of it is empty: so its peer is the round trip of the default file that
the template was made of, which is as long. The other rows say what one edit costs where all lines
are live, and against the round trip that loses the template.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import distributed
from ruamel.yaml import YAML

from dask_backend_config.yaml_patch import Set, patch

from .pairs import Ratio

EDIT = Set(("distributed", "worker", "daemon"), False)
#: What 10 times the lines may cost at most, to count as linear.
LINEAR = 12.5


def round_trip(text: str) -> None:
    """Load and dump a text with ruamel.yaml."""
    yaml = YAML()
    yaml.dump(yaml.load(text), io.StringIO())


def document(number: int) -> str:
    """A text of that many lines: sections of ten, with comments."""
    lines = []
    for section in range(number // 10):
        lines += [f"section-{section}:  # of this section", "  # A note."]
        lines += [f"  key-{key}: value {key}  # why" for key in range(8)]
    return "\n".join(lines) + "\n"


def measured(
    name: str,
    ours: Callable[[], object],
    peer: str,
    theirs: Callable[[], object],
    goal: float,
    pairs: int = 31,
) -> Ratio:
    """Call both in turn, after a warm-up."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(pairs + 1):
        for call, kept in zip((ours, theirs), times, strict=True):
            began = time.perf_counter()
            call()
            if number:
                kept.append(time.perf_counter() - began)
    return Ratio(name, peer, goal, *times)


def commented(text: str) -> str:
    """What ``dask.config.ensure_file`` writes of a default file."""
    lines = text.splitlines(keepends=True)
    return "".join(
        f"# {line}" if line.strip() and not line.startswith("#") else line for line in lines
    )


def main() -> None:
    """Print the rows."""
    default = Path(distributed.__file__).with_name("distributed.yaml").read_text()
    template = commented(default)
    versions = f"ruamel.yaml {version('ruamel.yaml')}, Python {sys.version.split()[0]}"
    print(f"{versions}; {len(default.splitlines())} lines; medians of pairs")

    def edit(text: str) -> Callable[[], object]:
        return lambda: patch(text, [EDIT])

    def other(text: str) -> Callable[[], object]:
        return lambda: round_trip(text)

    print(measured("edit of the template", edit(template), "round trip", other(default), 0.05))
    print(measured("edit of the live file", edit(default), "round trip", other(default), 0.15))
    print(
        measured("edit of the template", edit(template), "the trip that empties it",
                 other(template), 0.5)
    )  # fmt: skip
    for kind, change in (("live", str), ("commented", commented)):
        small, large = (change(document(number)) for number in (10_000, 100_000))
        at = (f"section-{number // 10 - 1}" for number in (10_000, 100_000))
        edits = [[Set((name, "key-7"), "other")] for name in at]
        print(
            measured(
                f"100,000 {kind} lines",
                lambda text=large, last=edits[1]: patch(text, last),  # type: ignore[misc]
                "10,000 lines",
                lambda text=small, last=edits[0]: patch(text, last),  # type: ignore[misc]
                LINEAR,
                pairs=5,
            )
        )


if __name__ == "__main__":
    main()
