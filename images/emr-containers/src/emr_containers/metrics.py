"""The metrics that Prometheus scrapes at `/metrics`, without a signature; all labels have few values.

Counters count since this process started, as Prometheus expects; job runs are counted in the database at each scrape.
Names follow Prometheus's conventions ("Metric and label naming").
"""

import time
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from emr_containers.api.model import service_model
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun, VirtualCluster

REQUESTS = Counter(
    "emr_containers_requests", "Requests answered, by operation and HTTP status.", ("operation", "status")
)
LATENCY = Histogram(
    "emr_containers_request_duration_seconds",
    "From a request's head to its answer, by operation.",
    ("operation",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
STARTED = Counter("emr_containers_attempts_started", "Attempts of job runs that were started or found again.")
ENDED = Counter(
    "emr_containers_attempts_ended", "Attempts of job runs that ended, by the state they left their run in.", ("state",)
)
FAILED = Counter("emr_containers_attempts_failed", "Attempts of job runs that failed, by cause.", ("cause",))
_MINUTES = (1, 2.5, 5, 10, 30, 60, 150, 300, 600, 1800, 3600, 9000, 18000, 36000)
WAITED = Histogram(
    "emr_containers_job_run_wait_seconds", "From a job run's acceptance until its driver ran first.", buckets=_MINUTES
)
LASTED = Histogram(
    "emr_containers_job_run_duration_seconds",
    "From a job run's acceptance to its end, by the state in which it ended.",
    ("state",),
    buckets=_MINUTES,
)
CONTENT_TYPE = CONTENT_TYPE_LATEST
_STATES = tuple(service_model().shape_for("JobRunState").metadata["enum"])
_REASONS = tuple(service_model().shape_for("FailureReason").metadata["enum"])
_OWNERS = 50
"""Maximum number of owners with a series of their own: those that wait longest. A client chooses its owner's name."""
_CONNECTIONS = text("SELECT sum(numbackends), current_setting('max_connections')::int FROM pg_stat_database")


def count_refused(status: int) -> None:
    """Counts a request that was refused before its operation was known."""
    REQUESTS.labels("Unknown", str(status)).inc()


def exposition(database: Database, *, dispatching: Callable[[], bool]) -> bytes:
    """Returns the page in Prometheus's text format.

    Args:
        dispatching: returns True while this server dispatches; a standby does not.
    """
    now = CollectorRegistry()
    now.register(_State(database, dispatching))
    return generate_latest(REGISTRY) + generate_latest(now)


class _State(Collector):
    """The gauges, read at each scrape."""

    def __init__(self, database: Database, dispatching: Callable[[], bool]) -> None:
        self._database = database
        self._dispatching = dispatching

    def describe(self) -> Iterable[Metric]:
        """Returns nothing, so that registering does not read the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Yields the gauges."""
        with self._database.read() as session:
            yield _by_state(session)
            yield _failed(session)
            yield from _waiting(session, now=time.time())
            if session.get_bind().dialect.name == "postgresql":
                yield from _connections(session)
        yield GaugeMetricFamily(
            "emr_containers_dispatcher_up", "Whether job runs are dispatched.", value=float(self._dispatching())
        )
        yield InfoMetricFamily(
            "emr_containers_build", "The server's version.", {"version": version("longshore-emr-containers")}
        )


def _by_state(session: Session) -> Metric:
    runs = GaugeMetricFamily("emr_containers_job_runs", "Job runs in the database, by state.", labels=("state",))
    rows = session.execute(select(JobRun.state, func.count()).group_by(JobRun.state))
    found = {row[0]: row[1] for row in rows}
    for state in _STATES:  # also states without job runs: alerts need the zero
        runs.add_metric((state,), found.get(state, 0))
    return runs


def _failed(session: Session) -> Metric:
    failed = GaugeMetricFamily(
        "emr_containers_failed_job_runs", "Failed job runs in the database, by failureReason.", labels=("reason",)
    )
    of_failed = select(JobRun.failure_reason, func.count()).where(JobRun.state == "FAILED")
    found = {row[0]: row[1] for row in session.execute(of_failed.group_by(JobRun.failure_reason))}
    for reason in _REASONS:
        failed.add_metric((reason,), found.get(reason, 0))
    return failed


def _waiting(session: Session, *, now: float) -> Iterator[Metric]:
    labels = ("virtual_cluster", "owner")
    count = GaugeMetricFamily("emr_containers_waiting_job_runs", "Job runs that have not begun.", labels=labels)
    oldest = GaugeMetricFamily(
        "emr_containers_oldest_waiting_job_run_seconds", "Age of the oldest job run that has not begun.", labels=labels
    )
    first = func.min(JobRun.created_at)
    rows = session.execute(
        select(VirtualCluster.name, JobRun.owner, func.count(), first)
        .join(VirtualCluster, VirtualCluster.id == JobRun.virtual_cluster_id, isouter=True)
        .where(JobRun.state.in_(("PENDING", "SUBMITTED")))
        .group_by(VirtualCluster.name, JobRun.owner)
        .order_by(first)
        .limit(_OWNERS)
    )
    for name, owner, runs, created_at in rows:
        count.add_metric((name or "", owner or ""), runs)
        oldest.add_metric((name or "", owner or ""), max(now - created_at, 0.0))
    yield count
    yield oldest


def _connections(session: Session) -> Iterator[Metric]:
    used, limit = session.execute(_CONNECTIONS).one()
    yield GaugeMetricFamily(
        "emr_containers_database_connections", "Connections to all databases of the server's PostgreSQL.", float(used)
    )
    yield GaugeMetricFamily("emr_containers_database_connections_limit", "Its max_connections.", float(limit))
