"""The link to the dashboard cannot be formatted, or does not open.

dask fills `{scheme}`, `{host}`, `{port}` and environment variables such as
`{JUPYTERHUB_SERVICE_PREFIX}` into `distributed.dashboard.link`. A brace too many or an unknown name
makes dask fail when it shows the link, also in a notebook. A variable that is not set on this
machine is a remark, since it may be set where the client runs; a backend then shows the address. In
JupyterHub, a path that begins with `/proxy/` lacks the path of your server: write
`{JUPYTERHUB_SERVICE_PREFIX}proxy/`, without another slash, or leave the key unset, and backends do
the same.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  dashboard:
    link: "/proxy/{prot}/status"
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  dashboard:
    link: "/proxy/{port}/status"
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..startup_findings import startup_findings


def check(facts: Facts) -> CheckFindings:
    """Yield problems of the template of the dashboard's link."""
    yield from startup_findings(facts, "dashboard-link")
