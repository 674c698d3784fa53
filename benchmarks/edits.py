"""Compare an edit of distributed's template with ruamel.yaml, and edits of short and long files.

To run only this one, use ``python -m benchmarks.edits``. The template contains only comments, so
ruamel.yaml loads nothing and dumps an empty file. The peer is therefore the round trip of
distributed's default file, which has the same length. Other rows measure an edit of that file, and
compare an edit of the template with the round trip that empties it.
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
#: The largest ratio for ten times as many lines that counts as linear.
LINEAR = 12.5


def round_trip(text: str) -> None:
    """Load and dump a string with ruamel.yaml."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.dump(yaml.load(text), io.StringIO())


def document(number: int) -> str:
    """Return a document of sections of ten lines with comments."""
    lines = []
    for section in range(number // 10):
        lines += [f"section-{section}:  # of this section", "  # A note."]
        lines += [f"  key-{key}: value {key}  # why" for key in range(8)]
    return "\n".join(lines) + "\n"


def commented(text: str) -> str:
    """Comment out a default file as ``dask.config.ensure_file`` does."""
    lines = text.splitlines(keepends=True)
    return "".join(
        f"# {line}" if line.strip() and not line.startswith("#") else line for line in lines
    )


def edit(quick: bool) -> Iterator[Row]:
    """Measure the edit of one key in distributed's file."""
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
    """Compare edits of the last key in a long file and in one with a tenth of its lines."""
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
