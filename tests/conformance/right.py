"""For every operation one request with nearly all that its input may have; right by the model, all made up."""

from datetime import UTC, datetime
from typing import Any

ID = "0" * 25
ROLE = "arn:aws:iam::000000000000:role/conformance"
KEY = "arn:aws:kms:us-east-1:000000000000:key/conformance"
ARN = f"arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/{ID}"
PROVIDER = {"type": "EKS", "id": "none", "info": {"eksInfo": {"namespace": "none", "nodeLabel": "none"}}}
TAGS = {"team": "data"}
DRIVER = {
    "sparkSubmitJobDriver": {
        "entryPoint": "s3://none/none.py",
        "entryPointArguments": ["none"],
        "sparkSubmitParameters": "--conf spark.executor.instances=1",
    }
}
OVERRIDES = {
    "applicationConfiguration": [{"classification": "spark-defaults", "properties": {"spark.ui.enabled": "false"}}],
    "monitoringConfiguration": {
        "managedLogs": {"allowAWSToRetainLogs": "ENABLED", "encryptionKeyArn": KEY},
        "persistentAppUI": "ENABLED",
        "cloudWatchMonitoringConfiguration": {"logGroupName": "none", "logStreamNamePrefix": "none"},
        "s3MonitoringConfiguration": {"logUri": "s3://none/logs", "encryptionKeyArn": KEY},
        "containerLogRotationConfiguration": {"rotationSize": "10MB", "maxFilesToKeep": 5},
    },
}
TEMPLATE = {
    "executionRoleArn": ROLE,
    "releaseLabel": "emr-7.0.0-latest",
    "jobDriver": DRIVER,
    "configurationOverrides": {
        "monitoringConfiguration": {
            "persistentAppUI": "ENABLED",
            "cloudWatchMonitoringConfiguration": {"logGroupName": "none", "logStreamNamePrefix": "none"},
            "s3MonitoringConfiguration": {"logUri": "s3://none/logs"},
        }
    },
    "parameterConfiguration": {"table": {"type": "STRING", "defaultValue": "none"}},
    "jobTags": TAGS,
}
SECURITY = {
    "authorizationConfiguration": {
        "lakeFormationConfiguration": {
            "authorizedSessionTagValue": "emr",
            "secureNamespaceInfo": {"clusterId": "conformance", "namespace": "secure"},
            "queryEngineRoleArn": ROLE,
        }
    }
}
PAGE: dict[str, Any] = {"createdAfter": datetime(2026, 1, 1, tzinfo=UTC), "maxResults": 1}
JOB_RUN = {"virtualClusterId": ID, "id": ID}
SESSION = {"virtualClusterIdentifier": ID, "endpointIdentifier": ID, "executionRoleArn": ROLE}

REQUESTS: dict[str, dict[str, Any]] = {
    "CancelJobRun": JOB_RUN,
    "CreateJobTemplate": {
        "name": "none",
        "clientToken": "none",
        "jobTemplateData": TEMPLATE,
        "tags": TAGS,
        "kmsKeyArn": KEY,
    },
    "CreateManagedEndpoint": {
        "virtualClusterId": ID,
        "name": "none",
        "type": "JUPYTER_ENTERPRISE_GATEWAY",
        "releaseLabel": "emr-7.0.0-latest",
        "executionRoleArn": ROLE,
        "configurationOverrides": OVERRIDES,
        "clientToken": "none",
        "tags": TAGS,
    },
    "CreateSecurityConfiguration": {
        "clientToken": "none",
        "name": "none",
        "containerProvider": PROVIDER,
        "securityConfigurationData": SECURITY,
        "tags": TAGS,
    },
    "CreateVirtualCluster": {
        "name": "none",
        "containerProvider": PROVIDER,
        "clientToken": "none",
        "tags": TAGS,
        "securityConfigurationId": ID,
        "schedulerConfiguration": {"maxInQueueJobRuns": 100, "maxConcurrentJobRuns": 1},
    },
    "DeleteJobTemplate": {"id": ID},
    "DeleteManagedEndpoint": JOB_RUN,
    "DeleteSecurityConfiguration": {"id": ID},
    "DeleteVirtualCluster": {"id": ID},
    "DescribeJobRun": JOB_RUN,
    "DescribeJobTemplate": {"id": ID},
    "DescribeManagedEndpoint": JOB_RUN,
    "DescribeSecurityConfiguration": {"id": ID},
    "DescribeVirtualCluster": {"id": ID},
    "GetManagedEndpointSessionCredentials": {
        **SESSION,
        "credentialType": "TOKEN",
        "logContext": "none",
        "clientToken": "none",
    },
    "ListJobRuns": {"virtualClusterId": ID, "name": "none", "states": ["RUNNING"], **PAGE},
    "ListJobTemplates": PAGE,
    "ListManagedEndpoints": {"virtualClusterId": ID, "types": ["none"], "states": ["ACTIVE"], **PAGE},
    "ListSecurityConfigurations": PAGE,
    "ListTagsForResource": {"resourceArn": ARN},
    "ListVirtualClusters": {
        "containerProviderId": "none",
        "containerProviderType": "EKS",
        "states": ["RUNNING"],
        **PAGE,
    },
    "StartJobRun": {
        "virtualClusterId": ID,
        "name": "none",
        "clientToken": "none",
        "executionRoleArn": ROLE,
        "releaseLabel": "emr-7.0.0-latest",
        "jobDriver": DRIVER,
        "configurationOverrides": OVERRIDES,
        "tags": TAGS,
        "jobTemplateId": ID,
        "jobTemplateParameters": {"table": "none"},
        "retryPolicyConfiguration": {"maxAttempts": 2},
    },
    "TagResource": {"resourceArn": ARN, "tags": TAGS},
    "UntagResource": {"resourceArn": ARN, "tagKeys": ["team"]},
    "UpdateVirtualCluster": {
        "id": ID,
        "clientToken": "none",
        "schedulerConfiguration": {"maxInQueueJobRuns": 100, "maxConcurrentJobRuns": 1},
    },
}
