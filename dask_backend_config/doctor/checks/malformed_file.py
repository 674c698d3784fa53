"""A file is no YAML that dask can load, so that `import dask` itself fails.

dask reads every file on its search path when it is imported. One that PyYAML cannot parse makes
`import dask` raise ValueError, in each program and on each node that sees the file; a key that is
no text, such as an unquoted `1:` or `on:`, makes it raise TypeError. PyYAML says where it gave up;
this check says where the slip is, as far as that can be told.

Broken:

```yaml
distributed:
  dashboard:
    link: {scheme}://{host}:{port}/status
```

Mended:

```yaml
distributed:
  dashboard:
    link: "{scheme}://{host}:{port}/status"
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts, Finding
from ..yaml_errors import diagnose, stops_at_tab

ID = "malformed-file"
SENTENCE = "A file is no YAML that dask can load, so that `import dask` itself fails."


def check(facts: Facts) -> Iterator[Finding]:
    """Say what is wrong with each malformed file, one finding for each."""
    for file in facts.files:
        if file.status == "malformed" and not stops_at_tab(file):
            found = diagnose(file)
            message = f"import dask fails: {found.message}"
            yield Finding("error", message, found.hint, origin=file.origin(found.mark))
