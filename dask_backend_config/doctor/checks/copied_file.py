"""Two files are copies of each other, and their names decide which one wins.

dask reads every file in a folder whose name ends in `.yaml`, `.yml` or `.json`, sorted by name. If
two files set the same key, the last one wins. So `distributed_old.yaml` overrides
`distributed.yaml`, because `_` sorts after `.`. `distributed-copy.yaml` and `distributed (1).yaml`
do not override it, but they still set every key that only they contain. dask does not read files
whose names end in `.bak`, `~` or `.orig`. If the copy wins, this is an error, otherwise a warning.

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

Fixed:

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
from ...core.equality import strictly_equal
from ...core.keys import hyphenated
from ...core.secrets import masked
from ..facts import Facts
from ..findings import CheckFindings
from ..setting import Setting

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
#: Path with ``-`` in names -> the setting in one file.
FileSettings = Mapping[tuple[str, ...], Setting]


def check(facts: Facts) -> CheckFindings:
    """Compare each copy with its original, and yield one finding for each copy that differs."""
    settings: dict[str, dict[tuple[str, ...], Setting]] = {}
    for setting in facts.settings:
        if setting.file:
            path = tuple(map(hyphenated, setting.path))
            settings.setdefault(setting.file.path, {})[path] = setting
    for base, files in _groups(facts):
        original = min(files, key=lambda file: _distance_from_original(file, base))
        for copy in files:
            if copy is not original and _is_copy(_stem(copy), _stem(original), base):
                loser, winner = sorted((original, copy), key=files.index)
                lost, won = settings.get(loser.path, {}), settings.get(winner.path, {})
                yield from _compare(lost, won, copy, winner is copy)


def _groups(facts: Facts) -> Iterator[tuple[str, list[SourceFile]]]:
    """Yield the files of a folder whose names have the same base, in search order."""
    groups: dict[tuple[str, str], list[SourceFile]] = {}
    last = {file.path: file for file in reversed(facts.files)}  # DASK_CONFIG may name one again
    for file in reversed(last.values()):
        if file.status == "ok":
            place = os.path.dirname(file.path), _base(_stem(file))
            groups.setdefault(place, []).append(file)
    return ((base, files) for (_, base), files in groups.items())


def _distance_from_original(file: SourceFile, base: str) -> tuple[bool, int, bool]:
    """Return a sort key that is smallest for the file that is most likely the original."""
    stem = _stem(file)
    return stem != base, len(stem), not file.path.endswith(".yaml")


def _is_copy(stem: str, original: str, base: str) -> bool:
    """Return whether a file is a copy, not one of several numbered files."""
    is_plain = original.lower().lstrip(".") == base
    return is_plain or bool(re.search("[a-z]", stem.lower().removeprefix(base)))


def _stem(file: SourceFile) -> str:
    return os.path.splitext(os.path.basename(file.path))[0]


def _base(stem: str) -> str:
    """Return a name in lower case without anything that marks a copy."""
    base = stem.lower().lstrip(".")
    while (shorter := _ADDED.sub("", base, count=1)) not in ("", base):
        base = shorter
    return base


def _compare(
    lost: FileSettings, won: FileSettings, copy: SourceFile, copy_wins: bool
) -> CheckFindings:
    pairs = [(won[path], lost[path]) for path in won if path in lost]
    differing = [pair for pair in pairs if not strictly_equal(pair[0].value, pair[1].value)]
    if not differing:
        return
    first, other = differing[0]
    name = os.path.basename(copy.path)
    subject = "this copy overrides" if copy_wins else "this file overrides its copy"
    place = f"{os.path.basename(other.origin.path or '')}:{other.origin.line}"
    more = f" (and {len(differing) - 1} more)" if len(differing) > 1 else ""
    message = f"{subject} {place}: {first.key} is {_shown(first)}, not {_shown(other)}{more}"
    hint = f"Remove {name}, or rename it to {name}.bak, which dask does not read"
    yield first.finding("error" if copy_wins else "warning", message, hint)


def _shown(setting: Setting) -> str:
    value = repr(masked(setting.key, setting.value))
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}..."
