"""A variable does not begin with DASK_ in capitals.

dask takes notice only of variables that begin with `DASK_`, in capitals. The case of the rest does
not matter.

Broken:

```sh
export dask_distributed__worker__daemon=False
```

Mended:

```sh
export DASK_DISTRIBUTED__WORKER__DAEMON=False
```
"""

from __future__ import annotations

from collections.abc import Iterator

from ...catalogue.did_you_mean import suggest
from ...config.sources import is_variable
from ...core.keys import PREFIX, hyphenated, key_of, variable_of
from ...core.origins import Origin
from ..facts import Facts, Finding

ID = "lower-case-prefix"
SENTENCE = "A variable does not begin with DASK_ in capitals, so that dask does not see it."


def check(facts: Facts) -> Iterator[Finding]:
    """Report variables that would name a known key with the right prefix."""
    for name in facts.environ:
        if not name.upper().startswith(PREFIX) or is_variable(name):
            continue
        key = hyphenated(key_of(name.upper()))
        meant = _meant(facts, key)
        if meant:
            yield Finding(
                "error",
                f"it begins with {name[: len(PREFIX)]}, so dask does not see it",
                f"write {variable_of(meant)}",
                meant,
                Origin("variable", name=name),
            )


def _meant(facts: Facts, key: str) -> str | None:
    """The key that it should set; none where the name is more likely somebody's own."""
    top = key.partition(".")[0]
    meant = suggest(tuple(key.split(".")))
    of_dask = "." in key and top in facts.catalogue.top_names
    return meant if meant and "." in meant and (of_dask or meant.replace(".", "-") == key) else None
