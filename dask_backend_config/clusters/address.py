"""The address of a cluster's scheduler, and what a connection to it needs."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import ConfigSourceError
from ..core.origins import tilde

_ENCRYPTED = ("tls", "wss")
_CERTIFICATES_HINT = (
    "Name the files with --tls-ca-file, --tls-cert and --tls-key, or set distributed.comm.tls"
)


@dataclass(frozen=True)
class TLSFiles:
    """The files of the options that are named as those of ``dask worker``.

    Attributes
    ----------
    ca_file, cert, key : str, optional
        Each None to use dask's key for it.
    """

    ca_file: str | None = None
    cert: str | None = None
    key: str | None = None

    @property
    def arguments(self) -> dict[str, str]:
        """The keyword arguments for ``distributed.Security``."""
        names = {"tls_ca_file": self.ca_file, "tls_client_cert": self.cert}
        names["tls_client_key"] = self.key
        return {name: path for name, path in names.items() if path is not None}


def scheduler_address(text: str) -> str:
    """Return the address in a scheduler file, or `text` if it is not the path of a file.

    Raises
    ------
    ConfigSourceError
        If the file cannot be read, or has no address.
    """
    if "://" in text or not (os.path.exists(text) or text.endswith(".json") or os.sep in text):
        return text
    try:
        with open(text, encoding="utf-8") as file:
            found = json.load(file)
    except OSError as error:
        raise ConfigSourceError(f"{tilde(text)} cannot be read: {error.strerror}") from None
    except ValueError:
        found = None
    address = found.get("address") if isinstance(found, dict) else None
    if not isinstance(address, str):
        hint = "Name an address, or the file that dask scheduler --scheduler-file writes"
        raise ConfigSourceError(f"{tilde(text)} is not a scheduler file", hint=hint)
    return address


def connection_arguments(address: str, files: TLSFiles) -> tuple[str, dict[str, Any]]:
    """Return the address with its protocol, and the arguments of a connection.

    As in dask, the files of the options are used, else those of the function that the key
    ``distributed.client.security-loader`` names, else those of ``distributed.comm.tls``.

    Raises
    ------
    ConfigSourceError
        If the address is invalid, or needs certificates and there are none.
    """
    import dask.config
    from distributed.security import Security

    for path in files.arguments.values():
        if not os.access(path, os.R_OK):
            reason = "no permission" if os.path.exists(path) else "no such file"
            raise ConfigSourceError(f"{tilde(path)} cannot be read: {reason}")
    security = Security(**files.arguments)
    loader = dask.config.get("distributed.client.security-loader", None)
    try:
        if loader and not files.arguments:
            from distributed.utils import import_term

            security = import_term(loader)({"address": address}) or security
        arguments = security.get_connection_args("client")
    except (OSError, ValueError, ImportError, AttributeError) as error:
        named = ", ".join(files.arguments.values()) or loader or "distributed.comm.tls"
        raise ConfigSourceError(f"{named} cannot be used: {error}") from None
    if "://" not in address:
        default = "tls" if files.arguments else dask.config.get("distributed.comm.default-scheme")
        address = f"{default}://{address}"
    _check(address, arguments)
    return address, arguments


def _check(address: str, arguments: Mapping[str, Any]) -> None:
    """Raise if dask cannot connect to an address with these arguments."""
    from distributed.comm import registry
    from distributed.comm.addressing import get_address_host_port

    scheme = address.partition("://")[0]
    if scheme not in registry.backends:
        known = ", ".join(sorted({*registry.backends} - {"inproc"}))
        hint = f"Available: {known}"
        raise ConfigSourceError(f"{address}: unknown protocol {scheme!r}", hint=hint)
    try:
        get_address_host_port(address, strict=True)
    except ValueError:
        hint = "Write PROTOCOL://HOST:PORT, such as tcp://10.0.0.1:8786"
        raise ConfigSourceError(f"{address} has no port", hint=hint) from None
    if scheme in _ENCRYPTED and arguments.get("ssl_context") is None:
        raise ConfigSourceError(f"{address} needs certificates", hint=_CERTIFICATES_HINT)
    if scheme not in _ENCRYPTED and arguments.get("require_encryption"):
        hint = "Write tls:// if the cluster uses TLS, or set the key to false"
        wrong = "distributed.comm.require-encryption is true"
        raise ConfigSourceError(f"{address} is not encrypted, but {wrong}", hint=hint)
