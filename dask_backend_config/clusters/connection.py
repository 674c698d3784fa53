"""One question to a scheduler over one connection, and why it got no answer."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from ..core.errors import BackendError

#: Seconds without a connection after which it is tried whether anybody listens at the address.
_PATIENCE = 1.0
_PROBE_LIMIT = 2.0
_NO_TLS = "it does not use TLS: write tcp:// instead of tls://"
#: A pattern in an error of OpenSSL -> what is wrong.
_TLS_PROBLEMS = {
    "WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE|PACKET_LENGTH|HTTP_REQUEST": _NO_TLS,
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not signed by your authority (--tls-ca-file)",
    "ALERT|CERTIFICATE_REQUIRED": "it refuses your certificate (--tls-cert)",
}


def ask(address: str, arguments: dict[str, Any], message: dict[str, Any], limit: float) -> Any:
    """Return the reply of a scheduler to one message.

    Parameters
    ----------
    address : str
    arguments : mapping
        Of the connection, such as ``ssl_context``.
    message : mapping
        With the name of the handler as ``op``.
    limit : float
        Seconds for connection and answer together.

    Raises
    ------
    BackendError
        If it does not answer within the limit, or refuses.
    """
    return asyncio.run(_ask(address, arguments, message, limit))


async def _ask(
    address: str, arguments: dict[str, Any], message: dict[str, Any], limit: float
) -> Any:
    from distributed.comm.core import connect
    from distributed.core import send_recv

    async def exchange() -> Any:
        connecting = asyncio.ensure_future(connect(address, timeout=limit, **arguments))
        try:
            await asyncio.wait({connecting}, timeout=_PATIENCE)
            if not connecting.done() and (reason := await asyncio.to_thread(_refusal, address)):
                raise BackendError(f"{address}: {reason}")
            comm = await connecting
        finally:
            connecting.cancel()
        return await send_recv(comm, close=True, **message)

    try:
        reply = await asyncio.wait_for(exchange(), limit)
    except BackendError:
        raise
    except Exception as error:
        reason = await asyncio.to_thread(_reason, address, error, limit)
        raise BackendError(f"{address}: {reason}") from None
    if reply.get("status") != "OK":
        problem = reply.get("exception_text") or reply.get("exception")
        raise BackendError(f"{address}: its scheduler failed to answer: {problem}")
    return reply["result"]


def _reason(address: str, error: BaseException, limit: float) -> str:
    """Return why a connection failed, in one line."""
    text = "; ".join(map(str, _chain(error)))
    encrypted = address.startswith(("tls://", "wss://"))
    if encrypted:
        for pattern, problem in _TLS_PROBLEMS.items():
            if re.search(pattern, text):
                return problem
    if isinstance(error, (asyncio.TimeoutError, TimeoutError)) or "Timed out" in text:
        return f"it did not answer within {limit:g} s"
    if reason := _refusal(address):
        return reason
    speaks_tls = _speaks_tls(address)
    if speaks_tls and not encrypted:
        return "it requires TLS: write tls:// and name your certificates"
    if encrypted and speaks_tls is False:
        return _NO_TLS
    if encrypted and isinstance(error, OSError):
        return f"it closed the connection; it may refuse your certificate (--tls-cert): {text}"
    if isinstance(error, OSError):
        return f"it closed the connection; it may not be a dask scheduler: {text}"
    return f"it does not answer as a dask scheduler: {type(error).__name__}: {text}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _host_and_port(address: str) -> tuple[str, int]:
    from distributed.comm.addressing import get_address_host_port

    host, port = get_address_host_port(address)
    return host, port


def _refusal(address: str) -> str:
    """Return why nothing can connect to an address; empty if something listens, or may."""
    try:
        socket.create_connection(_host_and_port(address), _PROBE_LIMIT).close()
    except socket.gaierror:
        return "unknown host"
    except TimeoutError:
        return ""
    except OSError as error:
        if error.errno == errno.ECONNREFUSED:
            return "no scheduler listens there (connection refused)"
        return f"cannot be reached: {error.strerror or error}"
    return ""


def _speaks_tls(address: str) -> bool | None:
    """Return whether a server answers as TLS does; None if it does not answer."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection(_host_and_port(address), _PROBE_LIMIT) as plain:
            context.wrap_socket(plain).close()
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return None
    except ssl.SSLError as error:
        return "ALERT" in str(error)
    except OSError:
        return None
    return True
