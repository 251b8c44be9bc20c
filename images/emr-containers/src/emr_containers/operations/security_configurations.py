"""Security configurations: Create-, Describe-, List- and DeleteSecurityConfiguration. They never change.

Any of them can be kept here, but none of what one may ask for is done: Lake Formation, TLS between pods, Identity
Center and system roles are AWS's. So a virtual cluster may name only one that asks for nothing (`check_offered`): jobs
that were thought to be protected would be worse than none.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from emr_containers.database import SecurityConfiguration, VirtualCluster
from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.identifiers import new_id, security_configuration_arn
from emr_containers.operations.context import Context, check_repetition, digest, moment
from emr_containers.operations.pages import page
from emr_containers.tags import check_tags


def create(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """CreateSecurityConfiguration."""
    check_tags(values.get("tags", {}))
    with context.database.write() as session:
        found = session.scalar(
            select(SecurityConfiguration).where(SecurityConfiguration.client_token == values["clientToken"])
        )
        if found is not None:
            check_repetition(found, values)
            return _reference(context, found)
        row = SecurityConfiguration(
            id=new_id(),
            name=values["name"],
            client_token=values["clientToken"],
            request_digest=digest(values),
            created_at=context.now(),
            created_by=context.caller,
            tags=values.get("tags", {}),
            data=values["securityConfigurationData"],
        )
        session.add(row)
    return _reference(context, row)


def describe(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DescribeSecurityConfiguration."""
    with context.database.read() as session:
        return {"securityConfiguration": _shown(context, find(session, values["id"]))}


def list_all(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """ListSecurityConfigurations, by time."""
    with context.database.read() as session:
        rows, token = page(session, select(SecurityConfiguration), SecurityConfiguration, values)
    return {"securityConfigurations": [_shown(context, row) for row in rows], "nextToken": token}


def delete(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """DeleteSecurityConfiguration: refused while a virtual cluster uses it."""
    with context.database.write() as session:
        row = session.get(SecurityConfiguration, values["id"])
        if row is None:
            # The model gives this operation no ResourceNotFoundException.
            raise ValidationException(_unknown(values["id"]))
        user = session.scalar(
            select(VirtualCluster.id)
            .where(VirtualCluster.security_configuration_id == row.id, VirtualCluster.state == "RUNNING")
            .limit(1)
        )
        if user is not None:
            raise ValidationException(
                f"The virtual cluster {user!r} uses the security configuration {row.id!r}; delete that first."
            )
        session.delete(row)
    return {"id": row.id}


def find(session: Session, identifier: str) -> SecurityConfiguration:
    """The security configuration with this ID.

    Raises:
        ResourceNotFoundException: there is none.
    """
    row = session.get(SecurityConfiguration, identifier)
    if row is None:
        raise ResourceNotFoundException(_unknown(identifier))
    return row


def check_offered(row: SecurityConfiguration) -> None:
    """Checks that what the security configuration asks for is done here.

    Raises:
        ValidationException: it asks for anything.
    """
    if asked := sorted(set(_asked(row.data))):
        raise ValidationException(
            f"The security configuration {row.id!r} asks for {', '.join(asked)}, which this server does not do: jobs "
            "would run without. Leave securityConfigurationId out, or name one that asks for nothing."
        )


def _asked(data: Mapping[str, Any]) -> Iterator[str]:
    # The model's two levels, authorizationConfiguration.lakeFormationConfiguration for one, say what it is about.
    for kind, members in data.items():
        for name, member in members.items():
            if _says_something(member):
                yield f"{kind}.{name}"


def _says_something(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_says_something(item) for item in value.values())
    return value is not False  # enableIdentityCenter: false


def _unknown(identifier: str) -> str:
    return f"Security configuration {identifier!r} does not exist; ListSecurityConfigurations shows those that do."


def _reference(context: Context, row: SecurityConfiguration) -> dict[str, Any]:
    arn = security_configuration_arn(
        region=context.settings.region, account=context.settings.account_id, configuration=row.id
    )
    return {"id": row.id, "name": row.name, "arn": arn}


def _shown(context: Context, row: SecurityConfiguration) -> dict[str, Any]:
    return {
        **_reference(context, row),
        "createdAt": moment(row.created_at),
        "createdBy": row.created_by,
        "securityConfigurationData": row.data,
        "tags": row.tags,
    }
