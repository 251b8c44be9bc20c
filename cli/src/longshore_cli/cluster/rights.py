"""What the key pair that all environments have may do, in the cluster's S3 and at its job server. Pure.

Code in an environment can read that pair. So it opens no job of production's, and writes no file of production's: what
docs/environments.md, "Data isolation", asks of a production platform, too.
"""

from typing import Any

from longshore_cli.cluster.secrets import BUCKET, Keys

_VERSION = "2012-10-17"
_WRITES = ("s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
_FOLDERS = ("lake/env_*/*", "environments/*", "event-logs/*")
"""What environments may write to: their schemas of the lake, what is theirs alone, and the event logs of their jobs."""


def bucket_policy(keys: Keys) -> dict[str, Any]:
    """The policy of the one bucket: environments read it, and write to folders of theirs. Its owner may do everything.

    Source: Amazon S3, "Bucket policies"; as versitygw has it, a principal is an access key.
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
    """The job server's policies, by access key: the platform may do everything, environments what a DAG does.

    Args:
        production: the ID of the virtual cluster that is not for environments; None while there is none, and
            environments may do nothing.
    """
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    of_a_dag = [
        f"emr-containers:{name}" for name in ("Describe*", "List*", "StartJobRun", "CancelJobRun", "TagResource")
    ]
    clusters = f"arn:aws:emr-containers:*:*:/virtualclusters/{production or '*'}"
    return {
        keys.access_key: {"Version": _VERSION, "Statement": [everything]},
        keys.environments_access_key: {
            "Version": _VERSION,
            "Statement": [
                {"Effect": "Allow", "Action": of_a_dag, "Resource": "*"},
                {"Effect": "Deny", "Action": "*", "Resource": [clusters, f"{clusters}/*"]},
            ],
        },
    }
