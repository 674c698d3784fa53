"""TLS certificates of a cluster of jobs, in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...storage.private_folder import PrivateFolder
from ..certificates import security_with
from .job_script import CERTIFICATE, KEY, tls_options

if TYPE_CHECKING:
    from distributed.security import Security


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
