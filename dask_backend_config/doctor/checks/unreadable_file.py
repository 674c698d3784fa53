"""A file or folder on the search path cannot be read, and dask silently skips it.

dask opens every file whose name ends in `.yaml`, `.yml` or `.json` in the folders of its search
path. Without a warning, it skips files without read permission, folders with such a name, and links
to files that do not exist; then the defaults apply. It also skips all files of a folder that it is
not permitted to list. If the file is a named pipe, `import dask` waits for a writer.

Broken:

```sh
ln -s /no/such/folder/site.yaml ~/.config/dask/site.yaml
```

Fixed:

```yaml
# ~/.config/dask/site.yaml
temporary-directory: /scratch
```
"""

from __future__ import annotations

import errno
import os

from ...core.origins import Origin, tilde
from ..facts import Facts
from ..findings import CheckFindings, Finding

#: Reason -> message and hint.
_EXPLANATIONS = {
    "it is a pipe": (
        "import dask waits forever: this is a named pipe",
        "Remove it, or write a file",
    ),
    os.strerror(errno.EISDIR): (
        "dask skips it: it is a folder with the name of a file",
        "Rename the folder, or move its files one level up",
    ),
    os.strerror(errno.ENOENT): (
        "dask skips it: it is a link to a file that does not exist",
        "Change the link, or remove it",
    ),
}


def check(facts: Facts) -> CheckFindings:
    """Yield the files and folders that dask cannot read."""
    for file in facts.files:
        if file.status == "unreadable":
            reason = file.problem.message if file.problem else "unknown reason"
            message = f"dask skips it: it cannot be read ({reason})"
            hint = f"Run: chmod u+r {tilde(file.path)}, or ask its owner"
            message, hint = _EXPLANATIONS.get(reason, (message, hint))
            yield Finding("error", message, hint, origin=file.origin(None))
    for folder in facts.closed_folders:
        message = "dask skips all files of this folder: it cannot be listed"
        hint = f"Run: chmod u+rx {tilde(folder)}, or ask its owner"
        yield Finding("error", message, hint, origin=Origin("file", path=folder))
