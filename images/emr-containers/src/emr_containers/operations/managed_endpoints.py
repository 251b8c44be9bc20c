"""Managed endpoints: there are none here, and the five operations say so in the errors that the model gives them.

An endpoint is a Jupyter Enterprise Gateway that EMR Studio's notebooks connect to; this server runs job runs only.
"""

from typing import Any, NoReturn

from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.operations import virtual_clusters
from emr_containers.operations.context import Context
from emr_containers.operations.pages import no_token

_NONE = "this server runs job runs only and has no Jupyter Enterprise Gateway, so there are no managed endpoints"


def create(context: Context, values: dict[str, Any]) -> NoReturn:
    """CreateManagedEndpoint: refused."""
    with context.database.read() as session:
        virtual_clusters.find(session, values["virtualClusterId"])
    raise ValidationException(f"A managed endpoint cannot be created: {_NONE}; start job runs with StartJobRun.")


def describe(context: Context, values: dict[str, Any]) -> NoReturn:
    """DescribeManagedEndpoint: whatever it is asked for does not exist."""
    with context.database.read() as session:
        virtual_clusters.find(session, values["virtualClusterId"])
    raise ResourceNotFoundException(_unknown(values["id"]))


def list_all(_context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListManagedEndpoints: none, so that what takes stock of an account goes on."""
    no_token(values)
    return {"endpoints": []}


def delete(_context: Context, values: dict[str, Any]) -> NoReturn:
    """DeleteManagedEndpoint: whatever it is asked for does not exist; the model has no other error for that."""
    raise ValidationException(_unknown(values["id"]))


def credentials(_context: Context, values: dict[str, Any]) -> NoReturn:
    """GetManagedEndpointSessionCredentials: whatever it is asked for does not exist."""
    raise ResourceNotFoundException(_unknown(values["endpointIdentifier"]))


def _unknown(identifier: str) -> str:
    return f"Managed endpoint {identifier[:100]!r} does not exist: {_NONE}."
