"""Managed endpoints: this server has none, and the five operations answer with the errors that the model gives them.

An endpoint is a Jupyter Enterprise Gateway that EMR Studio's notebooks connect to. This server only runs job runs.
"""

from typing import Any, NoReturn

from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.operations import virtual_clusters
from emr_containers.operations.context import Context
from emr_containers.operations.pages import check_empty_list

_NONE = "this server runs job runs only and has no Jupyter Enterprise Gateway, so there are no managed endpoints"


def create(context: Context, values: dict[str, Any]) -> NoReturn:
    """CreateManagedEndpoint: refused."""
    with context.database.read() as session:
        virtual_clusters.find(session, values["virtualClusterId"])
    raise ValidationException(f"A managed endpoint cannot be created: {_NONE}; start job runs with StartJobRun.")


def describe(context: Context, values: dict[str, Any]) -> NoReturn:
    """DescribeManagedEndpoint: no endpoint exists."""
    with context.database.read() as session:
        virtual_clusters.find(session, values["virtualClusterId"])
    raise ResourceNotFoundException(_unknown(values["id"]))


def list_all(_context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListManagedEndpoints: an empty list, so that tools that list all of an account work."""
    check_empty_list(values)
    return {"endpoints": []}


def delete(_context: Context, values: dict[str, Any]) -> NoReturn:
    """DeleteManagedEndpoint: no endpoint exists; ValidationException is the only error the model has for that."""
    raise ValidationException(_unknown(values["id"]))


def credentials(_context: Context, values: dict[str, Any]) -> NoReturn:
    """GetManagedEndpointSessionCredentials: no endpoint exists."""
    raise ResourceNotFoundException(_unknown(values["endpointIdentifier"]))


def _unknown(identifier: str) -> str:
    return f"Managed endpoint {identifier[:100]!r} does not exist: {_NONE}."
