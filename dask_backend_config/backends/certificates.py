"""TLS certificates of a cluster: temporary ones, those of the configuration, or a user's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, runtime_checkable

from ..config.startup.files import unreadable

if TYPE_CHECKING:
    from distributed.security import Security

_NAME = "dask-internal"
_VALID = dt.timedelta(days=365)
#: The clock of a node may be late.
_CLOCK_SKEW = dt.timedelta(days=1)
_ROLES = ("client", "scheduler", "worker")


@runtime_checkable
class SecurityObject(Protocol):
    """The part of distributed's ``Security`` that the backends use; its own import takes time."""

    def get_tls_config_for_role(self, role: str) -> dict[str, Any]:
        """Return the certificates of a role."""


def is_security(value: object) -> TypeGuard[SecurityObject]:
    """Return whether a value is a security of distributed."""
    return isinstance(value, SecurityObject) and not isinstance(value, type)


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


def chosen_security(option: Any) -> Any:
    """Return the certificates that an option asks for, None if connections are not encrypted.

    Parameters
    ----------
    option : bool or distributed.Security
        True for those of the configuration, or temporary ones if it does not name them all.
    """
    if option is True:
        return configured_security() or temporary_security()
    return option or None


def temporary_security() -> Security:
    """Return the security of all roles with a new certificate, which only this process has."""
    from distributed.security import Security

    certificate, key = temporary_certificate()
    return Security(
        require_encryption=True,
        tls_ca_file=certificate,
        **{f"tls_{role}_cert": certificate for role in _ROLES},
        **{f"tls_{role}_key": key for role in _ROLES},
    )


def configured_security() -> Security | None:
    """Return the security of the configuration, or None unless it names all certificates."""
    from distributed.security import Security

    security = Security()
    return None if _missing(_parts(security)) else security


def security_problem(security: SecurityObject) -> str | None:
    """Return why a cluster cannot use a user's certificates; None if it can."""
    parts = _parts(security)
    if missing := _missing(parts):
        needed = "True makes temporary certificates, False does without"
        return f"it has no {' and no '.join(missing)}; {needed}"
    for name, part in parts.items():
        if part and not has_text(part) and (wrong := unreadable(part)):
            return f"its {name} '{part}' {wrong}"
    return None


def has_text(part: str) -> bool:
    """Return whether a part of a security is the text of a certificate or key, not a path."""
    return "\n" in part


def _parts(security: SecurityObject) -> dict[str, str | None]:
    """Return certificates and keys by the names of their arguments."""
    found: dict[str, str | None] = {}
    for role in _ROLES:
        config = security.get_tls_config_for_role(role)
        found["tls_ca_file"] = config["ca_file"]
        found |= {f"tls_{role}_{name}": config[name] for name in ("cert", "key")}
    return found


def _missing(parts: Mapping[str, str | None]) -> list[str]:
    """Return the parts that are required; a key may be in the file of its certificate."""
    return [name for name, part in parts.items() if not part and not name.endswith("_key")]
