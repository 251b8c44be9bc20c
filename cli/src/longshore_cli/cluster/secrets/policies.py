"""The rights of the environments' key pair, in the cluster's S3 and at its job server. Pure.

Code in an environment can read that pair, so it must not reach production's jobs or write its files. A production
platform needs the same; see docs/environments/operating.md.
"""

from typing import Any

from longshore_cli.cluster.addresses import BUCKET
from longshore_cli.cluster.secrets.keys import Keys

_VERSION = "2012-10-17"
_WRITES = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
_FOLDERS = ("lake/env_*/*", "environments/*", "event-logs/*")
"""The folders that environments may write: their schemas of the lake, their own files, and their jobs' event logs."""


def bucket_policy(keys: Keys) -> dict[str, Any]:
    """Returns the bucket's policy: environments read all, and write only their folders. The owner may do everything.

    Source: Amazon S3, "Bucket policies"; a principal of versitygw is an access key.
    """
    bucket = f"arn:aws:s3:::{BUCKET}"

    def allow(actions: tuple[str, ...], *resources: str) -> dict[str, Any]:
        principal = {"AWS": [keys.environments_access_key]}
        return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": list(resources)}

    return {
        "Version": _VERSION,
        "Statement": [
            allow(("s3:GetObject", "s3:ListBucket"), bucket, f"{bucket}/*"),
            allow(_WRITES, *(f"{bucket}/{folder}" for folder in _FOLDERS)),
        ],
    }


def job_server_policies(keys: Keys, *, production: str | None) -> dict[str, Any]:
    """Returns the job server's policies by access key: the platform may do everything, environments what a DAG does.

    Args:
        production: the ID of the virtual cluster that environments must not use; None while it is unknown, and then
            environments may do nothing.
    """
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    of_a_dag = [
        f"emr-containers:{name}" for name in ("Describe*", "List*", "StartJobRun", "CancelJobRun", "TagResource")
    ]
    # Jobs are whose key it is: `conf`, `jars` and `py_files` of a task are overrides of its template.
    overrides = {
        "Effect": "Allow",
        "Action": "emr-containers:StartJobRun",
        "Resource": "*",
        "Condition": {"StringLike": {"longshore:ConfigurationOverride": "*"}},
    }
    clusters = f"arn:aws:emr-containers:*:*:/virtualclusters/{production or '*'}"
    return {
        keys.access_key: {"Version": _VERSION, "Statement": [everything, overrides]},
        keys.environments_access_key: {
            "Version": _VERSION,
            "Statement": [
                {"Effect": "Allow", "Action": of_a_dag, "Resource": "*"},
                overrides,
                {"Effect": "Deny", "Action": "*", "Resource": [clusters, f"{clusters}/*"]},
            ],
        },
    }
