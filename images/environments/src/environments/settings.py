"""The settings of the controller: a file that helm/environments renders from its values."""

import dataclasses
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from environments.exceptions import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings; the names in `resource/names.py` are fixed."""

    namespace: str
    """The namespace of the objects, the controller's pod, and the Secrets that environments may get parts of."""
    chart: str
    """The folder of the chart helm/airflow."""
    helm: str = "helm"
    """The program helm."""
    image: dict[str, str]
    """The default image: `registry`, `repository`, `tag`, `digest`, as in `image` of helm/airflow."""
    image_pull_secrets: list[str] = field(default_factory=list)
    """Names of Secrets beside the objects that are copied to each environment to open the image's registry."""
    public_url: str
    """The address of the gateway to all environments, without a path and without a trailing slash."""
    gateway_namespace: str = ""
    """The namespace whose pods may connect to an environment's API server. Empty: all namespaces."""
    database_host: str
    """The host of PostgreSQL, as pods reach it."""
    database_port: int = 5432
    database_user: str = "postgres"
    """A role that may create roles and databases."""
    database_password_file: str
    """A file with that role's password."""
    bucket: str
    """The folder (s3://bucket/folder) for snapshots of commits and logs of tasks; each environment has one in it."""
    storage_connection: str = "longshore_s3"
    """The Airflow connection that opens the bucket."""
    shared_connections_secret: str = "airflow-connections"  # noqa: S105  a name
    """A Secret beside the objects; its keys connections.json and variables.json hold what environments may get."""
    base_connections: list[str] = field(default_factory=lambda: ["aws_default", "longshore_s3"])
    """Connections that every environment gets."""
    allowed_connections: list[str] = field(default_factory=list)
    """Connections that an environment may ask for."""
    allowed_variables: list[str] = field(default_factory=list)
    """Variables that an environment may ask for."""
    environments_per_owner: int = 3
    refresh_seconds: int = 10
    """Seconds between two refreshes of an environment's branch."""
    upgrade_seconds: int = 300
    """Seconds that the pods of an upgrade may take to become ready before it is rolled back."""
    releases_at_once: int = 4
    """Maximum number of simultaneous upgrades; each is a process of some 100 MiB."""
    job_server_url: str = ""
    """The EMR Containers API, at which each environment gets a virtual cluster; its connection `aws_default` gets the
    cluster's ID. Empty: jobs run where the shared connection says."""
    job_server_credentials_file: str = ""
    """A file with a key pair for the API, in the format of ~/.aws/credentials."""
    job_server_cluster: str = "longshore"
    """The API's name for the cluster (`containerProvider.id`)."""
    job_server_account: str = "longshore/emr-containers"
    """The API's service account, as namespace/name: it starts Jobs in the environments' namespaces."""
    job_role: str = ""
    """The ARN of the execution role of the job that drops an environment's lake schema."""
    job_release: str = "spark-4.1"
    """The release label of that job: an image with `/opt/longshore/drop_schema.py`."""
    job_secrets: list[str] = field(default_factory=lambda: ["job-connections", "s3-credentials"])
    """Secrets beside the objects that jobs read; they are copied to each environment."""
    lake_connection: str = ""
    """The connection in the `job_secrets` that opens the lake's catalog; each environment gets it with its own role.
    Empty: the connection is copied as it is, with a role that writes the shared lake."""
    lake_user: str = "postgres"
    """A role that may create roles in the catalog's PostgreSQL, and has the rights of the owner of its tables."""
    lake_password_file: str = ""
    """A file with that role's password."""
    yunikorn_account: str = ""
    """YuniKorn's service account, as namespace/name: it creates the placeholders of gangs. Empty: no YuniKorn."""
    job_egress: list[dict[str, Any]] = field(default_factory=list)
    """The egress rules (of a NetworkPolicy) for pods of jobs, in addition to each other and DNS. Empty: no limit."""


def load(path: Path) -> Settings:
    """Returns the settings in the YAML file `path`.

    Raises:
        ConfigurationError: the file cannot be read, or a setting is missing, unknown or of the wrong type.
    """
    try:
        table = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ConfigurationError(f"The settings {str(path)!r} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The settings {str(path)!r} are not YAML.") from error
    if not isinstance(table, dict):
        raise ConfigurationError(f"The settings {str(path)!r} are not a mapping. Write `name: value`, a line each.")
    fields = {each.name: each for each in dataclasses.fields(Settings)}
    if unknown := sorted(map(str, table.keys() - fields.keys())):
        raise ConfigurationError(f"The settings {str(path)!r} have the unknown name {unknown[0]!r}. Remove it.")
    needed = [name for name, each in fields.items() if _has_no_default(each)]
    if missing := [name for name in needed if table.get(name) in (None, "", {})]:
        raise ConfigurationError(f"The settings {str(path)!r} have no {missing[0]!r}. Set it.")
    for name, value in table.items():
        if not isinstance(value, kind := _kind(fields[name])):
            raise ConfigurationError(f"The setting {name!r} in {str(path)!r} must be a {kind.__name__}: {value!r}.")
    return Settings(**table)


def _has_no_default(each: "dataclasses.Field[Any]") -> bool:
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def _kind(each: "dataclasses.Field[Any]") -> type:
    return typing.get_origin(each.type) or typing.cast(type, each.type)
