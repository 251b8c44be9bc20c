"""What the controller is told at its start: the file that helm/environments renders from its values."""

import dataclasses
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from environments.exceptions import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All but the names in `names.py`, which nobody needs to choose."""

    namespace: str
    """Where the objects lie, the controller's pod, and the Secrets that environments may have parts of."""
    chart: str
    """The folder of the chart helm/airflow."""
    helm: str = "helm"
    """The program."""
    image: dict[str, str]
    """Of every environment that names none: `registry`, `repository`, `tag`, `digest`, as in helm/airflow's `image`."""
    image_pull_secrets: list[str] = field(default_factory=list)
    """Names of Secrets beside the objects that are copied to each environment, and open its registry."""
    public_url: str
    """The address under which the gateway offers all environments, without a path and without a slash at its end."""
    gateway_namespace: str = ""
    """From whose pods an environment's API server may be reached. Empty: from everywhere."""
    database_host: str
    """PostgreSQL's, as pods reach it."""
    database_port: int = 5432
    database_user: str = "postgres"
    """A role that may make roles and databases."""
    database_password_file: str
    """A file with its password."""
    bucket: str
    """Where snapshots of commits and logs of tasks are kept, a folder for each environment: s3://bucket/folder."""
    storage_connection: str = "longshore_s3"
    """The Airflow connection that opens it."""
    shared_connections_secret: str = "airflow-connections"  # noqa: S105  a name
    """A Secret beside the objects, whose keys connections.json and variables.json hold what environments may have."""
    base_connections: list[str] = field(default_factory=lambda: ["aws_default", "longshore_s3"])
    """Connections that each environment has."""
    allowed_connections: list[str] = field(default_factory=list)
    """Connections that an environment may ask for."""
    allowed_variables: list[str] = field(default_factory=list)
    """Variables that an environment may ask for."""
    environments_per_owner: int = 3
    refresh_seconds: int = 10
    """How often an environment's Airflow looks at its branch."""
    upgrade_seconds: int = 300
    """How long the pods of an upgrade may take to become ready, before it is rolled back."""
    releases_at_once: int = 4
    """Upgrades of releases that run at the same time; each is a process of some 100 MiB."""
    job_server_url: str = ""
    """The EMR Containers API, at which each environment gets a virtual cluster, and its connection `aws_default`
    that one's ID. Empty: jobs run where the shared connection says."""
    job_server_credentials_file: str = ""
    """A file with a key pair for it, in the format of ~/.aws/credentials."""
    job_server_cluster: str = "longshore"
    """What it calls the cluster (`containerProvider.id`)."""
    job_server_account: str = "longshore/emr-containers"
    """Its service account, as namespace/name: it starts Jobs in the environments' namespaces."""
    job_role: str = ""
    """The ARN of the execution role of the job that drops an environment's lake schema."""
    job_release: str = "spark-4.1"
    """Its release label: an image with `/opt/longshore/drop_schema.py`."""
    job_secrets: list[str] = field(default_factory=lambda: ["job-connections", "s3-credentials"])
    """Secrets beside the objects that jobs read, and that are copied to each environment."""
    lake_connection: str = ""
    """The connection in the `job_secrets` that opens the lake's catalog. Each environment gets it with a role of its
    own. Empty: as it is, with a role that writes the shared lake."""
    lake_user: str = "postgres"
    """A role that may make roles in the catalog's PostgreSQL, and has the rights of the owner of its tables."""
    lake_password_file: str = ""
    """A file with its password."""
    yunikorn_account: str = ""
    """YuniKorn's service account, as namespace/name: it makes the placeholders of gangs. Empty: there is none."""
    job_egress: list[dict[str, Any]] = field(default_factory=list)
    """What pods of jobs may reach beside each other and DNS: rules of a NetworkPolicy's `egress`. Empty: everything."""


def load(path: Path) -> Settings:
    """The settings in the YAML file `path`.

    Raises:
        ConfigurationError: it cannot be read, lacks something, or has something unknown or of another kind.
    """
    try:
        table = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ConfigurationError(f"The settings {str(path)!r} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The settings {str(path)!r} are not YAML.") from error
    if not isinstance(table, dict):
        raise ConfigurationError(f"The settings {str(path)!r} are no table: write `name: value`, a line each.")
    fields = {each.name: each for each in dataclasses.fields(Settings)}
    if unknown := sorted(map(str, table.keys() - fields.keys())):
        raise ConfigurationError(f"The settings {str(path)!r} have {unknown[0]!r}, which there is not; leave it out.")
    needed = [name for name, each in fields.items() if _has_no_default(each)]
    if missing := [name for name in needed if table.get(name) in (None, "", {})]:
        raise ConfigurationError(f"The settings {str(path)!r} have no {missing[0]!r}; set it.")
    for name, value in table.items():
        if not isinstance(value, kind := _kind(fields[name])):
            raise ConfigurationError(f"The setting {name!r} in {str(path)!r} must be a {kind.__name__}: {value!r}.")
    return Settings(**table)


def _has_no_default(each: "dataclasses.Field[Any]") -> bool:
    return each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING


def _kind(each: "dataclasses.Field[Any]") -> type:
    return typing.get_origin(each.type) or typing.cast(type, each.type)
