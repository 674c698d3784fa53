"""A copy of a file stands beside it, both are read, and one beats the other by its name.

In a folder dask reads every file whose name ends in `.yaml`, `.yml` or `.json`, sorted by name, and
where two say something of the same key, the last one counts. So `distributed_old.yaml` beats
`distributed.yaml` (`_` sorts after `.`), while `distributed-copy.yaml` and `distributed (1).yaml`
lose to it, but still count for every key that only they hold. Names ending in `.bak`, `~` or
`.orig` are not read. A copy that wins is an error, one that loses a warning.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  scheduler:
    allowed-failures: 10
```

```yaml
# ~/.config/dask/distributed_old.yaml
distributed:
  scheduler:
    allowed-failures: 3
```

Mended:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  scheduler:
    allowed-failures: 10
```
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from ...config.sources import SourceFile
from ...core.keys import hyphenated
from ...core.secrets import masked
from ..facts import Facts, Finding, Setting

ID = "copied-file"
SENTENCE = "Two files are copies of each other, and the name decides which one counts."

_WORD = (
    r"(?:old|orig|original|bak|backup|back|copy|kopie|saved?|prev|previous|tmp|temp|new)"
    r"(?:[\s._-]*\d+)?"
)
#: What people and programs add to the name of a copy, one at a time.
_ADDED = re.compile(
    rf"[\s._-]*\((?:\d+|copy|another copy)\)$|[\s._-]+{_WORD}$|[\s._-]*v?\d[\d._-]*$"
    rf"|^copy of |^{_WORD}[\s._-]+|\.(?:ya?ml|json)$",
    re.IGNORECASE,
)
_LONGEST_VALUE = 24
Settings = Mapping[tuple[str, ...], Setting]


def check(facts: Facts) -> Iterator[Finding]:
    """Compare each copy with its original, one finding for each copy."""
    settings: dict[str, dict[tuple[str, ...], Setting]] = {}
    for setting in facts.settings:
        if setting.file:
            path = tuple(map(hyphenated, setting.path))
            settings.setdefault(setting.file.path, {})[path] = setting
    for (_, base), files in _groups(facts).items():
        original = min(files, key=lambda file: _likeness(file, base))
        for copy in files:
            if copy is not original and _is_copy(_stem(copy), _stem(original), base):
                loser, winner = sorted((original, copy), key=files.index)
                yield from _compare(loser, winner, copy, settings)


def _groups(facts: Facts) -> dict[tuple[str, str], list[SourceFile]]:
    """Files in their order, by folder and by what their names have in common."""
    groups: dict[tuple[str, str], list[SourceFile]] = {}
    last = {file.path: file for file in reversed(facts.files)}  # DASK_CONFIG may name one again
    for file in reversed(last.values()):
        if file.status == "ok":
            place = os.path.dirname(file.path), _base(_stem(file))
            groups.setdefault(place, []).append(file)
    return groups


def _likeness(file: SourceFile, base: str) -> tuple[bool, int, bool]:
    """Less for what is more likely the original."""
    stem = _stem(file)
    return stem != base, len(stem), not file.path.endswith(".yaml")


def _is_copy(stem: str, original: str, base: str) -> bool:
    """Whether it is a copy, and not one of a row of numbered files."""
    plain = original.lower().lstrip(".") == base
    return plain or bool(re.search("[a-z]", stem.lower().removeprefix(base)))


def _stem(file: SourceFile) -> str:
    return os.path.splitext(os.path.basename(file.path))[0]


def _base(stem: str) -> str:
    """The name without all that marks a copy, in lower case."""
    base = stem.lower().lstrip(".")
    while (shorter := _ADDED.sub("", base, count=1)) not in ("", base):
        base = shorter
    return base


def _compare(
    loser: SourceFile, winner: SourceFile, copy: SourceFile, settings: Mapping[str, Settings]
) -> Iterator[Finding]:
    lost, won = settings.get(loser.path, {}), settings.get(winner.path, {})
    differing = [path for path in won if path in lost and not _same(won[path], lost[path])]
    if not differing:
        return
    first, other = won[differing[0]], lost[differing[0]]
    more = f" (and {len(differing) - 1} more)" if len(differing) > 1 else ""
    which = "this copy beats" if winner is copy else "this beats its copy"
    name = os.path.basename(copy.path)
    yield Finding(
        "error" if winner is copy else "warning",
        f"{which} {os.path.basename(loser.path)}:{other.origin.line}: "
        f"{first.key} is {_shown(first)}, not {_shown(other)}{more}",
        f"remove {name}, or rename it to {name}.bak, which dask does not read",
        first.key,
        first.origin,
    )


def _same(one: Setting, other: Setting) -> bool:
    return type(one.value) is type(other.value) and bool(one.value == other.value)


def _shown(setting: Setting) -> str:
    text = repr(masked(setting.key, setting.value))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
