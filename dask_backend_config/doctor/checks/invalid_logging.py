"""The configuration of logging makes `import distributed` fail, or is ignored.

distributed applies `distributed.logging` when it is imported: a section of loggers and their levels
or, if it has a `version`, a dictionary for `logging.config.dictConfig`. A value that is not a level
there, a handler that is not defined or a missing `version` makes the import fail. So does a
`log-format` that Python refuses.

Broken:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  logging:
    distributed:
      level: INFO
```

Fixed:

```yaml
# ~/.config/dask/distributed.yaml
distributed:
  logging:
    distributed: info
```
"""

from __future__ import annotations

from ..facts import Facts
from ..findings import CheckFindings
from ..startup_findings import startup_findings
from ..variable_names import makes_section_of_loggers


def check(facts: Facts) -> CheckFindings:
    """Yield values that make distributed fail when it configures logging."""
    # lost-case reports a variable below the section of loggers, whose names may have dots.
    names = {variable.name for variable in facts.variables if makes_section_of_loggers(variable)}
    for finding in startup_findings(facts, "invalid-logging"):
        if finding.origin is None or finding.origin.name not in names:
            yield finding
