"""One call of every operation of the model, in an order in which each finds what it needs."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from .right import SECURITY
from .targets import Target

UNKNOWN = "0" * 25


def call_all(target: Target, emr: Any) -> dict[str, ClientError | None]:
    """Calls every operation. Returns the error of each, or None."""
    outcomes: dict[str, ClientError | None] = {}
    cluster = target.new_cluster(emr)

    def call(operation: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
        name = emr.meta.method_to_api_mapping[operation.__name__]
        try:
            answer: dict[str, Any] = operation(**arguments)
        except ClientError as error:
            outcomes[name] = error
            return {"id": UNKNOWN}
        outcomes[name] = None
        return answer

    role, release = target.role, target.release
    job = {key: value for key, value in target.job().items() if key != "name"}
    vc = call(emr.create_virtual_cluster, name="all", containerProvider=target.new_provider())["id"]
    call(emr.describe_virtual_cluster, id=vc)
    call(emr.list_virtual_clusters, maxResults=1)
    call(emr.update_virtual_cluster, id=vc, schedulerConfiguration={"maxConcurrentJobRuns": 5})
    template = call(emr.create_job_template, name="all", jobTemplateData=job)["id"]
    call(emr.describe_job_template, id=template)
    call(emr.list_job_templates, maxResults=1)
    call(emr.delete_job_template, id=template)
    security = call(emr.create_security_configuration, name="all", securityConfigurationData=SECURITY)["id"]
    call(emr.describe_security_configuration, id=security)
    call(emr.list_security_configurations, maxResults=1)
    call(emr.delete_security_configuration, id=security)
    run = call(emr.start_job_run, virtualClusterId=cluster, **target.job("sleep"))
    call(emr.describe_job_run, virtualClusterId=cluster, id=run["id"])
    call(emr.list_job_runs, virtualClusterId=cluster, maxResults=1)
    call(emr.tag_resource, resourceArn=run["arn"], tags={"a": "b"})
    call(emr.list_tags_for_resource, resourceArn=run["arn"])
    call(emr.untag_resource, resourceArn=run["arn"], tagKeys=["a"])
    call(emr.cancel_job_run, virtualClusterId=cluster, id=run["id"])
    endpoint = call(
        emr.create_managed_endpoint,
        virtualClusterId=cluster,
        name="all",
        type="JUPYTER_ENTERPRISE_GATEWAY",
        releaseLabel=release,
        executionRoleArn=role,
    )["id"]
    call(emr.describe_managed_endpoint, virtualClusterId=cluster, id=endpoint)
    call(emr.list_managed_endpoints, virtualClusterId=cluster, maxResults=1)
    call(
        emr.get_managed_endpoint_session_credentials,
        virtualClusterIdentifier=cluster,
        endpointIdentifier=endpoint,
        executionRoleArn=role,
        credentialType="TOKEN",
    )
    call(emr.delete_managed_endpoint, virtualClusterId=cluster, id=endpoint)
    call(emr.delete_virtual_cluster, id=vc)
    if outcomes["DeleteVirtualCluster"] is None:
        target.wait_until_terminated(emr, vc)
    return outcomes
