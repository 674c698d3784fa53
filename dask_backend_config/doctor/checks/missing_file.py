"""A file that dask opens does not exist on this machine, or cannot be read.

dask opens TLS certificates, `logging-file-config`, the files of log handlers and `.py` files in
`preload` when it starts. Its error does not name the key and often not the path. A certificate that
is not in PEM format, or a key that belongs to another certificate, is reported as well. If files
were named on the command line, they may be meant for another machine: then it is a warning.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    tls:
      ca-file: /no/such/folder/ca.pem
      client:
        cert: /no/such/folder/client.pem
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    tls:
      ca-file: null
      client:
        cert: null
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..startup_findings import startup_findings


def check(facts: Facts) -> CheckFindings:
    """Yield files that dask cannot open."""
    yield from startup_findings(facts, "missing-file")
