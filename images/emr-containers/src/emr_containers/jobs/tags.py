"""The rules that every set of tags must follow. Pure."""

from collections.abc import Iterable

from emr_containers.exceptions import ValidationException

OWNER_TAG = "longshore.dev/owner"
"""The tag that names the owner of a job run when it is started; YuniKorn's queues are chosen by it.

Later changes of the run's tags do not change its owner.
"""
MOST_TAGS = 50
"""The most tags that a resource may have. Source: the model's TagMap."""


def check_tags(keys: Iterable[str]) -> None:
    """Checks tag keys that a user wants to set or remove.

    Raises:
        ValidationException: a key is reserved for AWS. Source: AWS, EMR management guide, "Restrictions that
            apply to tagging".
    """
    for key in keys:
        if key.lower().startswith("aws:"):
            raise ValidationException(f"The tag key {key[:80]!r} begins with 'aws:', which is reserved for AWS's own.")
