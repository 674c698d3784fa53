"""Write the job script of a worker as a string."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...schedulers import BatchScheduler, JobRequest
from .. import task_resources
from ..resources import QueueWorkerResources
from ..worker_environment import LOOPBACK

#: Placeholders of an offline script for the values that only a running cluster has.
ADDRESS = "<scheduler-address>"
NAME = "<worker-name>"

#: File names of temporary certificates; the certificate is its own authority.
CERTIFICATE, KEY = "certificate.pem", "key.pem"
#: Module of distributed that runs a worker.
DASK_WORKER = "distributed.cli.dask_worker"
#: Shell variable: seconds since the epoch when the job began.
_BEGAN = "_dask_backend_began"


@dataclass(frozen=True)
class WorkerJob:
    """A worker's job, without the scheduler's address and the worker's name.

    Attributes
    ----------
    scheduler : BatchScheduler
    request : JobRequest
    resources : QueueWorkerResources
        Passed to tasks.
    shebang : str
        First line of the script.
    python : str
        Interpreter, as shell code.
    worker_command : str
        Module that Python runs, and its first arguments.
    setup : sequence of str
        Lines of shell that run before the worker.
    extra_options : sequence of str
        Scheduler options that follow those of the request.
    skip : sequence of str
        Lines of the request's options that contain one of these strings are left out.
    configuration : sequence of str
        Lines of shell that pass configuration to the worker.
    thread_limits : sequence of str
        Variables that are set to the number of threads unless the node sets them.
    lifetime : (int, float), optional
        Seconds from the beginning of the job, setup commands included, after which the worker ends
        itself, and by how many seconds at most it ends earlier or later, at random.
    nanny : bool
    death_timeout : float, optional
        Seconds.
    local_directory : str, optional
        May contain variables of the node.
    interface : str, optional
    certificates : mapping
        TLS options of the worker's command line, and their files.
    arguments : sequence of str
        Shell code at the end of the worker's command line.
    output : str, optional
        File to which the script writes all output, as shell code between double quotes.
    """

    scheduler: BatchScheduler
    request: JobRequest
    resources: QueueWorkerResources
    shebang: str
    python: str
    worker_command: str = DASK_WORKER
    setup: Sequence[str] = ()
    extra_options: Sequence[str] = ()
    skip: Sequence[str] = ()
    configuration: Sequence[str] = ()
    thread_limits: Sequence[str] = ()
    lifetime: tuple[int, float] | None = None
    nanny: bool = True
    death_timeout: float | None = None
    local_directory: str | None = None
    interface: str | None = None
    certificates: Mapping[str, str] | None = None
    arguments: Sequence[str] = ()
    output: str | None = None

    def with_immediate_log(self) -> WorkerJob:
        """Return the job with its log written as it comes, not delivered after the job ended."""
        if self.request.log_directory or not self.scheduler.immediate_log:
            return self
        output = self.scheduler.immediate_log.format(name=self.request.name)
        options = [*self.extra_options, *self.scheduler.discard_options]
        return replace(self, output=output, extra_options=options)

    def script(self, address: str = ADDRESS, name: str = NAME) -> str:
        """Return the complete job script.

        Raises
        ------
        ConfigValueError
            If the batch scheduler has no option for the request.
        """
        return self.scheduler.script(self.shebang, self.header(), self._body(address, name))

    def header(self) -> list[str]:
        """Return the scheduler options without their prefix: the request's, then the extra ones.

        Raises
        ------
        ConfigValueError
            If the batch scheduler has no option for the request.
        """
        return [*self.requested_options(), *self.extra_options]

    def requested_options(self) -> list[str]:
        """Return the options of the request, as the scheduler makes them, without skipped ones."""
        options, prefix = self.scheduler.options(self.request), self.scheduler.prefix
        return [line for line in options if not any(s in f"{prefix} {line}" for s in self.skip)]

    def _body(self, address: str, name: str) -> list[str]:
        resources = shlex.quote(task_resources.encoded(self.resources))
        threads = self.request.threads
        return [
            *([f"{_BEGAN}=$(date +%s)"] if self.lifetime else []),
            *self._start_of_log(),
            *([f'cd "${{{folder}:-.}}"'] if (folder := self.scheduler.folder_variable) else []),
            *self.configuration,
            f"export {task_resources.VARIABLE}={resources}",
            *(f'export {name}="${{{name}:-{threads}}}"' for name in self.thread_limits),
            *self.setup,
            self._command(address, name),
        ]

    def _start_of_log(self) -> list[str]:
        """Return shell code that sends all output to the log, and writes its first line."""
        if not self.request.log_directory:
            return [f'exec > "{self.output}" 2>&1'] if self.output else []
        number = ""
        for name in reversed(self.scheduler.job_variables):
            if not name.startswith("_"):  # HTCondor's are not job numbers
                number = f"${{{name}:-{number}}}"
        job = f", job {number}" if number else ""
        return ["exec >&2", f'echo "# host ${{HOSTNAME:-$(hostname)}}{job}"']

    def _command(self, address: str, name: str) -> str:
        words = [self.python, "-m", *map(shlex.quote, self.worker_command.split())]
        words += [_quoted(address), "--name", _quoted(name)]
        words += ["--nthreads", str(self.request.threads)]
        words += ["--memory-limit", str(self.request.memory or "auto")]
        if self.worker_command == DASK_WORKER:
            words.append("--nanny" if self.nanny else "--no-nanny")
            words += ["--dashboard-address", f"{LOOPBACK}:0"]
        if self.death_timeout is not None:
            words += ["--death-timeout", f"{self.death_timeout:g}"]
        if self.local_directory is not None:
            words += ["--local-directory", quoted_for_node(self.local_directory)]
        if self.interface is not None:
            words += ["--interface", shlex.quote(self.interface)]
        if self.lifetime is not None:
            limit, stagger = self.lifetime
            rest = f'"$(({limit} - $(date +%s) + {_BEGAN})) seconds"'
            words += ["--lifetime", rest]
            words += ["--lifetime-stagger", f'"{stagger:g} seconds"']
        for option, value in (self.certificates or {}).items():
            words += [option, _quoted(value)]
        return " ".join([*words, *self.arguments])


def certificate_options(folder: str) -> dict[str, str]:
    """Return the TLS options of a worker for the temporary certificates in `folder`."""
    certificate = os.path.join(folder, CERTIFICATE)
    return tls_options(certificate, certificate, os.path.join(folder, KEY))


def tls_options(authority: str | None, certificate: str, key: str | None) -> dict[str, str]:
    """Return the TLS options of a worker's command line, and their values."""
    files = {"--tls-ca-file": authority, "--tls-cert": certificate, "--tls-key": key}
    return {"--protocol": "tls://", **{option: path for option, path in files.items() if path}}


def quoted_for_node(text: str) -> str:
    """Return a string as one shell word, in which the node expands ``~`` and ``$VARIABLES``.

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


def _quoted(text: str) -> str:
    """Return a string as one shell word; a string that starts with a placeholder is unchanged."""
    return text if text.startswith("<") else shlex.quote(text)
