"""Which roles can encrypt their connections with the certificates of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..merge import Branch, Leaf, find, plain
from .files import is_path, unreadable
from .problem import Problems, StartupProblem, user_leaf

_TLS = "distributed.comm.tls"
_DASHBOARD = "distributed.scheduler.dashboard.tls"
_ROLES = ("client", "scheduler", "worker")
_ENCRYPTED_SCHEMES = ("tls", "wss")


def problems(tree: Branch, is_here: bool) -> Problems:
    """Yield what keeps dask from using the certificates that the user names.

    Parameters
    ----------
    tree : Branch
    is_here : bool
        Whether they are on this machine.
    """
    usable = [role for role in _ROLES if _value(tree, "ca-file") and _value(tree, f"{role}.cert")]
    demand = _demand(tree)
    missing = [role for role in _ROLES if role not in usable]
    if demand is not None and missing:
        yield _missing_certificates(tree, *demand, missing)
    if demand is None or usable:
        yield from _ignored(tree, usable)
    for role in usable if is_here else ():
        yield from _unusable(tree, f"{_TLS}.ca-file", f"{_TLS}.{role}")
    if _get(tree, f"{_DASHBOARD}.cert"):
        if is_here:
            yield from _unusable(tree, f"{_DASHBOARD}.ca-file", _DASHBOARD)
    else:
        for name in ("key", "ca-file"):
            yield from _without(tree, f"{_DASHBOARD}.{name}", f"{_DASHBOARD}.cert")


def _demand(tree: Branch) -> tuple[str, Leaf] | None:
    """Return the user's key that demands encryption, and its value."""
    required = user_leaf(tree, key := "distributed.comm.require-encryption")
    if required is not None and required.value:
        return key, required
    scheme = user_leaf(tree, key := "distributed.comm.default-scheme")
    return (key, scheme) if scheme is not None and scheme.value in _ENCRYPTED_SCHEMES else None


def _missing_certificates(
    tree: Branch, key: str, leaf: Leaf, missing: Sequence[str]
) -> StartupProblem:
    path = tuple(key.split("."))
    if not _value(tree, "ca-file"):
        wanted = [f"{_TLS}.ca-file", *(f"{role}.cert" for role in missing)]
    else:
        wanted = [f"{_TLS}.{role}.cert" for role in missing]
    keys = "its key" if len(wanted) == 1 else "their keys"
    hint = f"Set {', '.join(wanted)} and {keys}, or remove {path[-1]}"
    if len(missing) == len(_ROLES):
        wrong = "but there is no certificate that dask can use: it does not start"
        return StartupProblem("tls-role", "error", path, leaf, wrong, hint)
    wrong = f"but a {' or '.join(missing)} cannot start here: there is no certificate for it"
    return StartupProblem("tls-role", "warning", path, leaf, wrong, hint)


def _ignored(tree: Branch, usable: Sequence[str]) -> Problems:
    """Yield files that dask ignores, because the file that belongs to them is not set."""
    for role in _ROLES:
        yield from _without(tree, f"{_TLS}.{role}.key", f"{_TLS}.{role}.cert")
        yield from _without(tree, f"{_TLS}.{role}.cert", f"{_TLS}.ca-file")
    if not usable and not any(_value(tree, f"{role}.cert") for role in _ROLES):
        yield from _without(tree, f"{_TLS}.ca-file", f"{_TLS}.client.cert")


def _without(tree: Branch, key: str, other: str) -> Problems:
    """Yield a problem if the user sets `key`, but not the other key that it needs."""
    leaf = user_leaf(tree, key)
    if leaf is not None and leaf.value and not _get(tree, other):
        wrong = f"is ignored, because {other} is not set"
        path = tuple(key.split("."))
        yield StartupProblem("tls-role", "error", path, leaf, wrong, f"Set {other}, or remove it")


def _unusable(tree: Branch, ca_key: str, section: str) -> Problems:
    """Yield a problem if OpenSSL refuses files that exist."""
    keys = (ca_key, f"{section}.cert", f"{section}.key")
    paths = [_get(tree, key) for key in keys]
    given = [path for path in paths if path is not None]
    if any(not is_path(path) or unreadable(path) for path in given):
        return  # reported for itself, or text instead of a path
    for key, path, refused in zip(keys, paths, _refused(*paths), strict=True):
        leaf = user_leaf(tree, key)
        if refused and path and leaf is not None:
            hint = "Set it to a file in PEM format"
            yield StartupProblem(
                "missing-file", "error", tuple(key.split(".")), leaf, refused, hint
            )
            return


def _refused(ca_file: str | None, cert: str, key: str | None) -> tuple[str, str, str]:
    """Return why OpenSSL refuses each of three files, empty if it does not."""
    import ssl

    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=ca_file)
    except (OSError, ValueError):
        return "has no certificate of an authority in PEM format", "", ""
    try:
        context.load_cert_chain(cert, key, password=_no_passphrase)
    except _PassphraseError:
        return "", "", ""
    except (OSError, ValueError) as error:
        if "MISMATCH" in str(error):
            return "", "", f"is not the private key of {cert}"
        if key is None:
            return "", "does not have both a certificate and its private key in PEM format", ""
        return _refused_certificate(cert, key)
    return "", "", ""


def _refused_certificate(cert: str, key: str) -> tuple[str, str, str]:
    with open(cert, "rb") as file:
        if b"-----BEGIN CERTIFICATE-----" not in file.read():
            return "", "has no certificate in PEM format", ""
    return "", "", "has no private key in PEM format"


class _PassphraseError(Exception):
    """A private key is encrypted: dask asks for its passphrase at each start."""


def _no_passphrase() -> Any:
    raise _PassphraseError


def _value(tree: Branch, name: str) -> Any:
    return _get(tree, f"{_TLS}.{name}")


def _get(tree: Branch, key: str) -> Any:
    node = find(tree, tuple(key.split(".")))
    return None if node is None else plain(node)
