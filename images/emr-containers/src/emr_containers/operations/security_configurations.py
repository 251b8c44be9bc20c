"""Security configurations: Create-, Describe-, List- and DeleteSecurityConfiguration.

A security configuration never changes. This server stores any of them, but provides nothing that they can ask for: Lake
Formation, TLS between pods, Identity Center and system roles are AWS's. Therefore a virtual cluster may only name one
that asks for nothing (`check_offered`): a user who believes a job to be protected is worse off than with an error.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from emr_containers.exceptions import ResourceNotFoundException, ValidationException
from emr_containers.jobs.identifiers import new_id, security_configuration_arn
from emr_containers.jobs.tags import check_tags
from emr_containers.operations.context import Context, check_repetition, digest, moment
from emr_containers.operations.pages import page
from emr_containers.store.tables import SecurityConfiguration, VirtualCluster


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
                f"The virtual cluster {user!r} uses the security configuration {row.id!r}; delete the virtual "
                "cluster first."
            )
        session.delete(row)
    return {"id": row.id}


def find(session: Session, identifier: str) -> SecurityConfiguration:
    """Returns the security configuration with this ID.

    Raises:
        ResourceNotFoundException: there is none.
    """
    row = session.get(SecurityConfiguration, identifier)
    if row is None:
        raise ResourceNotFoundException(_unknown(identifier))
    return row


def check_offered(row: SecurityConfiguration) -> None:
    """Checks that the server provides everything that the security configuration asks for.

    Raises:
        ValidationException: it asks for something, which is never provided.
    """
    if asked := sorted(set(_asked(row.data))):
        raise ValidationException(
            f"The security configuration {row.id!r} asks for {', '.join(asked)}, which this server does not provide: "
            "jobs would run without it. Leave securityConfigurationId out, or name one that asks for nothing."
        )


def _asked(data: Mapping[str, Any]) -> Iterator[str]:
    # The model's two outer levels, such as authorizationConfiguration.lakeFormationConfiguration, name the feature.
    for kind, members in data.items():
        for name, member in members.items():
            if _is_set(member):
                yield f"{kind}.{name}"


def _is_set(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_is_set(item) for item in value.values())
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
