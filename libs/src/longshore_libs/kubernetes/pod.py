"""The access that a pod has by its service account."""

import os
import ssl
from pathlib import Path

from longshore_libs.exceptions import AccessError, NoClusterError, TokenError
from longshore_libs.kubernetes.access import Access

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""The folder in which Kubernetes gives a pod its service account."""


def pod_access(*, account: Path = ACCOUNT) -> Access:
    """Returns the access of the pod's service account.

    The token is read for each request, because Kubernetes replaces it every hour. No proxy applies: the API server is
    in the cluster.

    Args:
        account: the folder of the service account's files.

    Raises:
        NoClusterError: this is not a pod with a service account. AccessError: its files cannot be used.
        TokenError: its token cannot be read.
    """
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{part}") for part in ("HOST", "PORT"))
    if not host or not port:
        raise NoClusterError("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set")
    authority = account / "ca.crt"
    try:
        tls = ssl.create_default_context(cafile=str(authority))
    except FileNotFoundError as error:
        raise NoClusterError(f"the file {str(authority)!r} does not exist") from error
    except OSError as error:  # also an ssl.SSLError: no certificate
        raise AccessError(f"{str(authority)!r} cannot be used: {error}") from error
    _token(account / "token")

    async def authorization() -> str:
        return f"Bearer {_token(account / 'token')}"

    return Access(url=f"https://{f'[{host}]' if ':' in host else host}:{port}", tls=tls, authorization=authorization)


def _token(file: Path) -> str:
    try:
        token = file.read_text().strip()
    except OSError as error:
        raise TokenError(f"the token {str(file)!r} cannot be read: {error.strerror}") from error
    if not token:
        raise TokenError(f"the token {str(file)!r} is empty")
    return token
