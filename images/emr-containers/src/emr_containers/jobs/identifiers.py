"""IDs and ARNs in AWS's forms."""

import secrets
import time

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_id() -> str:
    """Returns a resource ID of 25 characters `[0-9a-z]`.

    The milliseconds come first, so that IDs sort by age; then come 80 random bits.
    """
    return _base36(time.time_ns() // 1_000_000, 9) + _base36(secrets.randbits(80), 16)


def virtual_cluster_arn(*, region: str, account: str, cluster: str) -> str:
    """Returns the ARN of a virtual cluster."""
    return f"arn:aws:emr-containers:{region}:{account}:/virtualclusters/{cluster}"


def job_run_arn(*, region: str, account: str, cluster: str, job_run: str) -> str:
    """Returns the ARN of a job run."""
    return f"{virtual_cluster_arn(region=region, account=account, cluster=cluster)}/jobruns/{job_run}"


def job_template_arn(*, region: str, account: str, template: str) -> str:
    """Returns the ARN of a job template."""
    return f"arn:aws:emr-containers:{region}:{account}:/jobtemplates/{template}"


def security_configuration_arn(*, region: str, account: str, configuration: str) -> str:
    """Returns the ARN of a security configuration."""
    return f"arn:aws:emr-containers:{region}:{account}:/securityconfigurations/{configuration}"


def caller_arn(*, account: str, access_key: str) -> str:
    """Returns the ARN of the IAM user that `createdBy` names for an access key."""
    return f"arn:aws:iam::{account}:user/{access_key}"


def _base36(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return digits.rjust(width, "0")
