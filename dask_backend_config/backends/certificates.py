"""TLS certificates of a cluster: temporary ones, or those of the configuration."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed.security import Security

_NAME = "dask-internal"
_VALID = dt.timedelta(days=365)
#: The clock of a node may be late.
_CLOCK_SKEW = dt.timedelta(days=1)


def temporary_certificate() -> tuple[str, str]:
    """Return a new self-signed certificate and its private key, both as PEM.

    A key on the curve P-256 takes 1 ms; the RSA key of ``Security.temporary`` takes 100 ms.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

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
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), private.decode()


def security_with(certificate: str, key: str) -> Security:
    """Return the security of all roles with one certificate, given as PEM or by its path."""
    from distributed.security import Security

    roles = ("client", "scheduler", "worker")
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        **{f"tls_{role}_cert": certificate for role in roles},
        **{f"tls_{role}_key": key for role in roles},
    )


def configured_security() -> Security | None:
    """Return the security of the configuration, or None unless it names all certificates."""
    from distributed.security import Security

    security = Security()
    wanted = ("ca_file", "client_cert", "scheduler_cert", "worker_cert")
    return security if all(getattr(security, f"tls_{name}") for name in wanted) else None
