"""A file with dask's keys is in a place that dask does not read.

dask reads files whose names end in `.yaml`, `.yml` or `.json`, in `~/.config/dask` and the other
folders of its search path. It does not read subfolders, `~/.dask`, `$XDG_CONFIG_HOME`, or a file
such as `dask.yaml.txt`. The check ignores files that were put aside, such as `dask.yaml.bak` and
those in a subfolder `old`.

Broken:

```yaml
# ~/.config/dask/dask.yaml.txt
distributed:
  worker:
    daemon: false
```

Fixed:

```yaml
# ~/.config/dask/dask.yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ...catalogue.known_keys import Catalogue
from ...config.search_path import is_config_name, user_folder
from ...config.sources import SourceFile
from ...core.origins import tilde
from ..facts import Facts
from ..findings import CheckFindings, Finding


def check(facts: Facts) -> CheckFindings:
    """Yield the files that hold at least one known key."""
    for file in facts.unread:
        root = file.document.root if file.document and file.status == "ok" else None
        if root and _holds_keys(facts.catalogue, root.data):
            message, hint = _advice(file, facts.sources.paths)
            yield Finding("info", message, hint, origin=file.origin(None))


def _holds_keys(known: Catalogue, data: object) -> bool:
    items = data.items() if isinstance(data, Mapping) else ()
    return any(_is_known(known, name, value) for name, value in items)


def _is_known(known: Catalogue, name: str, value: object) -> bool:
    if not known.is_section((name,)):
        return known.knows((name,))
    return isinstance(value, Mapping) and any(known.knows((name, str(inner))) for inner in value)


def _advice(file: SourceFile, paths: list[str]) -> tuple[str, str]:
    """Return why dask does not read a file, and what to do."""
    folder, name = os.path.split(file.path)
    above = os.path.dirname(folder)
    if folder in paths:
        stem = os.path.splitext(name)[0]
        meant = stem if is_config_name(stem) else f"{stem}.yaml"
        message = "dask does not read this file: its name does not end in .yaml, .yml or .json"
        return message, f"Rename it to {meant}"
    if above in paths:
        message = f"dask does not read this file: it is in a subfolder of {tilde(above)}"
        return message, f"Move it to {tilde(above)}"
    message = f"dask does not read this file: it does not look in {tilde(folder)}"
    return message, f"Move it to {tilde(user_folder())}"
