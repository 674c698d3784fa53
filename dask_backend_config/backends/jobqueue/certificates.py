"""TLS certificates of a cluster of jobs, in files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...storage.private_folder import PrivateFolder
from ..certificates import security_with

if TYPE_CHECKING:
    from distributed.security import Security

#: File names of temporary certificates; the certificate is its own authority.
CERTIFICATE, KEY = "certificate.pem", "key.pem"


def write_security(folder: PrivateFolder, certificate: str, key: str) -> Security:
    """Write a certificate into `folder`, and return the security of all roles with it.

    Raises
    ------
    WriteError
        If the files cannot be written.
    """
    paths = folder.write({CERTIFICATE: certificate, KEY: key})
    return security_with(paths[CERTIFICATE], paths[KEY])


def worker_options(security: Security) -> dict[str, str]:
    """Return the TLS options of a worker's command line, and their values."""
    files = security.get_tls_config_for_role("worker")
    return tls_options(files["ca_file"], files["cert"], files["key"])


def certificate_options(folder: str) -> dict[str, str]:
    """Return the TLS options of a worker for the temporary certificates in `folder`."""
    certificate = os.path.join(folder, CERTIFICATE)
    return tls_options(certificate, certificate, os.path.join(folder, KEY))


def tls_options(authority: str | None, certificate: str, key: str | None) -> dict[str, str]:
    """Return the TLS options of a worker's command line, and their values."""
    files = {"--tls-ca-file": authority, "--tls-cert": certificate, "--tls-key": key}
    return {"--protocol": "tls://", **{option: path for option, path in files.items() if path}}
