"""The platform's settings in the Airflow connection.

They are read without the amazon provider, so that a task that resumes after its trigger needs no boto3.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from longshore.exceptions import ConnectionSettingsError

SERVICE = "emr-containers"


@dataclass(frozen=True)
class PlatformSettings:
    """The connection's `extra["service_config"]["emr-containers"]`."""

    connection_id: str | None
    """The Airflow connection (type `aws`) that this was read from; for messages. None: no connection is used."""
    region_name: str | None = None
    """AWS region, from `extra["region_name"]`; the requests are signed for it."""
    endpoint_url: str | None = None
    """Base URL of the EMR Containers API. Default: AWS's own of the region."""
    public_endpoint_url: str | None = None
    """Base URL of the same API as a user's browser reaches it, for the link to a job's log. Default: `endpoint_url`."""
    history_server_url: str | None = None
    """Base URL of a Spark History Server as a browser reaches it. Default: Spark tasks have no link to one."""
    virtual_cluster_id: str | None = None
    """The virtual cluster that job runs go to, unless the operator names one. No default: one of both must."""
    execution_role_arn: str | None = None
    """IAM role of job runs without a template (`ContainerOperator`, `EmrContainerOperator`); a template brings its own.
    No default."""
    log_uri: str | None = None
    """URI for drivers' logs, `file:///…` or `s3://…`. Default: the template's; the task then shows no driver log."""
    artifact_uri: str | None = None
    """URI for texts that are too long for a template parameter, `file:///…` or `s3://…`. No default."""

    @classmethod
    def from_extra(cls, connection_id: str | None, extra: Mapping[str, Any]) -> "PlatformSettings":
        """Reads the settings from a connection's extra, whose other keys are the amazon provider's.

        Raises:
            ConnectionSettingsError: a value is not a text, or what holds them is no object.
        """
        services = extra.get("service_config") or {}
        service = (services.get(SERVICE) or {}) if isinstance(services, Mapping) else services
        if not isinstance(service, Mapping):
            raise ConnectionSettingsError(
                f"The connection {connection_id!r} has a {type(service).__name__} where "
                f'extra["service_config"]["{SERVICE}"] must be an object.'
            )
        # A global endpoint_url is the amazon provider's default for every service.
        found = {"region_name": extra.get("region_name"), "endpoint_url": extra.get("endpoint_url"), **service}
        values = {name: value for name, value in found.items() if name in cls.names() and value is not None}
        for name, value in values.items():
            if not isinstance(value, str):
                raise ConnectionSettingsError(
                    f"The connection {connection_id!r} has a {type(value).__name__} as {name!r}: "
                    f"{setting_place(name)} must be a text."
                )
        return cls(connection_id=connection_id, **values)

    @classmethod
    def names(cls) -> list[str]:
        """Returns the names of the settings, as a connection has them."""
        return [field.name for field in fields(cls) if field.name != "connection_id"]

    def require(self, name: str) -> str:
        """Returns the setting `name`.

        Raises:
            ConnectionSettingsError: it is missing.
        """
        value: str | None = getattr(self, name)
        if not value:
            raise ConnectionSettingsError(
                f"The connection {self.connection_id!r} has no {name!r}: set {setting_place(name)}."
            )
        return value


def read_settings(connection_id: str | None) -> PlatformSettings:
    """Returns the settings of the Airflow connection; None means AWS by botocore's own configuration.

    Raises:
        ConnectionSettingsError: there is no such connection, or its extra is malformed.
    """
    if connection_id is None:
        return PlatformSettings(connection_id=None)
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = Connection.get(connection_id)
    except AirflowNotFoundException as error:
        raise missing_connection(connection_id) from error
    return PlatformSettings.from_extra(connection_id, connection.extra_dejson)


def missing_connection(connection_id: str) -> ConnectionSettingsError:
    """Returns the error for a connection that does not exist."""
    return ConnectionSettingsError(
        f"The connection {connection_id!r} does not exist: create it with the type 'aws', or name another one as the "
        "operator's aws_conn_id."
    )


def setting_place(name: str) -> str:
    """Returns where a setting is in the connection, for messages."""
    if name == "region_name":
        return 'extra["region_name"]'
    return f'extra["service_config"]["{SERVICE}"]["{name}"]'
