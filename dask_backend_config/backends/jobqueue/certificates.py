"""Temporary certificates that scheduler, workers and client of one cluster know each other by."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ...storage.private_folder import PrivateFolder
from .job_script import CERTIFICATE, KEY

if TYPE_CHECKING:
    from distributed.security import Security

_NAME = "dask-internal"
_VALID = dt.timedelta(days=365)
#: A node's clock may be behind.
_CLOCK_SKEW = dt.timedelta(days=1)


def temporary_certificate() -> tuple[str, str]:
    """Make a certificate and its private key, both as PEM.

    The key is on the curve P-256, which takes 1 ms where ``Security.temporary`` takes some 100 ms
    for 2048 bits of RSA.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, _NAME)])
    now = dt.datetime.now(tz=dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def security_in(folder: PrivateFolder) -> Security:
    """New certificates in `folder`, for all roles.

    Raises
    ------
    WriteError
        Where they cannot be written.
    """
    from distributed.security import Security

    certificate, key = temporary_certificate()
    paths = folder.write({CERTIFICATE: certificate, KEY: key})
    roles = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=paths[CERTIFICATE],
        **{f"tls_{role}_cert": paths[CERTIFICATE] for role in roles},
        **{f"tls_{role}_key": paths[KEY] for role in roles},
    )


def configured_security() -> Security | None:
    """The certificates that configuration names for scheduler, worker and client, None for none."""
    from distributed.security import Security

    security = Security()
    wanted = ("ca_file", "client_cert", "scheduler_cert", "worker_cert")
    complete = all(getattr(security, f"tls_{name}") for name in wanted)
    return security if complete else None
