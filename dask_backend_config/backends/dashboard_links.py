"""The link that opens a dashboard in the user's browser, also in JupyterHub or over SSH."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

#: Set by JupyterHub: the path of the user's server, such as ``/user/me/``.
HUB_PREFIX = "JUPYTERHUB_SERVICE_PREFIX"
#: Set by sshd: address and port of the client, address and port of the server.
_SSH = "SSH_CONNECTION"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Facts about this process that tell where the user's browser runs.

    Attributes
    ----------
    environ : mapping
        Environment variables.
    has_jupyter_proxy : bool
        Whether jupyter-server-proxy is installed.
    is_jupyter_server : bool
        Whether this process is the Jupyter server. What runs in it, such as dask-labextension,
        connects to the address of the dashboard itself.
    hostname : str
        The name of this machine.
    addresses : collection of str
        The IP addresses of this machine.
    """

    environ: Mapping[str, str]
    has_jupyter_proxy: bool
    is_jupyter_server: bool
    hostname: str
    addresses: Collection[str]


def link_in_jupyterhub(port: int, around: Surroundings) -> str:
    """Return the path of a port of this machine behind JupyterHub; empty if there is none.

    Examples
    --------
    >>> link_in_jupyterhub(8787, Surroundings({HUB_PREFIX: "/user/me/"}, True, False, "", ()))
    '/user/me/proxy/8787/status'
    """
    prefix = around.environ.get(HUB_PREFIX)
    if not prefix or not around.has_jupyter_proxy or around.is_jupyter_server:
        return ""
    return f"{prefix.rstrip('/')}/proxy/{port}/status"


def how_to_open(link: str, host: str, port: int, around: Surroundings) -> str:
    """Return what to do before a link can be opened; empty if nothing is known to be necessary.

    Parameters
    ----------
    link : str
    host : str
        Where the dashboard listens, with brackets around an IPv6 address.
    port : int
    around : Surroundings
    """
    parts = urlsplit(link)
    if not is_loopback(parts.hostname or ""):
        return ""
    if around.environ.get(HUB_PREFIX):
        needed = "JupyterHub cannot open this address without the package jupyter-server-proxy"
        return "" if around.has_jupyter_proxy else needed
    if _SSH not in around.environ:
        return ""
    forward = f"{parts.port or port}:{host}:{port}"
    command = ["ssh", "-L", forward, *_destination(around)]
    return f"On your computer, first run: {shlex.join(command)}"


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine's loopback interface.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "[::1]", "localhost", "node1", "")]
    [True, True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _destination(around: Surroundings) -> list[str]:
    """Return the arguments of ssh that lead to this machine, as the user came.

    If another machine accepted the connection, such as the login node that a job was submitted
    from, the way leads through it.
    """
    user = around.environ.get("USER") or around.environ.get("LOGNAME")
    login = f"{user}@" if user else ""
    fields = around.environ[_SSH].split()
    server = fields[2] if len(fields) == 4 else ""
    if server in around.addresses and not is_loopback(server):
        return [f"{login}{server}"]
    jump = ["-J", f"{login}{server}"] if _is_other_machine(server, around.addresses) else []
    return [*jump, f"{login}{around.hostname}"]


def _is_other_machine(server: str, addresses: Collection[str]) -> bool:
    try:
        address = ipaddress.ip_address(server)
    except ValueError:  # sshd writes UNKNOWN if the connection is not a network socket
        return False
    return not address.is_loopback and server not in addresses
