"""The configured batch scheduler does not answer.

If `backends.default` is a batch scheduler, `doctor` asks its controller whether it is up and which
queues it has: two or three quick commands at the same time, in 5 seconds at most. If the controller
does not answer, you cannot submit jobs, and the checks of queues and limits find nothing. The
message quotes the command and its output.

If `backends.default` is `auto` and no scheduler answers, workers run on this machine. If the
commands of a scheduler are installed all the same, you may have expected batch jobs, so this is
reported, too, as information if you did not set the key. `get_backend()` warns with the same words.

Broken:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
```

```console
$ scontrol ping
Slurmctld(primary) at head is DOWN
```

Fixed:

```yaml
# ~/.config/dask/backends.yaml
backends:
  default: slurm
```

```console
$ scontrol ping
Slurmctld(primary) at head is UP
$ sinfo --all --noheader --format "%P|%a|%l|%c|%m|%G"
main*|up|2:00:00|8|16000|(null)
```
"""

from __future__ import annotations

from ...core.strings import printable
from ..facts import Facts
from ..findings import CheckFindings, Finding, Severity

_LONGEST = 300


def check(facts: Facts) -> CheckFindings:
    """Yield a finding with the output of the command that failed."""
    silent = {site.kind: site for site in reversed(facts.sites) if site.no_answer}
    for site in silent.values():
        output = printable(site.no_answer)
        output = output if len(output) <= _LONGEST else f"{output[: _LONGEST - 4]} ..."
        message = f"{site.title} does not answer: {output}"
        hint = "Run the command yourself; no job starts without a controller"
        if site.replaced:
            message = f"{site.title} does not answer, so auto uses the local backend: {output}"
            hint = (
                f"Set {site.key} to local, or to {site.kind} for an error in place of local workers"
            )
        elif site.no_answer.endswith("command not found"):
            hint = f"Load its module, or run this where {site.title}'s commands are installed"
        severity: Severity = "info" if site.replaced and site.origin.is_default else "warning"
        yield Finding(severity, message, hint, site.key, site.origin)
