"""The access that kubeconfig files give, with their plugins for credentials, as kubernetes_asyncio reads them.

Only this module imports it: its models take half a second and 40 MB, and pods do not need it.
"""

import os
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

from kubernetes_asyncio.client import Configuration
from kubernetes_asyncio.config import ConfigException, load_kube_config
from yaml import YAMLError

from longshore_libs.exceptions import AccessError, TokenError
from longshore_libs.kubernetes.access import Access

_FRESH_SECONDS = 60.0
"""Credentials are read again after this time: a plugin's token may live for minutes only."""
_UNUSABLE = (ConfigException, YAMLError, OSError, ValueError, TypeError, AttributeError, LookupError, AssertionError)
"""Errors of kubernetes_asyncio for files of another form."""


async def kubeconfig_access(files: Sequence[Path]) -> Access:
    """Returns the access of the files' current context.

    Raises:
        AccessError: the files cannot be used.
    """
    configuration, names = Configuration(), os.pathsep.join(str(file) for file in files)
    try:
        loader = await load_kube_config(config_file=names, client_configuration=configuration, persist_config=False)
        tls = _tls(configuration)
    except _UNUSABLE as error:
        raise AccessError(f"{names!r} cannot be used: {error or type(error).__name__}") from error
    read_at = time.monotonic()

    async def authorization() -> str | None:
        nonlocal read_at
        if time.monotonic() - read_at >= _FRESH_SECONDS:
            read_at = time.monotonic()  # before the plugin runs, so that it runs once for all requests
            try:
                await loader.load_and_set(configuration)
            except Exception as error:  # a plugin may fail in any way
                raise TokenError(f"{names!r} gives no credentials now: {error or type(error).__name__}") from error
        return await configuration.get_api_key_with_prefix("BearerToken")

    return Access(
        url=str(configuration.host).rstrip("/"),
        tls=tls,
        authorization=authorization,
        tls_name=configuration.tls_server_name,
        proxy=configuration.proxy,
        trust_env=True,
    )


def _tls(configuration: Configuration) -> ssl.SSLContext:
    tls = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    if configuration.cert_file:
        tls.load_cert_chain(configuration.cert_file, keyfile=configuration.key_file)
    if not configuration.verify_ssl:
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
    return tls
