"""Clients of the outside systems that environments need. Only modules in this package do I/O."""

from dataclasses import dataclass

from environments.clients.airflow import Airflow
from environments.clients.helm import Helm
from environments.clients.job_server import JobServer
from environments.clients.kubernetes import Kubernetes
from environments.clients.lake import LakeRoles
from environments.clients.postgres import Databases
from environments.clients.retained import RetainedRows
from environments.clients.storage import Storage

__all__ = ["Clients"]


@dataclass(frozen=True, kw_only=True)
class Clients:
    """All clients."""

    kubernetes: Kubernetes
    helm: Helm
    databases: Databases
    retained: RetainedRows
    airflow: Airflow
    job_server: JobServer | None
    """None: jobs run where the shared connection says."""
    lake: LakeRoles
    storage: Storage
