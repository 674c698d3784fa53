"""A file or folder on the search path cannot be read, and dask passes it over in silence.

dask opens every file whose name ends in `.yaml`, `.yml` or `.json` in the folders of its search
path. One that it may not read, a folder with such a name, and a link to a file that is gone count
as if they were not there; no word is said, and defaults are used. So do the files of a folder that
it may not list. At a named pipe, `import dask` waits for a writer.

Broken:

```sh
ln -s /no/such/folder/site.yaml ~/.config/dask/site.yaml
```

Mended:

```yaml
# ~/.config/dask/site.yaml
temporary-directory: /scratch
```
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator

from ...core.origins import Origin, tilde
from ..facts import Facts, Finding

ID = "unreadable-file"
SENTENCE = "A file or folder on the search path cannot be read; dask passes it over in silence."

_PIPE = "it is a pipe"
_ADVICE = {
    _PIPE: ("import dask waits for ever: it is a named pipe", "remove it, or write a file"),
    os.strerror(errno.EISDIR): (
        "a folder has the name of a file: dask reads nothing of it",
        "rename the folder, or move its files up",
    ),
    os.strerror(errno.ENOENT): (
        "dask passes it over: it is a link to nothing",
        "point the link to a file, or remove it",
    ),
}


def check(facts: Facts) -> Iterator[Finding]:
    """Report what dask cannot read, with what to do about it."""
    for file in facts.files:
        if file.status == "unreadable":
            reason = file.problem.message if file.problem else "unknown reason"
            message, hint = _ADVICE.get(reason, _denied(file.path, reason))
            yield Finding("error", message, hint, origin=file.origin(None))
    for folder in facts.closed_folders:
        message = "dask passes over all files of this folder: it cannot be listed"
        hint = f"chmod u+rx {tilde(folder)}, or ask its owner"
        yield Finding("error", message, hint, origin=Origin("file", path=folder))


def _denied(path: str, reason: str) -> tuple[str, str]:
    message = f"dask passes it over: it cannot be read ({reason})"
    return message, f"chmod u+r {tilde(path)}, or ask its owner"
