"""The job script of a worker, as text; nothing is written or run."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...schedulers import BatchScheduler, JobRequest
from ..worker_environment import LOOPBACK

#: What an offline script shows where a running cluster puts its own.
ADDRESS = "<scheduler-address>"
NAME = "<worker-name>"

#: The files of temporary certificates; the certificate is its own authority.
CERTIFICATE, KEY = "certificate.pem", "key.pem"
#: Seconds since the epoch at which the job began, as the script counts its own time.
_BEGAN = "_dask_backend_began"
_DISTRIBUTED_WORKER = "distributed.cli.dask_worker"


@dataclass(frozen=True)
class Lifetime:
    """When a worker ends itself, in seconds.

    Attributes
    ----------
    limit : int
        From the beginning of the job; the time of the setup commands counts.
    stagger : float
        At random up to this much earlier or later.
    """

    limit: int
    stagger: float


@dataclass(frozen=True)
class WorkerJob:
    """All that the script of a worker says but the scheduler's address and the worker's name.

    Attributes
    ----------
    scheduler : BatchScheduler
        The batch scheduler.
    request : JobRequest
    shebang, python, worker_command : str
        First line; interpreter; the module that it runs, and what that takes first.
    setup : sequence of str
        Lines of shell that come before the worker.
    extra_options, skip : sequence of str
        Options behind ours; texts whose lines are left out of ours.
    configuration : sequence of str
        Shell that hands configuration on.
    variables : mapping
        Variables of the worker's processes.
    thread_limits : sequence of str
        Variables that become the number of threads where the node does not say otherwise.
    lifetime : Lifetime, optional
    nanny : bool
    death_timeout : float, optional
        Seconds.
    local_directory : str, optional
        May hold variables of the node.
    interface : str, optional
    certificates : mapping
        Options of the worker's command line for TLS, and the files.
    arguments : sequence of str
        Shell that ends the worker's command line.
    """

    scheduler: BatchScheduler
    request: JobRequest
    shebang: str
    python: str
    worker_command: str = _DISTRIBUTED_WORKER
    setup: Sequence[str] = ()
    extra_options: Sequence[str] = ()
    skip: Sequence[str] = ()
    configuration: Sequence[str] = ()
    variables: Mapping[str, str] | None = None
    thread_limits: Sequence[str] = ()
    lifetime: Lifetime | None = None
    nanny: bool = True
    death_timeout: float | None = None
    local_directory: str | None = None
    interface: str | None = None
    certificates: Mapping[str, str] | None = None
    arguments: Sequence[str] = ()

    def script(self, address: str = ADDRESS, name: str = NAME) -> str:
        """The whole job script.

        Raises
        ------
        ConfigValueError
            Where the batch scheduler has no words for what is asked.
        """
        return self.scheduler.script(self.shebang, self.head(), self.body(address, name))

    def head(self) -> list[str]:
        """The options without their prefix: those for what is requested, then the extra."""
        asked = self.scheduler.options(self.request)
        prefix = self.scheduler.prefix
        kept = [line for line in asked if not any(s in f"{prefix} {line}" for s in self.skip)]
        return [*kept, *self.extra_options]

    def body(self, address: str, name: str) -> list[str]:
        """The lines of shell that run on the node."""
        exported = [f"export {key}={shlex.quote(v)}" for key, v in (self.variables or {}).items()]
        threads = self.request.threads
        limits = [f'export {key}="${{{key}:-{threads}}}"' for key in self.thread_limits]
        began = [f"{_BEGAN}=$(date +%s)"] if self.lifetime else []
        return [
            *began,
            *self._head_of_log(),
            *self.configuration,
            *exported,
            *limits,
            *self.setup,
            self._command(address, name),
        ]

    def _head_of_log(self) -> list[str]:
        """Shell that begins the log, and puts all output into the one file that has errors."""
        if not self.request.log_directory:
            return []
        number = ""
        for name in reversed(self.scheduler.job_variables):
            if not name.startswith("_"):  # HTCondor's are no numbers
                number = f"${{{name}:-{number}}}"
        of_job = f", job {number}" if number else ""
        return ["exec >&2", f'echo "# host ${{HOSTNAME:-$(hostname)}}{of_job}"']

    def _command(self, address: str, name: str) -> str:
        module = map(shlex.quote, self.worker_command.split())
        words = [self.python, "-m", *module]
        words += [_verbatim(address), "--name", _verbatim(name)]
        words += ["--nthreads", str(self.request.threads)]
        words += ["--memory-limit", str(self.request.memory or "auto")]
        if self.worker_command == _DISTRIBUTED_WORKER:
            words.append("--nanny" if self.nanny else "--no-nanny")
            words += ["--dashboard-address", f"{LOOPBACK}:0"]
        if self.death_timeout is not None:
            words += ["--death-timeout", f"{self.death_timeout:g}"]
        if self.local_directory is not None:
            words += ["--local-directory", quoted_for_node(self.local_directory)]
        if self.interface is not None:
            words += ["--interface", shlex.quote(self.interface)]
        if self.lifetime is not None:
            rest = f'"$(({self.lifetime.limit} - $(date +%s) + {_BEGAN})) seconds"'
            words += ["--lifetime", rest]
            words += ["--lifetime-stagger", f'"{self.lifetime.stagger:g} seconds"']
        for option, value in (self.certificates or {}).items():
            words += [option, _verbatim(value)]
        return " ".join([*words, *self.arguments])


def certificate_options(folder: str) -> dict[str, str]:
    """The options for TLS of a worker whose temporary certificates are in `folder`."""
    certificate = os.path.join(folder, CERTIFICATE)
    return tls_options(certificate, certificate, os.path.join(folder, KEY))


def tls_options(authority: str | None, certificate: str, key: str | None) -> dict[str, str]:
    """The options for TLS of a worker's command line."""
    files = {"--tls-ca-file": authority, "--tls-cert": certificate, "--tls-key": key}
    return {"--protocol": "tls://", **{option: path for option, path in files.items() if path}}


def quoted_for_node(text: str) -> str:
    """`text` as one word of shell in which the node expands a leading ``~`` and ``$VARIABLES``.

    Examples
    --------
    >>> print(quoted_for_node("$TMPDIR/my files"), quoted_for_node("--nthreads"))
    "$TMPDIR/my files" --nthreads
    """
    if text == shlex.quote(text) or re.fullmatch(r"~?[\w@%+=:,./-]*", text, re.ASCII):
        return text
    home = re.match(r"~[\w.-]*/", text)
    rest = text[home.end() :] if home else text
    escaped = re.sub(r'["`\\]|\$(?![A-Za-z_{])', r"\\\g<0>", rest)
    return f'{home.group() if home else ""}"{escaped}"'


def expanded(path: str) -> str:
    """A folder as the submitting machine names it: ``~`` and ``$VARIABLES`` filled in, absolute.

    Raises
    ------
    ValueError
        Where a variable is not set: its name would become a folder's.
    """
    full = os.path.abspath(os.path.expanduser(os.path.expandvars(path)))
    if missing := re.search(r"\$(\w+|\{[^}]*\})", full):
        raise ValueError(f"the variable {missing.group()} is not set here")
    return full


def _verbatim(text: str) -> str:
    """Quoted, but for what is a placeholder or begins with one."""
    return text if text.startswith("<") else shlex.quote(text)
