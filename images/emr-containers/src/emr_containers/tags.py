"""What every set of tags must keep to. Pure."""

from collections.abc import Iterable

from emr_containers.exceptions import ValidationException

OWNER_TAG = "longshore.dev/owner"
"""Whose a job run is: as it was started with, whatever its tags become. YuniKorn's queues are chosen by it."""
MOST_TAGS = 50
"""Of a resource. Source: the model's TagMap."""


def check_tags(keys: Iterable[str]) -> None:
    """Checks tag keys that a user wants to set or remove.

    Raises:
        ValidationException: one is AWS's own. Source: AWS, EMR management guide, "Restrictions that apply to tagging".
    """
    for key in keys:
        if key.lower().startswith("aws:"):
            raise ValidationException(f"The tag key {key[:80]!r} begins with 'aws:', which is reserved for AWS's own.")
