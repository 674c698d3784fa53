r"""A tab stands where YAML takes only spaces, so that `import dask` itself fails.

YAML indents with spaces, and PyYAML takes a tab for an error wherever it would take a space, in
indentation as well as after a colon or in front of a comment. Only inside of a text, and in
comments, a tab is fine. dask reads every file on its search path when it is imported, so that
`import dask` raises ValueError.

Broken:

```sh
printf 'distributed:\n  worker:\n    daemon:\tfalse\n' > ~/.config/dask/dask.yaml
```

Mended:

```yaml
distributed:
  worker:
    daemon: false
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ..facts import Facts, Finding
from ..yaml_errors import diagnose, stops_at_tab

ID = "tab-character"
SENTENCE = "A tab stands where YAML takes only spaces, so that `import dask` itself fails."


def check(facts: Facts) -> Iterator[Finding]:
    """Report the first tab of each file that is malformed because of one."""
    for file in facts.files:
        if stops_at_tab(file):
            found = diagnose(file)
            message = f"import dask fails: {found.message}"
            yield Finding("error", message, found.hint, origin=file.origin(found.mark))
