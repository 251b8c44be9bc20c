"""The record of a job run: what our own job server knows of it beside the API's answer."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from longshore_cli.clients.job_api import JobApi
from longshore_cli.exceptions import ApiError, ApiUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef


def read_record(api: JobApi, run: "JobRunTypeDef") -> dict[str, Any]:
    """Returns the record; empty where the API has none: at AWS, and on a server of an earlier version.

    Raises:
        ApiUnavailableError: the server does not answer.
    """
    if api.is_aws:
        return {}
    try:
        found: dict[str, Any] = json.loads(
            api.read(f"/virtualclusters/{run['virtualClusterId']}/jobruns/{run['id']}/record")
        )
    except ApiUnavailableError:
        raise
    except ApiError:
        return {}  # the run itself was described a moment ago, so it is the page that is missing
    return found


def moment(record: dict[str, Any], name: str) -> datetime | None:
    """Returns a time of the record, timezone-aware; None if it is not known. Pure."""
    seconds = record.get(name)
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
