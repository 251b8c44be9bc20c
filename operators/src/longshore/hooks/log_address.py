"""The address of a job run's log in a browser."""

from typing import TYPE_CHECKING

from longshore.connection.settings import SERVICE

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

LINK_SECONDS = 3600
"""Seconds for which a signed link to a log is valid. It is made when somebody opens the task's page."""


def log_address(hook: "EmrContainersHook", job_run_id: str) -> str:
    """Returns the address. Raises LongshoreError.

    Our own server: its page of the driver's output, without the signature that it asks for (`log_link`). AWS: the
    console's page of the virtual cluster, which asks for a login.
    """
    endpoint = _endpoint(hook)
    if endpoint is None:
        region = _region(hook)
        domain = {"cn": "amazonaws.cn", "us-gov": "amazonaws-us-gov.com"}
        suffix = next((d for part, d in domain.items() if region.startswith(f"{part}-")), "aws.amazon.com")
        return f"https://{region}.console.{suffix}/emr/home?region={region}#/eks/clusters/{hook.virtual_cluster_id}"
    return f"{endpoint.rstrip('/')}/virtualclusters/{hook.virtual_cluster_id}/jobruns/{job_run_id}/logs"


def log_link(hook: "EmrContainersHook", job_run_id: str) -> str:
    """Returns `log_address`, for our own server with a signature for this one page, valid `LINK_SECONDS`.

    Raises:
        LongshoreError: the connection has no key, or lacks a setting.
    """
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    address = log_address(hook, job_run_id)
    if _endpoint(hook) is None:
        return address
    request = AWSRequest("GET", address)
    with hook.translating("sign a link to the log"):
        credentials = hook.get_credentials(region_name=_region(hook))
        SigV4QueryAuth(credentials, SERVICE, _region(hook), expires=LINK_SECONDS).add_auth(request)
    return str(request.url)


def _endpoint(hook: "EmrContainersHook") -> str | None:
    return hook.settings.public_endpoint_url or hook.settings.endpoint_url


def _region(hook: "EmrContainersHook") -> str:
    # The connection usually names it: a client takes longer to make than a signature.
    return hook.region_name or hook.client.meta.region_name
