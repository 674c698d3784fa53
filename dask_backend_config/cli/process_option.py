"""The options ``--python``, ``--snapshot`` and ``--cluster``: which process a command is about."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ..core import units
from ..core.errors import ConfigSourceError
from ..core.origins import tilde
from .terminal import STANDARD_INPUT

if TYPE_CHECKING:
    from ..clusters.processes import Cluster
    from ..config.snapshots import Snapshot

Command = Callable[..., object]
python_option = click.option(
    "--python",
    metavar="PATH",
    type=click.Path(),
    help="Answer for a new process of another interpreter, or of the environment in a folder. This"
    " package need not be installed there. With --cluster: for this client.",
)


def seconds(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Return the duration that an option sets, None if it is not given."""
    try:
        return None if text is None else units.duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_CLUSTER_OPTIONS = [
    click.option(
        "--cluster",
        "address",
        metavar="ADDRESS",
        help="Answer for all processes of a running dask cluster: the address of its scheduler,"
        " or a scheduler file. This package need not be installed there.",
    ),
    click.option(
        "--timeout",
        metavar="DURATION",
        callback=seconds,
        help="With --cluster: the time for all processes to answer.  [default: 20 s]",
    ),
    *(
        click.option(
            f"--tls-{name}",
            metavar="FILE",
            type=click.Path(),
            help=f"With --cluster: {words}.  [default: as dask is configured]",
        )
        for name, words in (
            ("ca-file", "the authority of the certificates"),
            ("cert", "the certificate of this client"),
            ("key", "the private key of --tls-cert"),
        )
    ),
]


def cluster_options(command: Command) -> Command:
    """Add ``--cluster`` and its options to a command, which gets the argument ``cluster``.

    It is the answer of the cluster, asked with the client that ``--python`` names; None if not
    given. ``dask worker`` has options of the same names for certificates.
    """

    @functools.wraps(command)
    def with_cluster(
        *arguments: object,
        python: str | None,
        address: str | None,
        timeout: float | None,
        tls_ca_file: str | None,
        tls_cert: str | None,
        tls_key: str | None,
        **others: object,
    ) -> object:
        files = {"ca_file": tls_ca_file, "cert": tls_cert, "key": tls_key}
        if address is None:
            if timeout is not None or any(files.values()):
                raise click.UsageError("--timeout, --tls-ca-file, ... require --cluster.")
            return command(*arguments, python=python, cluster=None, **others)
        if others.get("file"):
            raise click.UsageError("Use either --cluster or --snapshot.")
        found = _asked(address, timeout, files, python)
        return command(*arguments, python=python, cluster=found, **others)

    for option in reversed(_CLUSTER_OPTIONS):
        with_cluster = option(with_cluster)
    return with_cluster


def process_options(command: Command) -> Command:
    """Add the options to a command, which gets the arguments ``process`` and ``cluster``.

    `process` is the snapshot that they name; None for a new process of this interpreter. Until the
    command ends, the known keys are those of the snapshot's packages. `cluster` is a running
    cluster or the snapshot of one, else None.
    """
    file_option = click.option(
        "--snapshot",
        "file",
        metavar="FILE",
        type=click.Path(allow_dash=True),
        help="Answer for a saved snapshot, or for standard input if FILE is -.",
    )

    @functools.wraps(command)
    def with_process(
        *arguments: object,
        python: str | None,
        cluster: Cluster | None,
        file: str | None,
        **others: object,
    ) -> object:
        if file and python:
            raise click.UsageError("Use either --python or --snapshot.")
        process = None
        if cluster is None and (python or file):
            process, cluster = _process(python, file)
        return command(*arguments, process=process, cluster=cluster, **others)

    return python_option(file_option(cluster_options(with_process)))


def _process(python: str | None, file: str | None) -> tuple[Snapshot | None, Cluster | None]:
    from ..clusters.processes import Cluster
    from ..config import interpreter  # slow to import, as what it imports

    found = interpreter.snapshot(python) if python else _saved(file or "")
    if isinstance(found, Cluster):
        return None, found
    click.get_current_context().with_resource(found.installation.in_use())
    return found, None


def _saved(file: str) -> Snapshot | Cluster:
    from ..clusters.question import read_cluster

    if file == STANDARD_INPUT:
        return read_cluster(sys.stdin.read(), "standard input")
    try:
        with open(file, encoding="utf-8") as stream:
            return read_cluster(stream.read(), tilde(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigSourceError(f"{tilde(file)} cannot be read: {reason}") from None


def _asked(
    address: str, timeout: float | None, files: dict[str, str | None], python: str | None
) -> Cluster:
    from ..clusters.address import TLSFiles
    from ..clusters.question import LIMIT, ask_cluster
    from ..config import interpreter
    from .loading import load_configuration

    try:
        import distributed  # noqa: F401  it sets the levels of its loggers
    except Exception:
        load_configuration()  # it names a file that makes `import dask` fail
        raise
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # errors are told in one line
    client = interpreter.snapshot(python) if python else None
    limit = LIMIT if timeout is None else timeout
    return ask_cluster(address, limit, TLSFiles(**files), client)
