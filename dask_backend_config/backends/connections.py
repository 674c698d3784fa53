"""Read how the processes of a cluster connect: certificates, protocol, scheduler's address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..catalogue import backend_schema
from .certificates import SecurityObject, is_security, security_problem
from .options import BackendOptions, ResolvedOption
from .scheduler_options import Entries, own_or_entry, scheduler_options
from .worker_environment import on_loopback

#: Protocols that use certificates; no other one encrypts.
_ENCRYPTED = ("tls", "wss")
#: Arguments of the scheduler that options of the backends set.
_OPTIONS = ("dashboard_address", "host", "interface", "protocol")


@dataclass(frozen=True)
class ConnectionOptions:
    """Options of the connections of a cluster.

    Attributes
    ----------
    security : bool, "auto" or distributed.Security
    protocol : str, optional
        Such as ``tcp``; None for tls if connections are encrypted, else distributed's default.
    dashboard_address : str
    scheduler_options : mapping
        Other keyword arguments for ``distributed.Scheduler``.
    """

    security: bool | str | SecurityObject
    protocol: str | None
    dashboard_address: str
    scheduler_options: Mapping[str, Any]


def connection_options(options: BackendOptions) -> ConnectionOptions:
    """Return the options of the connections.

    Raises
    ------
    ConfigValueError
        If a value is invalid, or values exclude each other.
    """
    entries = scheduler_options(options)
    security, protocol = _security_and_protocol(options, entries)
    given = {name: option for name, option in entries.items() if name not in _OPTIONS}
    given |= scheduler_place(options, entries)
    arguments = {name: option.value for name, option in given.items() if option.value is not None}
    if protocol:
        arguments["protocol"] = f"{protocol}://"
    return ConnectionOptions(
        security=security,
        protocol=protocol,
        dashboard_address=on_loopback(own_or_entry(options, "dashboard-address", entries).value),
        scheduler_options=arguments,
    )


def scheduler_place(options: BackendOptions, entries: Entries) -> dict[str, ResolvedOption]:
    """Return the option ``host`` or ``interface`` of dask's scheduler, empty if neither is set.

    Raises
    ------
    ConfigValueError
        If both are set, and neither overrides the other.
    """
    found = {name: entries[name] for name in ("host", "interface") if name in entries}
    if backend_schema.node(f"{options.section}.scheduler-interface"):
        found["interface"] = own_or_entry(options, "scheduler-interface", entries, "interface")
    found = {name: option for name, option in found.items() if option.value is not None}
    if len(found) < 2:
        return found
    host, interface = found["host"], found["interface"]
    if _rank(host) == _rank(interface):
        wrong = f"the scheduler's host is {host.value!r}: set only one of both"
        raise options.error_about(interface, wrong)
    name, option = max(found.items(), key=lambda item: _rank(item[1]))
    return {name: option}


def _rank(option: ResolvedOption) -> tuple[bool, bool]:
    return bool(option.argument), not option.from_dask_jobqueue


def _security_and_protocol(options: BackendOptions, entries: Entries) -> tuple[Any, str | None]:
    security = options.resolve("security").value
    if is_security(security) and (wrong := security_problem(security)):
        raise options.error("security", wrong)
    option = own_or_entry(options, "protocol", entries)
    if option.value is None:
        return security, None
    protocol = option.value.removesuffix("://")
    is_encrypted = protocol in _ENCRYPTED
    if security == "auto":
        security = is_encrypted
    if security and not is_encrypted:
        wrong = "it does not encrypt, but security is on: use tls or wss, or set security to false"
        raise options.error_about(option, wrong)
    if is_encrypted and not security:
        wrong = "it needs certificates, but security is false: set security to true"
        raise options.error_about(option, wrong)
    return security, protocol
