"""A certificate is missing, or a file of a certificate is ignored.

Client, scheduler and worker each need `ca-file` and a certificate of their own to encrypt. If
`require-encryption` is true or `default-scheme` is `tls`, a role without them fails with a message
that names no key; only the job-queue backends of this package then make temporary certificates.
Without that demand, dask ignores a certificate without `ca-file`, and a key without its
certificate, and does not encrypt.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    require-encryption: true
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  comm:
    require-encryption: null
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..startup_findings import startup_findings


def check(facts: Facts) -> CheckFindings:
    """Yield roles that cannot encrypt, and files that dask ignores."""
    yield from startup_findings(facts, "tls-role")
