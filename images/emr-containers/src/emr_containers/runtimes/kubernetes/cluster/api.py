"""The cluster's API for job runs: its configuration, and changes that only the server of the present term makes."""

from collections.abc import Mapping
from typing import Any

from longshore_libs.exceptions import AccessError, NoClusterError
from longshore_libs.kubernetes.access import Access
from longshore_libs.kubernetes.client import MERGE, Client, Query
from longshore_libs.kubernetes.finding import find_access

from emr_containers.exceptions import ConfigurationError
from emr_containers.runtimes.fence import check_fence


async def load_access() -> Access:
    """Returns the access to the cluster: from KUBECONFIG, as a pod of the cluster, or from ~/.kube/config.

    Raises:
        ConfigurationError: no cluster is configured, or its configuration cannot be used.
    """
    try:
        return await find_access()
    except NoClusterError as error:
        raise ConfigurationError(
            f"--runtime kubernetes finds no cluster: {error}. Run the server in a cluster, or set KUBECONFIG."
        ) from error
    except AccessError as error:
        raise ConfigurationError(f"The configuration of the cluster cannot be used: {error}") from error


class Api(Client):
    """Requests to one cluster. Before each change, the server's term is checked."""

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """See `Client.post`."""
        check_fence()
        return await super().post(path, body)

    async def patch(
        self, path: str, body: Mapping[str, Any], query: Query | None = None, *, content: str = MERGE
    ) -> Any:
        """See `Client.patch`."""
        check_fence()
        return await super().patch(path, body, query, content=content)

    async def delete(self, path: str, body: Mapping[str, Any] | None = None, query: Query | None = None) -> Any:
        """See `Client.delete`."""
        check_fence()
        return await super().delete(path, body, query)
