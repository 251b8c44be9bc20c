"""The program `environments`: runs the controller in the foreground until it is stopped."""

import argparse
import asyncio
import sys
from pathlib import Path

import kopf

from environments.clients import Clients
from environments.clients.airflow import Airflow
from environments.clients.helm import Helm
from environments.clients.job_server import JobServer
from environments.clients.kubernetes import connect
from environments.clients.lake import LakeRoles
from environments.clients.postgres import Databases
from environments.clients.retained import RetainedRows
from environments.clients.storage import Storage
from environments.controller import Controller
from environments.exceptions import ConfigurationError
from environments.handlers import handlers
from environments.metrics.page import PORT as METRICS_PORT
from environments.metrics.page import serving_metrics
from environments.resource.names import FIELD_MANAGER, GROUP
from environments.settings import Settings, load
from environments.wake_page.app import PORT, serving

_WORKERS = 20
"""Number of environments that are worked on at the same time."""


def run() -> None:
    """Reads the settings and watches environments."""
    parser = argparse.ArgumentParser(prog="environments", description=__doc__)
    parser.add_argument("--settings", type=Path, required=True, help="the settings, a YAML file: see `Settings`")
    parser.add_argument(
        "--liveness", default="http://0.0.0.0:8080/healthz", help="the address of the liveness endpoint"
    )
    parser.add_argument("--door-port", type=int, default=PORT, help="the port of the wake page, for the gateway")
    parser.add_argument("--metrics-port", type=int, default=METRICS_PORT, help="the port of the metrics")
    options = parser.parse_args()
    ports = {"page_port": options.door_port, "metrics_port": options.metrics_port}
    try:
        asyncio.run(_run(load(options.settings), liveness=options.liveness, **ports))
    except ConfigurationError as error:
        print(f"environments: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)


def operator_settings() -> kopf.OperatorSettings:
    """Returns the settings of kopf, which keeps its annotations on objects under our own names. Pure."""
    settings = kopf.OperatorSettings()
    settings.persistence.finalizer = f"{GROUP}/environment"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=f"kopf.{GROUP}")
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=f"kopf.{GROUP}")
    settings.posting.loggers = False  # `events` posts what the owner should know
    settings.posting.reporting_component = FIELD_MANAGER
    settings.peering.standalone = True  # the chart runs a single controller
    settings.queueing.worker_limit = _WORKERS
    return settings


async def _run(settings: Settings, *, liveness: str, page_port: int, metrics_port: int) -> None:
    kopf.configure(log_format=kopf.LogFormat.JSON)
    kubernetes, airflow, databases = await connect(), Airflow(), Databases(settings)
    clients = Clients(
        kubernetes=kubernetes,
        helm=Helm(settings),
        databases=databases,
        retained=RetainedRows(databases),
        airflow=airflow,
        job_server=JobServer(settings) if settings.job_server_url else None,
        lake=LakeRoles(settings),
        storage=Storage(),
    )
    _ = clients.helm.chart_digest  # a missing chart fails at the start
    try:
        async with (
            serving(kubernetes, settings, port=page_port),
            serving_metrics(kubernetes, settings, port=metrics_port),
        ):
            await kopf.operator(
                registry=handlers(Controller(clients, settings)),
                settings=operator_settings(),
                namespaces=[settings.namespace],
                liveness_endpoint=liveness,
            )
    finally:
        await kubernetes.close()
        await airflow.close()
