"""The option ``--cluster``, and the options of the connection to a cluster."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ..core import units

if TYPE_CHECKING:
    from ..clusters.processes import Cluster

Command = Callable[..., object]


@dataclass(frozen=True)
class Connection:
    """How to connect to clusters.

    Attributes
    ----------
    timeout : float, optional
        Seconds for all processes to answer; None for the default.
    files : mapping
        The arguments of `clusters.address.TLSFiles`.
    """

    timeout: float | None
    files: dict[str, str | None]

    def ask(self, address: str, python: str | None = None) -> Cluster:
        """Ask a cluster, with the client that `python` names.

        Raises
        ------
        ConfigSourceError, BackendError
            See `clusters.question.ask_cluster`.
        """
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
        limit = LIMIT if self.timeout is None else self.timeout
        return ask_cluster(address, limit, TLSFiles(**self.files), client)


def seconds(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Return the duration that an option sets, None if it is not given."""
    try:
        return None if text is None else units.duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


_address_option = click.option(
    "--cluster",
    "address",
    metavar="ADDRESS",
    help="Answer for all processes of a running dask cluster: the address of its scheduler, or a"
    " scheduler file. This package need not be installed there.",
)
_CERTIFICATES = {
    "ca-file": "the authority of the certificates",
    "cert": "the certificate of this client",
    "key": "the private key of --tls-cert",
}


def connection_options(when: str) -> Callable[[Command], Command]:
    """Return a decorator that adds the options, for a command with the argument ``connection``.

    ``dask worker`` has options of the same names for certificates.

    Parameters
    ----------
    when : str
        When they count, as the first words of their help.
    """
    timeout = click.option(
        "--timeout",
        metavar="DURATION",
        callback=seconds,
        help=f"{when}: the time for all processes to answer.  [default: 20 s]",
    )
    files = [
        click.option(
            f"--tls-{name}",
            metavar="FILE",
            type=click.Path(),
            help=f"{when}: {words}.  [default: as dask is configured]",
        )
        for name, words in _CERTIFICATES.items()
    ]

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_connection(
            *arguments: object,
            timeout: float | None,
            tls_ca_file: str | None,
            tls_cert: str | None,
            tls_key: str | None,
            **others: object,
        ) -> object:
            named = {"ca_file": tls_ca_file, "cert": tls_cert, "key": tls_key}
            return command(*arguments, connection=Connection(timeout, named), **others)

        for option in reversed([timeout, *files]):
            with_connection = option(with_connection)
        return with_connection

    return decorate


def cluster_options(command: Command) -> Command:
    """Add ``--cluster`` and its options to a command, which gets the argument ``cluster``.

    It is the answer of the cluster, asked with the client that ``--python`` names; None if not
    given.
    """

    @functools.wraps(command)
    def with_cluster(
        *arguments: object,
        python: str | None,
        address: str | None,
        connection: Connection,
        **others: object,
    ) -> object:
        if address is None:
            if connection.timeout is not None or any(connection.files.values()):
                raise click.UsageError("--timeout, --tls-ca-file, ... require --cluster.")
            return command(*arguments, python=python, cluster=None, **others)
        if others.get("file"):
            raise click.UsageError("Use either --cluster or --snapshot.")
        found = connection.ask(address, python)
        return command(*arguments, python=python, cluster=found, **others)

    return _address_option(connection_options("With --cluster")(with_cluster))
