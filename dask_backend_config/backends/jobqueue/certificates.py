"""TLS certificates of the workers of a cluster of jobs, in files."""

from __future__ import annotations

import copy
import os
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from ..certificates import SecurityObject, has_text

#: Part of a security -> its option on a worker's command line, and the name of a new file with it.
_PARTS = {
    "ca_file": ("--tls-ca-file", "authority.pem"),
    "cert": ("--tls-cert", "certificate.pem"),
    "key": ("--tls-key", "key.pem"),
}


def needs_files(security: SecurityObject) -> bool:
    """Return whether certificates or keys of the workers are not in files yet."""
    parts = security.get_tls_config_for_role("worker")
    return any(parts[part] and has_text(parts[part]) for part in _PARTS)


def worker_options(
    security: SecurityObject,
    protocol: str | None,
    write: Callable[[dict[str, str]], Mapping[str, str]],
) -> dict[str, str]:
    """Return the TLS options of a worker's command line, and their values.

    Parameters
    ----------
    security : distributed.Security
    protocol : str, optional
        None for tls.
    write : callable
        Write new files, given by their names, and return their paths.
    """
    parts = security.get_tls_config_for_role("worker")
    # A temporary certificate is its own authority: both are one file.
    names = {parts[part]: name for part, (_, name) in _PARTS.items() if parts[part]}
    new = {name: text for text, name in names.items() if has_text(text)}
    paths = write(new) if new else {}
    found = {text: paths.get(name) or os.path.abspath(text) for text, name in names.items()}
    files = {option: found[parts[part]] for part, (option, _) in _PARTS.items() if parts[part]}
    return {"--protocol": f"{protocol or 'tls'}://", **files}


def with_files(security: Any, options: Mapping[str, str]) -> Any:
    """Return the security with the files of `worker_options`; dask_jobqueue writes others."""
    found = copy.copy(security)
    for part, (option, _) in _PARTS.items():
        if option in options:
            name = "tls_ca_file" if part == "ca_file" else f"tls_worker_{part}"
            setattr(found, name, options[option])
    return found


def with_settings(configuration: Mapping[str, Any], security: Any) -> dict[str, Any]:
    """Return the configuration of workers with the settings that have no command-line option."""
    import dask.config
    from distributed.security import Security

    usual, found = Security(), {}
    for name in ("ciphers", "min_version", "max_version"):
        value = getattr(security, f"tls_{name}")
        if value != getattr(usual, f"tls_{name}"):
            found[name.replace("_", "-")] = _as_configured(value)
    if not found:
        return dict(configuration)
    return dask.config.merge(configuration, {"distributed": {"comm": {"tls": found}}})


def _as_configured(value: Any) -> str | float | None:
    """Return the value of a key: for a version of TLS a number, such as 1.3."""
    if isinstance(value, ssl.TLSVersion):
        return float(value.name.removeprefix("TLSv").replace("_", "."))
    configured: str | float | None = value
    return configured
