"""The program `environments`: the controller, in the foreground, until it is told to stop."""

import argparse
import asyncio
import sys
from pathlib import Path

import kopf

from environments import door
from environments.clients import Clients
from environments.clients.airflow import Airflow
from environments.clients.helm import Helm
from environments.clients.job_server import JobServer
from environments.clients.kept import KeptRows
from environments.clients.kubernetes import connect
from environments.clients.lake import LakeRoles
from environments.clients.postgres import Databases
from environments.clients.storage import Storage
from environments.exceptions import ConfigurationError
from environments.handlers import handlers
from environments.names import FIELD_MANAGER, GROUP
from environments.reconcile import Controller
from environments.settings import Settings, load

_WORKERS = 20
"""Environments that are worked on at the same time."""


def run() -> None:
    """Reads the settings and watches environments."""
    parser = argparse.ArgumentParser(prog="environments", description=__doc__)
    parser.add_argument("--settings", type=Path, required=True, help="the settings, a YAML file: see `Settings`")
    parser.add_argument("--liveness", default="http://0.0.0.0:8080/healthz", help="where it tells that it lives")
    parser.add_argument("--door-port", type=int, default=door.PORT, help="where the gateway finds its door")
    options = parser.parse_args()
    try:
        asyncio.run(_run(load(options.settings), liveness=options.liveness, door_port=options.door_port))
    except ConfigurationError as error:
        print(f"environments: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def operator_settings() -> kopf.OperatorSettings:
    """How kopf keeps what it keeps on the objects: under our own names. Pure."""
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = f"{GROUP}/environment"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=f"kopf.{GROUP}")
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=f"kopf.{GROUP}")
    settings.posting.loggers = False  # what the owner should know, `events` says
    settings.posting.reporting_component = FIELD_MANAGER
    settings.peering.standalone = True  # the chart runs one, and none beside it
    settings.queueing.worker_limit = _WORKERS
    return settings


async def _run(settings: Settings, *, liveness: str, door_port: int) -> None:
    kopf.configure(log_format=kopf.LogFormat.JSON)
    kubernetes, airflow, databases = await connect(), Airflow(), Databases(settings)
    clients = Clients(
        kubernetes=kubernetes,
        helm=Helm(settings),
        databases=databases,
        kept=KeptRows(databases),
        airflow=airflow,
        job_server=JobServer(settings) if settings.job_server_url else None,
        lake=LakeRoles(settings),
        storage=Storage(),
    )
    _ = clients.helm.chart_digest  # a chart that is missing is told now
    try:
        async with door.serving(kubernetes, settings, port=door_port):
            await kopf.operator(
                registry=handlers(Controller(clients, settings)),
                settings=operator_settings(),
                namespaces=[settings.namespace],
                liveness_endpoint=liveness,
            )
    finally:
        await kubernetes.close()
        await airflow.close()
