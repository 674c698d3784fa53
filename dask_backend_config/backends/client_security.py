"""Let clients in other processes of a user connect to an encrypted cluster by its address.

dask's key ``distributed.client.security-loader`` names a function that returns the certificates for
an address. If it names `client_security`, each cluster with temporary certificates writes them into
a private folder, where `client_security` finds them.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import dask.config

from ..storage.private_folder import PrivateFolder, own_files

if TYPE_CHECKING:
    from distributed.security import Security

_KEY = "distributed.client.security-loader"
_LOADER = "dask_backend_config.client_security"
_FILE = "client.json"
_ADDRESS = "address"


def client_security(connection: Mapping[str, str]) -> Security | None:
    """Return the certificates of a backend that this user runs on this machine.

    Set ``distributed.client.security-loader`` to ``dask_backend_config.client_security`` for the
    processes of the backends and of the clients; then ``Client("tls://10.0.0.1:8786")`` connects.

    Parameters
    ----------
    connection : mapping
        With the key ``address``, as dask passes it.

    Returns
    -------
    distributed.security.Security or None
        None if no running backend has the address; dask then uses ``distributed.comm.tls``.
    """
    from distributed.security import Security

    for content in own_files(tempfile.gettempdir(), _FILE):
        fields: dict[str, Any] = json.loads(content)
        if fields.pop(_ADDRESS) == connection[_ADDRESS]:
            return Security(require_encryption=True, **fields)
    return None


def share_security(address: str, security: Security) -> PrivateFolder | None:
    """Write the certificates of a cluster for `client_security`, if dask is to call that.

    Parameters
    ----------
    address : str
        Of the scheduler.
    security : distributed.security.Security
        The certificates of the cluster.

    Returns
    -------
    PrivateFolder or None
        The folder to remove when the cluster ends.
    """
    if not address.startswith("tls:") or dask.config.get(_KEY, None) != _LOADER:
        return None
    files = security.get_tls_config_for_role("client")
    fields = {
        _ADDRESS: address,
        "tls_ca_file": files["ca_file"],
        "tls_client_cert": files["cert"],
        "tls_client_key": files["key"],
    }
    folder = PrivateFolder(tempfile.gettempdir())
    folder.write({_FILE: json.dumps(fields)})
    return folder
