"""The operations that this server answers, by their names in the model."""

from collections.abc import Callable, Mapping
from typing import Any

from emr_containers.operations import (
    job_runs,
    job_templates,
    managed_endpoints,
    security_configurations,
    tags,
    virtual_clusters,
)
from emr_containers.operations.context import Context

Handler = Callable[[Context, dict[str, Any]], dict[str, Any]]

HANDLERS: Mapping[str, Handler] = {
    "CreateVirtualCluster": virtual_clusters.create,
    "DescribeVirtualCluster": virtual_clusters.describe,
    "ListVirtualClusters": virtual_clusters.list_all,
    "UpdateVirtualCluster": virtual_clusters.update,
    "DeleteVirtualCluster": virtual_clusters.delete,
    "CreateJobTemplate": job_templates.create,
    "DescribeJobTemplate": job_templates.describe,
    "ListJobTemplates": job_templates.list_all,
    "DeleteJobTemplate": job_templates.delete,
    "StartJobRun": job_runs.start,
    "DescribeJobRun": job_runs.describe,
    "ListJobRuns": job_runs.list_all,
    "CancelJobRun": job_runs.cancel,
    "CreateSecurityConfiguration": security_configurations.create,
    "DescribeSecurityConfiguration": security_configurations.describe,
    "ListSecurityConfigurations": security_configurations.list_all,
    "DeleteSecurityConfiguration": security_configurations.delete,
    "CreateManagedEndpoint": managed_endpoints.create,
    "DescribeManagedEndpoint": managed_endpoints.describe,
    "ListManagedEndpoints": managed_endpoints.list_all,
    "DeleteManagedEndpoint": managed_endpoints.delete,
    "GetManagedEndpointSessionCredentials": managed_endpoints.credentials,
    "ListTagsForResource": tags.list_all,
    "TagResource": tags.add,
    "UntagResource": tags.remove,
}
