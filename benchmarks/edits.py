"""One edit of distributed's template against ruamel.yaml's round trip, and how edits grow.

Run it alone with ``python -m benchmarks.edits``. ruamel.yaml loads the template, which is all
comments, as nothing, and what it dumps of it is empty: so its peer is the round trip of the default
file that the template was made of, which is as long. The other rows say what one edit costs where
all lines are live, and against the round trip that loses the template.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from dask_backend_config.yaml_edit.patch import Set, patch

from .pairs import Row, compared, milliseconds
from .runner import Benchmark, main

EDIT = Set(("distributed", "worker", "daemon"), False)
#: What 10 times the lines may cost at most, to count as linear.
LINEAR = 12.5


def round_trip(text: str) -> None:
    """Load and dump a text with ruamel.yaml."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.dump(yaml.load(text), io.StringIO())


def document(number: int) -> str:
    """A text of that many lines: sections of ten, with comments."""
    lines = []
    for section in range(number // 10):
        lines += [f"section-{section}:  # of this section", "  # A note."]
        lines += [f"  key-{key}: value {key}  # why" for key in range(8)]
    return "\n".join(lines) + "\n"


def commented(text: str) -> str:
    """What ``dask.config.ensure_file`` writes of a default file."""
    lines = text.splitlines(keepends=True)
    return "".join(
        f"# {line}" if line.strip() and not line.startswith("#") else line for line in lines
    )


def edit(quick: bool) -> Iterator[Row]:
    """One key of distributed's file."""
    import distributed

    default = Path(distributed.__file__).with_name("distributed.yaml").read_text()
    template = commented(default)
    for name, ours, peer, theirs, goal in (
        ("edit of the template", template, "round trip of the live file", default, 0.05),
        ("edit of the live file", default, "round trip of it", default, 0.15),
        ("edit of the template", template, "round trip that empties it", template, 0.5),
    ):
        calls = (
            partial(milliseconds, partial(patch, ours, [EDIT])),
            partial(milliseconds, partial(round_trip, theirs)),
        )
        yield compared(name, peer, "ms", goal, calls, 5 if quick else 31)


def growth(quick: bool) -> Iterator[Row]:
    """The last key of a long file against that of one with a tenth of its lines."""
    small, large = (1_000, 10_000) if quick else (10_000, 100_000)
    for kind in ("live", "commented"):
        calls = (_edit_at_the_end(kind, large), _edit_at_the_end(kind, small))
        name, peer = f"edit of {large:,} {kind} lines", f"{small:,} lines"
        yield compared(name, peer, "ms", LINEAR, calls, 2 if quick else 5)


def _edit_at_the_end(kind: str, lines: int) -> Callable[[], float]:
    text = commented(document(lines)) if kind == "commented" else document(lines)
    last = Set((f"section-{lines // 10 - 1}", "key-7"), "other")
    return partial(milliseconds, partial(patch, text, [last]))


BENCHMARKS = (Benchmark("edit", edit), Benchmark("growth", growth))

if __name__ == "__main__":
    main(BENCHMARKS)
